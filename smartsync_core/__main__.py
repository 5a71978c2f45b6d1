"""`python -m smartsync_core …`: the command line."""

import os
import sys

try:
    from smartsync_core.cli import main
    from smartsync_core.wiring import serve_smoothly
except ImportError as error:  # typed outside the environment: `python` is another one there
    print(
        f"This Python ({sys.executable}) lacks what SmartSync needs: {error}.",
        "Switch on the environment that `make run` makes: source .venv/bin/activate (Windows: .venv\\Scripts\\activate).",
        sep="\n",
        file=sys.stderr,
    )
    raise SystemExit(2) from None

if __name__ == "__main__":
    serve_smoothly()
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has seen enough: `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the last flush says it again
        code = 141
    raise SystemExit(code)
