"""Open the record of people with the audit log, and ask before something is removed."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from saekdong.errors import SaekdongError
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.people import People


@contextmanager
def opened_people(workspace: Workspace) -> "Iterator[People]":
    """Open the workspace's record of people, made if there is none."""
    from saekdong.people import People

    with ExitStack() as stack:
        loop = stack.enter_context(workspace.loop())
        yield stack.enter_context(People.open(workspace.people_file, loop))


def is_agreed(question: str, *, yes: bool) -> bool:
    """Return whether the user agrees.

    Raises:
        SaekdongError: there is no terminal to ask on.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise SaekdongError("there is no terminal to ask on", fix="agree with --yes")
    return click.confirm(question, err=True)
