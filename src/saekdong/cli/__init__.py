"""The command line: one module a command, each thin: parse, call, show.

`main` runs it. `app.COMMANDS` says which module holds which command; a module is loaded when its command is asked
for, and the heavy imports stand inside the commands.
"""

from saekdong.cli.app import main

__all__ = ["main"]
