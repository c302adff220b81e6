"""`python -m saekdong.container train|serve`, the image's entry point."""

import sys

USAGE = "saekdong: give a command: IMAGE train, or IMAGE serve"


def main() -> int:
    """Run the command in the first argument; return the exit code."""
    if sys.argv[1:] == ["train"]:
        from saekdong.container.training import run_job

        return run_job()
    if sys.argv[1:] == ["serve"]:
        from saekdong.container.serving import run_server

        return run_server()
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
