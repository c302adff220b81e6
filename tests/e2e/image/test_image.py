"""The image, by a Docker engine: built, checked, pushed with a password, pulled, trained and served with."""

import io
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from ports import free_port
from saekdong.deploy.image import IMAGE, Engine, check, publish
from saekdong.deploy.image.building import REQUIREMENTS
from saekdong.deploy.image.engines import EngineError
from saekdong.model import artifact
from saekdong.samples.rows import sample_csv
from waiting import until, until_answered

pytestmark = [pytest.mark.usefixtures("docker"), pytest.mark.slow, pytest.mark.xdist_group("engine")]

PASSWORD = "mot-de-passe-9431"  # noqa: S105


@pytest.fixture
def ml(tmp_path: Path) -> Path:
    """What SageMaker lays out under /opt/ml, with the sample rows in the channel train."""
    for name in ("input/config", "input/data/train", "model", "output/data"):
        (tmp_path / "ml" / name).mkdir(parents=True)
    (tmp_path / "ml/input/data/train/colors.csv").write_bytes(sample_csv())
    return tmp_path / "ml"


def train(
    docker: Engine, image: str, ml: Path, *options: str, **hyperparameters: str
) -> "subprocess.CompletedProcess[str]":
    (ml / "input/config/hyperparameters.json").write_text(json.dumps(hyperparameters))
    return docker.run(
        image, ["train"], mounts={ml: "/opt/ml"}, options=["--rm", "--network=none", *options], timeout=300
    )


