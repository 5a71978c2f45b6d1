from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.twin_process import TwinProcess, start_hubspot_twin


@pytest.fixture(scope="package")
def running_twin() -> Iterator[TwinProcess]:
    with start_hubspot_twin("--search-lag-s", "0") as twin:
        yield twin


@pytest.fixture
def twin(running_twin: TwinProcess) -> TwinProcess:
    running_twin.control("POST", "reset")
    return running_twin


@pytest.fixture
def cli(tmp_path: Path, twin: TwinProcess) -> CommandLine:
    """With the account “Twin”, without our fields."""
    line = CommandLine(tmp_path / "data")
    line.run("connect", "hubspot", "--name", "Twin", "--token", twin.token, "--base-url", twin.url)
    return line
