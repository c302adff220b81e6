"""`python -m saekdong` does what `saekdong` does."""

from saekdong.cli import main

main()
