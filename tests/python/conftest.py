"""Shared by all tests of the Python package."""

import os
from pathlib import Path

import pytest
import tinyscope

SOURCES = Path(__file__).resolve().parents[2]
SAMPLES = SOURCES / "firmware-samples"


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of the sample firmware."""
    return SAMPLES


@pytest.fixture(scope="session")
def program() -> Path:
    """The command line program of the same build."""
    return Path(os.environ["TINYSCOPE_PROGRAM"])


@pytest.fixture(scope="session")
def kws(samples: Path) -> tinyscope.Report:
    """A profile of the keyword-spotting sample that hears "yes"."""
    return tinyscope.profile(
        samples / "kws/prebuilt/kws-dsp.elf",
        "nano33ble-sense",
        mic=samples / "kws/audio/yes.wav",
    )
