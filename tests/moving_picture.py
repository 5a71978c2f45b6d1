"""`python -m tests.moving_picture` (`make docs`): the way of an import, step by step, out of the pictures in docs/screens."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image

_FOLDER = Path(__file__).parents[1] / "docs/screens"
_WINDOW: Final = (1280, 900)  # what a person sees of a page at once
_SIZE: Final = (960, 675)
_STAYS_MS = 2_500
_STEPS = (  # a picture, and how far its page is scrolled
    ("1-file.png", 0),
    ("2-account.png", 0),
    ("3-columns.png", 0),
    ("4-preview.png", 0),
    ("4-preview.png", 1_080),
    ("5-result.png", 0),
)


def write(path: Path = _FOLDER / "import.gif") -> None:
    first, *others = (_seen(name, scrolled) for name, scrolled in _STEPS)
    first.save(path, save_all=True, append_images=others, duration=_STAYS_MS, loop=0, optimize=True)


def _seen(name: str, scrolled: int) -> Image.Image:
    width, height = _WINDOW
    with Image.open(_FOLDER / name) as page:
        window = page.convert("RGB").crop((0, scrolled, width, scrolled + height))
    return window.resize(_SIZE, Image.Resampling.LANCZOS).quantize(128, dither=Image.Dither.NONE)


if __name__ == "__main__":
    write()
