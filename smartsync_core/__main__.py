"""`python -m smartsync_core …`: the command line."""

from smartsync_core.cli import main
from smartsync_core.wiring import spare_collector

if __name__ == "__main__":
    spare_collector()
    raise SystemExit(main())
