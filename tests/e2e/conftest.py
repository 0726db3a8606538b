"""A small shop behind a real HTTP server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Served, serving


@pytest.fixture(scope="session")
def served(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A gateway with its stages in this process."""
    with serving(small_shop, tmp_path_factory.mktemp("store") / "store.sqlite") as served:
        yield served


@pytest.fixture(scope="session")
def shop_url(served: Served) -> str:
    """Its address."""
    return served.url
