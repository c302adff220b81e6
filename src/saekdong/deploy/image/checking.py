"""Check that an image does what SageMaker needs, by running it, before anyone pays."""

import base64
import io
import json
import os
import re
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saekdong.deploy.image import probe
from saekdong.deploy.image.building import PLATFORMS
from saekdong.deploy.image.engines import EMULATION, Engine, EngineError, is_foreign, last_line
from saekdong.deploy.image.image_registry import open_registry
from saekdong.model.metric_lines import METRIC_DEFINITIONS
from saekdong.samples.rows import sample_csv
from saekdong.scratch import scratch_folder

MOST_MB = 250
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_PYTHON = "/opt/saekdong/bin/python"
_STOP = 30
_WAIT = 120.0
_TRAIN = 600.0
_NOBODY = 65534
# As a host without any trust would run it: no network, no root, nothing to write to but /opt/ml and /tmp.
_CLOSED = ("--network=none", "--read-only", "--tmpfs=/tmp")


@dataclass(frozen=True)
class Check:
    """The result of one check.

    Attributes:
        name: the name of the check.
        passed: whether the check passed; None if it could not be made.
        found: what the check saw.
        fix: how to fix it if it failed.
    """

    name: str
    passed: bool | None
    found: str
    fix: str = ""


def check(engine: Engine, image: str, platform: str = PLATFORMS[0]) -> Iterator[Check]:
    """Check an image, and yield each finding as soon as it is known.

    Args:
        engine: docker or podman.
        image: its name.
        platform: the platform it should run on.

    Raises:
        EngineError: there is no such image, or the engine runs no containers.
    """
    engine.check_runs()
    found = engine.inspect(image)
    again = "build it again with 'saekdong image build'"
    yield _check("platform", found.platform == platform, found.platform, f"{again} --platform {platform}")
    exec_form = bool(found.entrypoint) and not found.entrypoint[0].endswith("/sh")
    yield _check("entry point", exec_form, " ".join(found.entrypoint) or "none", f"{again}: exec form is needed")
    yield from _run(engine, image)
    yield from _pushed(engine, image)


def _run(engine: Engine, image: str) -> Iterator[Check]:
    usage = _usage(engine, image)
    yield usage
    if usage.fix == EMULATION:
        return
    yield _no_code(engine, image)
    yield _failure(engine, image)
    with _folders() as root:
        yield from _train(engine, image, root)
        if (root / "model" / "model.json").is_file():
            yield from _serve(engine, image, root / "model")


def _check(name: str, passed: bool, found: str, fix: str) -> Check:
    return Check(name, passed, found, "" if passed else fix)


def _usage(engine: Engine, image: str) -> Check:
    done = engine.run(image, options=("--rm", *_CLOSED), timeout=_WAIT)
    found = last_line(done.stderr)
    fix = EMULATION if is_foreign(found) else "the entry point must take train or serve as its argument; build it again"
    return _check("arguments", done.returncode == 2, found, fix)


def _no_code(engine: Engine, image: str) -> Check:
    """Check that the image has no files under /opt/ml: SageMaker mounts a volume there, which hides them."""
    script = "import os; print(sum(len(files) for _, _, files in os.walk('/opt/ml')))"
    done = engine.run(image, ["-c", script], options=("--rm", *_CLOSED, f"--entrypoint={_PYTHON}"), timeout=_WAIT)
    count = done.stdout.strip()
    return _check("/opt/ml", count == "0", f"{count} files in the image", "put no files into /opt/ml")


def _train(engine: Engine, image: str, root: Path) -> Iterator[Check]:
    (root / "input" / "data" / "train").mkdir()
    (root / "input" / "data" / "train" / "colors.csv").write_bytes(sample_csv())
    begun = time.monotonic()
    done = _run_train(engine, image, root, {"model": "tree", "space": "lab"})
    took = f"exit {done.returncode} after {time.monotonic() - begun:.1f} s, as user {_user()}, without network"
    yield _check("train", done.returncode == 0, took, f"see what it said: {last_line(done.stderr)}")
    figures = [_metric(done.stdout, definition["Regex"]) for definition in METRIC_DEFINITIONS]
    count = sum(figure is not None for figure in figures)
    yield _check(
        "metrics", count > 0, f"{count} found by their definitions", "the image is of another version; build it"
    )
    written = sorted(path.name for path in (root / "model").iterdir())
    yield _check("model", "model.json" in written, ", ".join(written) or "nothing", "see what train said")


def _failure(engine: Engine, image: str) -> Check:
    with _folders() as root:
        done = _run_train(engine, image, root, {"modle": "tree"})
        file = root / "output" / "failure"
        reason = file.read_text(encoding="utf-8") if file.is_file() else ""
    passed = done.returncode != 0 and "modle" in reason and len(reason) <= 1024
    return _check(
        "failure",
        passed,
        reason or f"exit {done.returncode}, no output/failure",
        "the image is of another version; build it",
    )


