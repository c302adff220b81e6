"""Run the command line: `python -m saekdong` is the same as `saekdong`."""

from saekdong.cli import main

main()
