"""Which shifts of exposure stop a release."""

from __future__ import annotations

import pytest

from pipelines.releasing.config import ExposureConfig
from pipelines.releasing.exposure import HOME, higher, more_often

CONFIG = ExposureConfig(most_rise=0.2, errors=3.0, first=3, most_places=50)
NAMES = [f"i{number:03d}" for number in range(100)]


def pages(parts: dict[str, float], num: int = 300) -> list[list[str]]:
    """Pages of which each item stands on such a part."""
    return [[item for item, part in parts.items() if number < part * num] for number in range(num)]


@pytest.mark.parametrize(
    ("was", "now", "rises"), [(0.0, 0.9, True), (0.1, 0.25, False), (0.9, 0.1, False), (0, 0, False)]
)
def test_an_item_on_far_more_pages_is_named(was: float, now: float, rises: bool) -> None:
    found = more_often(pages({"a": now, "b": 0.5}), pages({"a": was, "b": 0.5}), CONFIG)
    assert [str(one) for one in found] == ([f"a on {was:.1%} -> {now:.1%} of people's pages"] if rises else [])


def test_a_handful_of_pages_proves_nothing() -> None:
    assert more_often([["a"], []], [[], []], CONFIG) == []
    assert more_often([], [], CONFIG) == []


@pytest.mark.parametrize(("was", "now", "rises"), [(80, 2, True), (40, 1, False), (99, 5, False), (None, 0, True)])
def test_an_item_that_jumps_to_the_top_is_named(was: int | None, now: int, rises: bool) -> None:
    before = list(NAMES)
    if was is not None:
        before.insert(was, "x")
    after = list(NAMES)
    after.insert(now, "x")
    found = higher({HOME: after}, {HOME: before}, CONFIG)
    assert [one.item_id for one in found] == (["x"] if rises else [])
    if rises:
        assert str(found[0]) == f"x at place {(was if was is not None else 100) + 1} -> {now + 1} of {HOME}"
