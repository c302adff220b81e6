"""The command line: one thin module per command, which parses, calls and prints.

`main` runs it. `app.COMMANDS` maps each command to its module; a module is imported only when its command is used,
and heavy imports are inside the commands.
"""

from saekdong.cli.app import main

__all__ = ["main"]
