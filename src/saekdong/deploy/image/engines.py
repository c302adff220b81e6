"""The engines that build, run and push images: docker, podman and buildah, by their command lines."""

import json
import os
import shutil
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saekdong.deploy.platform import Report
from saekdong.errors import SaekdongError
from saekdong.scratch import scratch_folder

ENGINES = ("docker", "podman", "buildah")
_ANSWER = 20.0
_TAIL = 5
_WIDEST = 240

EMULATION = (
    "this machine does not run programs of that platform; teach it: docker run --privileged --rm tonistiigi/binfmt "
    "--install all (Debian: apt-get install qemu-user-static binfmt-support), or use a machine of that platform"
)


class EngineError(SaekdongError):
    """An engine failed, or cannot be used."""


@dataclass(frozen=True)
class EngineImage:
    """What an engine reports of an image.

    Attributes:
        platform: such as `linux/amd64`.
        entrypoint: the command that it runs, argument by argument.
        labels: its labels.
    """

    platform: str
    entrypoint: tuple[str, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Engine:
    """An engine that works here.

    Attributes:
        name: docker, podman or buildah.
        version: as the engine reports it.
        auth: a folder with a login for one block, or None for the user's own login.
    """

    name: str
    version: str
    auth: Path | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def build(
        self,
        context: Path,
        tag: str,
        platform: str,
        arguments: Mapping[str, str],
        report: Report,
        *,
        network: str | None = None,
    ) -> None:
        """Build the Dockerfile in `context`.

        The image has a Docker v2 schema 2 manifest and no attestations: SageMaker refuses others.

        Raises:
            EngineError: the build failed.
        """
        command, env = self._builder()
        command += ["--platform", platform, "--tag", tag]
        command += [f"--network={network}"] if network else []
        command += [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
        self._stream([*command, str(context)], report, env)

    def _builder(self) -> tuple[list[str], dict[str, str]]:
        if self.name != "docker":
            return ["build", "--format", "docker"], {}
        if self._ask("buildx", "version").returncode == 0:
            return ["buildx", "build", "--provenance=false", "--sbom=false", "--load"], {}
        return ["build"], {"DOCKER_BUILDKIT": "0"}

    def run(
        self,
        image: str,
        arguments: Sequence[str] = (),
        *,
        mounts: Mapping[Path, str] | None = None,
        options: Sequence[str] = (),
        timeout: float | None = None,
    ) -> "subprocess.CompletedProcess[str]":
        """Run `image` with `arguments`; return the exit code and the captured output.

        Args:
            image: its name.
            arguments: the entry point's arguments.
            mounts: folders of this machine and their paths in the container, such as `/opt/ml/model:ro`.
            options: more options of the engine's `run`, such as `--detach`.
            timeout: seconds.

        Raises:
            EngineError: the engine cannot run containers, or the time was over.
        """
        self.check_runs()
        volumes = [f"--volume={folder}:{place}" for folder, place in (mounts or {}).items()]
        try:
            return self._ask("run", *options, *volumes, image, *arguments, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise EngineError(f"{self.name}: {image} ran for more than {timeout:g} s", fix="see its log") from error

    def check_runs(self) -> None:
        """Raise unless the engine runs containers.

        Raises:
            EngineError: it does not.
        """
        if self.name == "buildah":
            raise EngineError("buildah builds and pushes, and runs no containers", fix="use --engine docker or podman")

    def call(self, *arguments: str, stdin: str = "", timeout: float | None = None) -> str:
        """Run the engine with arguments and return its output.

        Raises:
            EngineError: it failed.
        """
        done = self._ask(*arguments, stdin=stdin, timeout=timeout)
        if done.returncode:
            raise EngineError(f"{self.name} {arguments[0]} failed: {last_line(done.stderr or done.stdout)}")
        return done.stdout

    def inspect(self, image: str) -> EngineImage:
        """Return what the engine reports of an image.

        Raises:
            EngineError: it has no such image.
        """
        try:
            found = json.loads(self.call("inspect", "--type=image", image))
        except EngineError as error:
            raise EngineError(
                f"{self.name} has no image {image}", fix="build it with 'saekdong image build'"
            ) from error
        return _image(found if self.name == "buildah" else found[0])

    def push(self, image: str, destination: str, report: Report) -> None:
        """Push an image under another name, which docker keeps as one more name of it.

        Raises:
            EngineError: the registry refused.
        """
        if self.name != "docker":
            insecure = ["--tls-verify=false"] if _is_loopback(destination) else []
            options = ["--format=v2s2", *insecure, *self._authfile()]
            self._stream(["push", *options, image, f"docker://{destination}"], report)
            return
        self.call("tag", image, destination)
        self._stream(["push", destination], report)

    @contextmanager
    def logged_in(self, registry: str, username: str, password: str) -> "Iterator[Engine]":
        """Log in to a registry for the block; the yielded engine pushes with that login.

        The password goes through stdin, and the engine's copy of it is removed with the block.

        Raises:
            EngineError: the registry refused.
        """
        with scratch_folder() as folder:
            engine = Engine(self.name, self.version, folder)
            insecure = ["--tls-verify=false"] if self.name != "docker" and _is_loopback(registry) else []
            arguments = ["login", "--username", username, "--password-stdin", *insecure, *engine._authfile(), registry]
            done = engine._ask(*arguments, stdin=password, timeout=60)
            if done.returncode:
                raise EngineError(
                    f"{registry} refused the login of {username}",
                    fix="check name and password; for ECR: aws ecr get-login-password, name AWS",
                )
            yield engine

    def _authfile(self) -> list[str]:
        return ["--authfile", str(self.auth / "auth.json")] if self.auth and self.name != "docker" else []

    def _ask(
        self, *arguments: str, stdin: str = "", timeout: float | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603
            [self.name, *arguments],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
            env=self._env(),
        )

    def _stream(self, arguments: Sequence[str], report: Report, env: Mapping[str, str] | None = None) -> None:
        """Run the engine and report its output line by line."""
        last: deque[str] = deque(maxlen=_TAIL)
        with subprocess.Popen(  # noqa: S603
            [self.name, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            env={**self._env(), **(env or {})},
        ) as process:
            assert process.stdout is not None  # noqa: S101
            for line in process.stdout:
                last.append(_shortened(line.strip()))
                report(line.rstrip())
        if process.returncode:
            said = " ".join(filter(None, last))
            fix = EMULATION if is_foreign(said) else ""
            raise EngineError(f"{self.name} {arguments[0]} failed: {said}", fix=fix)

    def _env(self) -> dict[str, str]:
        env = dict(os.environ)
        if self.auth and self.name == "docker":
            # The login's folder replaces the configuration, which may have the engine's address.
            env.setdefault("DOCKER_HOST", _docker_host())
            env["DOCKER_CONFIG"] = str(self.auth)
        return env


def find_engine(name: str | None = None) -> Engine:
    """Return the engine called `name`, otherwise the first of docker, podman and buildah that works here.

    Raises:
        EngineError: it, or none of them, works here.
    """
    reasons = []
    for each in [name] if name else ENGINES:
        engine, reason = _try(each)
        if engine:
            return engine
        reasons.append(reason)
    fix = "start it, or install another of docker, podman and buildah"
    raise EngineError("no engine for images works here: " + "; ".join(reasons), fix=fix)


def _try(name: str) -> tuple[Engine | None, str]:
    """Return the engine, or the reason why it does not work."""
    if shutil.which(name) is None:
        return None, f"{name} is not installed"
    asked = ["version", "--format", "{{.Server.Version}}"] if name == "docker" else ["--version"]
    try:
        done = Engine(name, "")._ask(*asked, timeout=_ANSWER)
    except subprocess.TimeoutExpired:
        return None, f"{name} does not answer"
    if done.returncode:
        return None, f"{name}: {last_line(done.stderr)}"
    words = done.stdout.split()
    return Engine(name, words[0] if name == "docker" else words[2]), ""


def _image(found: Mapping[str, Any]) -> EngineImage:
    """Return an image from the inspection's output of docker, podman or buildah."""
    if "OCIv1" in found:
        found = {name.capitalize(): value for name, value in found["OCIv1"].items()}
    config = found.get("Config") or {}
    return EngineImage(
        f"{found.get('Os')}/{found.get('Architecture')}",
        tuple(config.get("Entrypoint") or ()),
        config.get("Labels") or {},
    )


def _docker_host() -> str:
    done = subprocess.run(
        ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def _is_loopback(place: str) -> bool:
    return place.partition("/")[0].partition(":")[0] in ("localhost", "127.0.0.1")


def _shortened(line: str) -> str:
    """Return a long line without its middle: the command is at its start, the reason of a failure at its end."""
    half = _WIDEST // 2
    return line if len(line) <= _WIDEST else f"{line[:half]} ... {line[-half:]}"


def is_foreign(text: str) -> bool:
    """Return whether an engine's output says that the machine cannot run programs of an image's platform."""
    return "exec format error" in text.lower()


def last_line(text: str) -> str:
    """Return the last line of an engine's output."""
    return text.strip().rpartition("\n")[2]
