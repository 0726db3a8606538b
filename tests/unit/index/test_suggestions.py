"""Typeahead over a handful of phrases, and over any catalogue."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.index.suggestions import MOST_ITEMS, Suggestion, Suggestions
from recsys.text import normalise, runs
from tests.shelf import catalogue_of, row, rows

QUERIES = {"cutting board": 40, "bamboo cutting board": 9, "coffee mug": 20, "竹砧板": 5}
SHELF = catalogue_of(
    [
        row("Bamboo Cutting Board, Large", category=["Kitchen", "Boards"], brand="Aldermoor"),
        row("Bamboo Bowl", category=["Kitchen", "Bowls"], brand="Aldermoor"),
        row("Café Crème Cup", category=["Kitchen", "Cups"], brand="Noma"),
        row("Bamboo Ghost", in_stock=False),
        row("Bamboo Secret", blocked=True),
        *[row(f"Bamboo Spoon {number}") for number in range(9)],
    ]
)


def texts(written: str, limit: int = 8) -> list[str]:
    suggestions = Suggestions.of(SHELF, np.zeros(len(SHELF), np.int64), QUERIES)
    return [one.text for one in suggestions.complete(written, limit)]


def test_what_others_wrote_comes_first_and_the_last_word_is_a_beginning() -> None:
    assert texts("cut")[0] == "cutting board"
    assert texts("bamboo cu")[0] == "bamboo cutting board"
    assert texts("cutting cof") == [], "no phrase has both"


def test_the_order_of_words_does_not_matter() -> None:
    assert "bamboo cutting board" in texts("board bam")


@pytest.mark.parametrize("written", ["coffe m", "cofee mu", "coffee mgu"])
def test_a_typing_mistake_is_forgiven(written: str) -> None:
    assert texts(written)[:1] == ["coffee mug"]  # three letters are too few to correct, and are ignored


def test_accents_and_capitals_do_not_matter() -> None:
    assert "Café Crème Cup" in texts("CAFE cr")


def test_ideograms_are_found_from_any_character() -> None:
    assert texts("砧") == texts("竹砧") == ["竹砧板"]


def test_the_last_word_is_finished_by_what_stands_beside_the_earlier_ones() -> None:
    assert "bamboo bowl" in [text.lower() for text in texts("bamboo bo")]
    assert "bamboo spoon" in texts("bamboo spo")


def test_what_cannot_be_shown_is_not_suggested() -> None:
    assert not {"Bamboo Ghost", "Bamboo Secret"} & {*texts("bamboo gh"), *texts("bamboo se"), *texts("bamboo")}


def test_titles_leave_room_and_carry_their_item() -> None:
    found = Suggestions.of(SHELF, np.zeros(len(SHELF), np.int64), {}).complete("bamboo spoon")
    titles = [one for one in found if one.kind == "item"]
    assert len(titles) == MOST_ITEMS
    assert all(SHELF.titles[SHELF.row[one.item_id or ""]] == one.text for one in titles)


@pytest.mark.parametrize("written", ["", "  ", "...", "。", "\u0301", "zzzzzzzz"])
def test_nothing_is_made_of_nothing(written: str) -> None:
    assert texts(written) == []


@settings(deadline=None)
@given(rows, st.text(max_size=12), st.integers(1, 8))
def test_any_text_gets_at_most_so_many_each_once(shelf: list[dict[str, object]], written: str, limit: int) -> None:
    catalogue = catalogue_of(shelf)
    found = Suggestions.of(catalogue, np.zeros(len(catalogue), np.int64), {}).complete(written, limit)
    assert len(found) <= limit and len({normalise(one.text) for one in found}) == len(found)


@settings(deadline=None)
@given(rows, st.data())
def test_every_beginning_of_a_title_word_leads_somewhere(shelf: list[dict[str, object]], data: st.DataObject) -> None:
    catalogue = catalogue_of(shelf)
    shown = [catalogue.titles[index] for index in np.flatnonzero(catalogue.showable)]
    if not shown:
        return
    word = data.draw(st.sampled_from(sorted({word for title in shown for word in runs(title)})))
    written = word[: data.draw(st.integers(1, len(word)))]
    found = Suggestions.of(catalogue, np.zeros(len(catalogue), np.int64), {}).complete(written)
    assert found and all(any(run.startswith(written) for run in runs(one.text)) for one in found)


def test_of_two_phrases_with_the_same_words_the_heavier_stays() -> None:
    suggestions = Suggestions.of(SHELF, np.zeros(len(SHELF), np.int64), {"kitchen": 5000})
    assert suggestions.complete("kitch") == (Suggestion("kitchen", "query"),)


def test_only_the_last_word_is_finished() -> None:
    assert not [text for text in texts("bamb spo") if text.startswith("bamb ")]
