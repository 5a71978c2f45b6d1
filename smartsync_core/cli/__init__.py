"""The command line: the same use cases as the screens.

parser    words and options
commands  one function per command
printing  what a person reads, and what --json prints
"""

from smartsync_core.cli.commands import main

__all__ = ["main"]
