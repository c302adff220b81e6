"""The command line as it is without some modules; run as `python without_modules.py ARGUMENT...` with HIDDEN=a,b."""

import os
import sys

HIDDEN = frozenset(os.environ["HIDDEN"].split(","))


class Hide:
    """An import hook that finds nothing of the hidden modules."""

    def find_spec(self, name: str, *_: object) -> None:
        if name in HIDDEN or name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Hide())  # here, so that the processes that tag photos hide them too

if __name__ == "__main__":
    from saekdong.cli.app import run

    sys.exit(run(sys.argv[1:]))
