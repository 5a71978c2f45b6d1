"""The command line: the same use cases as the screens.

parser    words and options
commands  one function per command
printing  what a person reads, and what --json prints
through_app  a command while the app has the data open
"""

from smartsync_core.cli.commands import main, run
from smartsync_core.cli.through_app import commands_route, door

__all__ = ["commands_route", "door", "main", "run"]
