"""Wishes of a person about a run that is under way: pause, or stop.

They are small files in the data folder, not rows: another process can leave one while this one holds the database.
"""

from __future__ import annotations

from pathlib import Path

from smartsync_core.model.run import Wish

__all__ = ["Wishes"]


class Wishes:
    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "wishes"

    def put(self, run_id: str, wish: Wish) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file(run_id).write_text(wish.value)

    def get(self, run_id: str) -> Wish | None:
        try:
            return Wish(self._file(run_id).read_text())
        except (OSError, ValueError):
            return None

    def clear(self, run_id: str) -> None:
        self._file(run_id).unlink(missing_ok=True)

    def _file(self, run_id: str) -> Path:
        """Run ids come from the command line too: anything but letters and digits is dropped, so no path leaves the folder."""
        return self._folder / "".join(character for character in run_id if character.isalnum())