def _run_train(
    engine: Engine, image: str, root: Path, hyperparameters: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    (root / "input" / "config" / "hyperparameters.json").write_text(json.dumps(hyperparameters))
    options = ("--rm", *_CLOSED, f"--user={_user()}")
    return engine.run(image, ["train"], mounts={root: "/opt/ml"}, options=options, timeout=_TRAIN)


def _serve(engine: Engine, image: str, model: Path) -> Iterator[Check]:
    name = f"saekdong-check-{secrets.token_hex(4)}"
    options = ("--detach", f"--name={name}", *_CLOSED, f"--user={_user()}")
    begun = time.time()
    started = engine.run(image, ["serve"], mounts={model: "/opt/ml/model:ro"}, options=options, timeout=_WAIT)
    try:
        yield _check("serve", started.returncode == 0, "started", last_line(started.stderr))
        if started.returncode == 0:
            yield from _ask(engine, name, begun)
            yield _stop(engine, name)
    finally:
        engine.call("rm", "--force", name)


def _ask(engine: Engine, name: str, begun: float) -> Iterator[Check]:
    """Send the requests of `_requests`, all at once, and judge the answers."""
    requests = _requests()
    lines = "".join(json.dumps(request) + "\n" for request, _ in requests.values())
    script = Path(probe.__file__).read_text(encoding="utf-8")
    output = engine.call("exec", "-i", name, _PYTHON, "-c", script, stdin=lines, timeout=_WAIT)
    first, *answers = map(json.loads, output.splitlines())
    found = "all" if first["everywhere"] else "loopback only"
    yield _check("listens on", first["everywhere"], f"{found} addresses, port 8080", "listen on 0.0.0.0:8080")
    for (what, (_, judge)), answer in zip(requests.items(), answers, strict=True):
        shown = f"{answer['status']} {' '.join(answer['body'].split())[:60]}".strip()
        if what == "ping":
            shown += f" {first['ready'] - begun:.1f} s after the start"
        yield _check(what, answer["status"] == 200 and judge(answer["body"]), shown, "see 'docker logs' of a run")


def _requests() -> dict[str, tuple[dict[str, Any], Callable[[str], bool]]]:
    """Return requests by name, each with a function that returns whether its answer is correct."""
    color, lines, csv = {"r": 73, "g": 84, "b": 116}, "application/jsonlines", "text/csv"
    instances = {"instances": [{"features": [73, 84, 116]}, {"features": [255, 255, 255]}]}
    return {
        "ping": (_request("/ping"), lambda _: True),
        "execution-parameters": (_request("/execution-parameters"), lambda text: "MaxPayloadInMB" in json.loads(text)),
        "color as JSON": (_post(json.dumps(color)), lambda text: "label" in json.loads(text)),
        "instances as JSON": (_post(json.dumps(instances)), lambda text: len(json.loads(text)["predictions"]) == 2),
        "colors as JSON Lines": (_post(f"{json.dumps(color)}\n" * 2, lines, lines), lambda text: text.count("\n") == 2),
        "colors as CSV": (_post("73,84,116\n255,255,255\n", csv, csv), lambda text: len(text.split()) == 2),
        "photo": (_post(_photo(), "image/jpeg"), lambda text: {"tags", "palette"} == set(json.loads(text))),
    }


def _request(path: str, content_type: str = "", accept: str = "", body: bytes | None = None) -> dict[str, Any]:
    encoded = base64.b64encode(body).decode() if body is not None else None
    return {"path": path, "type": content_type, "accept": accept, "body": encoded}


def _post(
    body: str | bytes, content_type: str = "application/json", accept: str = "application/json"
) -> dict[str, Any]:
    return _request("/invocations", content_type, accept, body.encode() if isinstance(body, str) else body)


def _photo() -> bytes:
    from PIL import Image

    content = io.BytesIO()
    Image.new("RGB", (64, 64), (31, 42, 82)).save(content, "JPEG")
    return content.getvalue()


def _stop(engine: Engine, name: str) -> Check:
    begun = time.monotonic()
    engine.call("stop", f"--time={_STOP}", name, timeout=_STOP + _WAIT)
    code = engine.call("inspect", "--format={{.State.ExitCode}}", name).strip()
    found = f"exit {code} after {time.monotonic() - begun:.1f} s"
    return _check("SIGTERM", code == "0", found, "it must end within 30 s of SIGTERM, with exit 0")


def _pushed(engine: Engine, image: str) -> Iterator[Check]:
    """Push the image to our own registry, which sees what SageMaker's registry would see."""
    with open_registry() as registry:
        name = f"{registry.address}/saekdong-check:{secrets.token_hex(4)}"
        try:
            engine.push(image, name, lambda _line: None)
        except EngineError as error:
            yield Check("manifest", None, f"not seen, the engine does not reach this machine's loopback: {error}")
            return
        finally:
            if engine.name == "docker":
                engine.call("rmi", "--no-prune", name)
    pushed = registry.pushed
    media_type = pushed.media_type if pushed else "none"
    size = pushed.size / 1e6 if pushed else 0
    fix = "build it with 'saekdong image build': SageMaker refuses OCI manifests and attestations"
    shown = "Docker v2 schema 2" if media_type == MANIFEST else media_type
    yield _check("manifest", media_type == MANIFEST, shown, fix)
    yield _check(
        "size", 0 < size <= MOST_MB, f"{size:.0f} MB as pushed", f"at most {MOST_MB} MB; take a smaller --base"
    )


@contextmanager
def _folders() -> Iterator[Path]:
    """Make the folders that SageMaker makes under /opt/ml, writable by any user."""
    with scratch_folder() as root:
        root.chmod(0o755)
        for name in ("input/config", "input/data", "model", "output/data"):
            (root / name).mkdir(parents=True)
        for name in ("model", "output", "output/data"):
            (root / name).chmod(0o777)
        yield root


def _user() -> int:
    return os.getuid() or _NOBODY


def _metric(text: str, regex: str) -> str | None:
    found = re.search(regex, text)
    return found[1] if found else None
