"""Simulated shops, each made once."""

from __future__ import annotations

import pytest

from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop


@pytest.fixture(scope="session")
def small_shop() -> Shop:
    return Shop(SimulationConfig.small())


@pytest.fixture(scope="session")
def chinese_shop() -> Shop:
    return Shop(SimulationConfig.small(locale="zh"))


@pytest.fixture(scope="session")
def town_shop() -> Shop:
    """Large enough for statistics: a fifth of the default."""
    return Shop(SimulationConfig(num_items=600, num_users=1_000, num_slates=9_600))
