"""`python -m smartsync_core …`: the command line."""

from smartsync_core.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
