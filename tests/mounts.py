"""Small disks and read-only folders for commands, in a mount namespace of their own: nothing stays mounted."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_OWN_MOUNTS = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def run_mounted(mount: str, folder: Path, commands: Sequence[Sequence[str]]) -> list[subprocess.CompletedProcess[str]]:
    """Run commands of Saekdong one after another in `folder`, once `mount`, a line of shell, has mounted something."""
    runs = folder.parent / f"{folder.name}-runs"
    runs.mkdir()
    lines = [f"cd {shlex.quote(str(folder))}", f"{mount} || exit 1", f"cd {shlex.quote(str(folder))}"]
    for number, command in enumerate(commands):
        place = shlex.quote(str(runs / str(number)))
        words = command if command[0] == "sh" else [sys.executable, "-m", "saekdong", *command]
        lines.append(f"{shlex.join(words)} >{place}.out 2>{place}.err; echo $? >{place}.code")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAEKDONG", "LC_"))}
    subprocess.run(
        [*_OWN_MOUNTS, "sh", "-c", "\n".join(lines)], check=True, timeout=300, env={**clean, "LANG": "C.UTF-8"}
    )
    return [
        subprocess.CompletedProcess(
            command,
            int((runs / f"{n}.code").read_text()),
            *((runs / f"{n}{end}").read_text() for end in (".out", ".err")),
        )
        for n, command in enumerate(commands)
    ]
