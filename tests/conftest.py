"""Fixtures that many rooms share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of public data sets beside the project; tests that need it are skipped by name without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no public data sets in ../shared/data")
    return SHARED_DATA