@pytest.fixture
def served(docker: Engine, image: str, model_file: Path, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A running container with the quick model's files unpacked, as SageMaker hands them: its name and address."""
    artifact.save_unpacked(artifact.load(model_file), tmp_path / "model")
    name, port = f"served-{os.getpid()}", free_port()
    options = ["--detach", f"--name={name}", "--network=host", f"--env=SAGEMAKER_BIND_TO_PORT={port}", "--read-only"]
    docker.run(image, ["serve"], mounts={tmp_path / "model": "/opt/ml/model:ro"}, options=[*options, "--tmpfs=/tmp"])
    address = f"http://127.0.0.1:{port}"
    until_answered(f"{address}/ping")
    yield name, address
    docker.call("rm", "--force", name)


def test_every_check_of_a_good_image_passes(docker, image):
    found = list(check(docker, image))
    assert [each for each in found if not each.passed] == []
    assert {"train", "photo", "SIGTERM", "manifest", "size"} <= {each.name for each in found}


def test_a_service_that_starts_as_root_answers_as_a_user_of_its_own(docker, served):
    name, address = served
    photo = Image.new("RGB", (8, 8), (181, 29, 43))
    photo.save(body := io.BytesIO(), "PNG")
    answer = httpx.post(f"{address}/invocations", content=body.getvalue(), headers={"Content-Type": "image/png"})
    assert answer.status_code in (200, 415)  # a model of colors takes no photo
    assert httpx.get(f"{address}/metrics").status_code == 200
    users = docker.call("top", name, "-eo", "uid,pid,args").splitlines()[1:]
    assert len(users) >= 1
    assert {line.split()[0] for line in users} == {"10001"}


def test_the_image_holds_the_pinned_packages_alone(docker, image):
    script = (
        "from importlib.metadata import distributions as d; print(*(f'{x.name}=={x.version}' for x in d()), sep='\\n')"
    )
    options = ["--rm", "--network=none", "--entrypoint=/opt/saekdong/bin/python"]
    installed = set(
        docker.run(image, ["-c", script], options=options, timeout=60).stdout.lower().replace("_", "-").split()
    )
    pinned = {line.split()[0] for line in REQUIREMENTS.read_text().splitlines() if "==" in line and line[0] != "#"}
    assert {line for line in installed if not line.startswith("saekdong==")} <= pinned
    assert {"numpy", "pillow", "pyarrow"} <= {line.partition("==")[0] for line in installed}


def test_a_wrong_image_fails_its_checks_and_is_told_what_mends_it(image, saekdong, tmp_path):
    (tmp_path / "Dockerfile").write_text(
        f"FROM {image}\nRUN mkdir -p /opt/ml/code && touch /opt/ml/code/train.py\n"
        "ENTRYPOINT /opt/saekdong/bin/python -m saekdong.container\n"
    )
    env = {**os.environ, "DOCKER_BUILDKIT": "0"}
    subprocess.run(["docker", "build", "-q", "-t", "wrong:test", "."], cwd=tmp_path, env=env, check=True)
    done = saekdong("image", "check", "wrong:test", "--platform", "linux/arm64", "--format", "jsonl")
    found = {each["name"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1
    assert "engine: docker" in done.stderr
    for name in ("platform", "entry point", "/opt/ml", "train"):
        assert found[name]["passed"] == "failed"
        assert found[name]["fix"]
    assert "ping" not in found


def test_an_image_that_is_not_there_is_told(saekdong):
    done = saekdong("image", "check", "nothing:here")
    assert done.returncode == 2
    assert "docker has no image nothing:here; build it with 'saekdong image build'" in done.stderr
    done = saekdong("image", "push", "127.0.0.1:1/shop", "--image", "nothing:here")
    assert done.returncode == 2
    assert "docker has no image nothing:here; build it with 'saekdong image build'" in done.stderr


def test_a_base_that_cannot_be_had_is_told(saekdong, engine_folder):
    done = saekdong("image", "build", "--base", "127.0.0.1:1/none:1", "--wheels", engine_folder / "wheels")
    assert done.returncode == 2
    assert "docker build failed" in done.stderr.splitlines()[-1]


@pytest.fixture
def foreign(tmp_path: Path, image: str) -> str:
    """An image whose shell and Python this machine cannot run, as if they were another architecture's."""
    (tmp_path / "program").write_bytes(b"\x7fELF of another machine")
    (tmp_path / "program").chmod(0o755)
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\nCOPY program /bin/sh\nCOPY program /opt/saekdong/bin/python\n")
    env = {**os.environ, "DOCKER_BUILDKIT": "0"}
    subprocess.run(["docker", "build", "-q", "-t", "foreign:test", "."], cwd=tmp_path, env=env, check=True)
    return "foreign:test"


def test_what_this_machine_cannot_run_is_told_as_such(foreign, saekdong, engine_folder):
    built = saekdong("image", "build", "--base", foreign, "--wheels", engine_folder / "wheels", "--tag", "none:test")
    assert built.returncode == 2
    assert "this machine does not run programs of that platform" in built.stderr.splitlines()[-1]
    checked = saekdong("image", "check", foreign, "--format", "jsonl")
    found = {each["name"]: each for each in map(json.loads, checked.stdout.splitlines())}
    assert checked.returncode == 1
    assert "this machine does not run programs of that platform" in found["arguments"]["fix"]
    assert "train" not in found


def test_training_repeats_what_it_gives_outside(docker, image, ml, tmp_path, saekdong):
    done = train(docker, image, ml, model="tree", space="lab", seed="3")
    assert done.returncode == 0, done.stderr
    assert "cv:accuracy=0." in done.stdout
    assert (ml / "output/data/report.html").is_file()
    (tmp_path / "colors.csv").write_bytes(sample_csv())
    saekdong("train", "colors.csv", "--model", "tree", "--space", "lab", "--seed", "3", "--out", "here")
    inside, outside = artifact.load(ml / "model"), artifact.load(tmp_path / "here")
    assert (inside.table.labels == outside.table.labels).all()
    assert inside.info["rows"] == outside.info["rows"]


def test_a_parquet_channel_is_read(docker, image, ml):
    import pyarrow.csv
    import pyarrow.parquet

    rows = ml / "input/data/train/colors.csv"
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(rows), ml / "input/data/train/colors.parquet")
    rows.unlink()
    done = train(docker, image, ml, model="tree", space="lab")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1,169 rows, 14 labels")


def test_out_of_memory_is_no_success(docker, image, ml):
    done = train(docker, image, ml, "--memory=48m", "--memory-swap=48m", model="tree", space="lab")
    assert done.returncode == 137
    assert not list((ml / "model").iterdir())


def test_sigterm_ends_a_search_with_the_best_so_far(docker, image, ml):
    (ml / "input/config/hyperparameters.json").write_text(json.dumps({"budget": "600"}))
    name = f"stopped-{os.getpid()}"
    docker.run(image, ["train"], mounts={ml: "/opt/ml"}, options=["--detach", f"--name={name}", "--network=none"])
    try:
        until(lambda: docker.call("logs", name).count("search:accuracy=") > 1)
        docker.call("stop", "--time=120", name)
        code = docker.call("inspect", "--format={{.State.ExitCode}}", name).strip()
        said = docker.call("logs", name)
    finally:
        docker.call("rm", "--force", name)
    assert code == "0", said
    assert "SIGTERM" in said
    assert len(artifact.load(ml / "model").vocabulary) == 14


def test_the_served_container_answers_from_outside_and_stops(docker, served, tmp_path):
    name, address = served
    Image.new("RGB", (32, 32), (31, 42, 82)).save(tmp_path / "navy.png")
    photo = (tmp_path / "navy.png").read_bytes()
    assert httpx.post(f"{address}/invocations", json={"r": 31, "g": 42, "b": 82}).json()["label"] == "navy"
    answer = httpx.post(f"{address}/invocations", content=photo, headers={"Content-Type": "image/png"})
    assert answer.json()["tags"][0]["label"] == "navy"
    docker.call("kill", f"--signal={signal.SIGTERM.name}", name)
    assert docker.call("wait", name, timeout=30).strip() == "0"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a registry on loopback that asks for a name and a password; it keeps what it was sent."""
    folder = tmp_path_factory.mktemp("registry")
    words = subprocess.run(
        ["htpasswd", "-niB", "AWS"], input=PASSWORD, capture_output=True, text=True, check=True
    ).stdout
    (folder / "htpasswd").write_text(words)
    port = free_port()
    (folder / "registry.yml").write_text(
        f"version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {folder}/registry\n"
        f"http:\n  addr: 127.0.0.1:{port}\nauth:\n  htpasswd:\n    realm: test\n    path: {folder}/htpasswd\n"
    )
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", folder / "registry.yml"], stdout=log, stderr=log)
    until_answered(f"http://127.0.0.1:{port}/v2/", 401)
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait()


def test_a_push_with_a_password_leaves_none_behind(docker, image, saekdong, registry, tmp_path):
    home = {"HOME": str(tmp_path)}
    push = ("image", "push", f"{registry}/shop/saekdong", "--image", image, "--username", "AWS")
    refused = saekdong(*push, stdin="wrong", env=home)
    assert refused.returncode == 2
    assert f"{registry} refused the login of AWS" in refused.stderr
    done = saekdong(*push, stdin=f"{PASSWORD}\n", env=home)
    assert done.returncode == 0, done.stderr
    destination = done.stdout.strip()
    assert PASSWORD not in done.stdout + done.stderr
    assert not (tmp_path / ".docker").exists()
    accepted = {"Accept": "application/vnd.docker.distribution.manifest.v2+json"}
    url = f"http://{registry}/v2/shop/saekdong/manifests/{destination.rpartition(':')[2]}"
    manifest = httpx.get(url, headers=accepted, auth=("AWS", PASSWORD))
    assert manifest.headers["Content-Type"] == accepted["Accept"]
    assert sum(layer["size"] for layer in manifest.json()["layers"]) < 250e6
    docker.call("rmi", destination)
    with docker.logged_in(registry, "AWS", PASSWORD) as logged_in:
        logged_in.call("pull", destination)
    assert docker.inspect(destination) == docker.inspect(image)
    docker.call("rmi", destination)
    with pytest.raises(EngineError):
        docker.inspect(destination)


def test_what_a_deployment_pushes_is_named_by_its_platform(docker, image, registry, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    own = f"{IMAGE}-arm64"
    docker.call("tag", image, own)
    told = []
    place = publish(f"{registry}/shop/saekdong", "AWS", PASSWORD, None, "linux/arm64", told.append)
    assert place == f"{registry}/shop/{own}"
    assert told[0].startswith("engine: docker")
    given = publish(f"{registry}/shop/saekdong", "AWS", PASSWORD, image, "linux/amd64", told.append)
    assert given == f"{registry}/shop/{IMAGE}"
    docker.call("rmi", own, place, given)


def test_an_image_holds_no_secret(docker, image, secret):
    history = docker.call("history", "--no-trunc", image) + docker.call("inspect", image)
    secrets = [PASSWORD, secret]
    assert not any(word in history for word in [*secrets, "AWS_"])
    found, before = set(), b""
    with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as process:
        while part := process.stdout.read(1 << 22):
            found |= {word for word in secrets if word.encode() in before + part}
            before = part[-100:]
    assert process.returncode == 0
    assert not found
