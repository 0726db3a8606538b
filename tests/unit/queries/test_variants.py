"""Words that a catalogue writes in two ways, and words that only look alike."""

from __future__ import annotations

import pytest

from recsys.queries.variants import learn_variants
from tests.shelf import catalogue_of, row

THINGS = ("wool rug", "linen curtain", "desk lamp", "pen", "mug", "coat")


def variants(*titles: str) -> dict[str, str]:
    return learn_variants(catalogue_of([row(title) for title in titles]))


@pytest.mark.parametrize(
    ("one", "other"),
    [("grey", "gray"), ("colour", "color"), ("theatre", "theater"), ("moulded", "molded"), ("jewellery", "jewelry")],
)
def test_one_word_in_two_writings(one: str, other: str) -> None:
    found = variants(*(f"{word} {thing}" for word in (one, other) for thing in THINGS))
    assert found == {one: other, other: one}


@pytest.mark.parametrize(
    "titles",
    [
        [f"{word} {thing}" for word in ("green", "gray") for thing in THINGS],  # no rule makes one of the other
        [*(f"grey {thing}" for thing in THINGS), "gray rug"],  # too few
        [*(f"Earl grey tea {size}" for size in "abcd"), *(f"gray {thing}" for thing in THINGS)],  # tell other things
        [*(f"set of four {thing}" for thing in THINGS), *(f"{thing} for men" for thing in THINGS)],  # other company
        [f"grey gray {thing}" for thing in THINGS],  # said together
    ],
)
def test_words_that_only_look_alike(titles: list[str]) -> None:
    assert variants(*titles) == {}
