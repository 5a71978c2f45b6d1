"""`python -m smartsync_core …`: the command line."""

import os
import sys

from smartsync_core.cli import main
from smartsync_core.wiring import serve_smoothly

if __name__ == "__main__":
    serve_smoothly()
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has seen enough: `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the last flush says it again
        code = 141
    raise SystemExit(code)
