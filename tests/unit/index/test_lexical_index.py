"""Search by words on small catalogues."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings

from recsys.changes import Changes, ItemChange
from recsys.datasets.cleaning import clean_items
from recsys.errors import WrongArtifact
from recsys.features.catalogue import Catalogue
from recsys.index.lexical import LexicalConfig, LexicalIndex
from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop
from recsys.slate import Filters
from tests import shelf

ENGLISH = [
    shelf.row("Oak Desk Lamp", brand="Acme", category=["Home", "Lamps"], description="Lights a book at night."),
    shelf.row("Brass floor lamps", brand="Bolt", category=["Home", "Lamps"], attributes={"colour": ["teal", "red"]}),
    shelf.row("Running shoes for women", brand="Cove", category=["Sports", "Shoes"], description="Light as a lamp."),
    shelf.row("Silver necklace", brand="Acme", description="Comes in a box."),
    shelf.row("Desk", brand="Bolt", in_stock=False),
    shelf.row("Café table", brand="Cove"),
]
CHINESE = [
    shelf.row("修身 连衣裙 红色", brand="花间"),
    shelf.row("竹制砧板 家用", brand="木语"),
    shelf.row("不锈钢保温杯 500ml", brand="山泉"),
    shelf.row("红色 运动鞋", brand="山泉"),
]


def strict(rows: list[dict[str, Any]], folder: Path) -> LexicalIndex:
    """An index that asks for all words wherever one item has them."""
    return LexicalIndex.build(shelf.catalogue_of(rows), folder, LexicalConfig(enough=1))


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return strict(ENGLISH, tmp_path_factory.mktemp("english"))


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return strict(CHINESE, tmp_path_factory.mktemp("chinese"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("desk lamp", [0]),
        ("LAMPS", [1, 0, 2]),  # a title before a description
        ("woman's running shoe", [2]),
        ("cafe", [5]),
        ("acme lamp", [0]),
        ("lamp for acme", [0]),  # "for" is not asked for
        ("red lamp", [1]),  # an attribute's value
        ("lamp unheardof", [1, 0, 2]),  # an unknown word is no reason to find nothing
        ("lmap", [1, 0, 2]),
        ("siver necklase", [3]),
        ("unheardof", []),
        ("  ", []),
        ("!?", []),
    ],
)
def test_english_searches(english: LexicalIndex, text: str, found: list[int]) -> None:
    matches = english.search(text)
    assert sorted(matches.index.tolist()) == sorted(found)
    assert matches.exact
    assert np.all(np.diff(matches.score) <= 0) and np.all(matches.score > 0)


def test_titles_weigh_more_than_descriptions(english: LexicalIndex) -> None:
    assert english.search("lamp").index.tolist()[-1] == 2


DRESS, BOARD, CUP, SHOES = range(4)


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("连衣裙", DRESS),
        ("红色连衣裙", DRESS),
        ("花间 连衣裙", DRESS),
        ("砧板", BOARD),
        ("保温杯", CUP),
        ("不锈钢杯", CUP),
        ("红色运动鞋", SHOES),
    ],
)
def test_chinese_searches(chinese: LexicalIndex, text: str, best: int) -> None:
    assert chinese.search(text).index[0] == best


@pytest.mark.parametrize("rows", [ENGLISH, CHINESE])
def test_the_title_of_an_item_finds_it_first(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    index = strict(rows, tmp_path)
    for i, item in enumerate(rows):
        if item["in_stock"]:
            assert index.search(item["title"]).index[0] == i


def test_what_is_out_of_stock_is_not_found(english: LexicalIndex) -> None:
    assert 4 not in english.search("desk").index


def test_fewer_words_are_asked_for_only_where_too_few_items_have_all(tmp_path: Path) -> None:
    rows = [shelf.row("red lamp") for _ in range(3)] + [shelf.row("red rug"), shelf.row("blue lamp")]
    catalogue = shelf.catalogue_of(rows)
    for enough, found in ((3, 3), (4, 5)):
        index = LexicalIndex.build(catalogue, tmp_path / str(enough), LexicalConfig(enough=enough))
        matches = index.search("red lamp")
        assert matches.total == found
        assert sorted(matches.index[:3].tolist()) == [0, 1, 2]  # all words still come first


@pytest.mark.parametrize(
    ("text", "whole", "unknown"),
    [
        ("desk lamp", [0], ()),
        ("lamp for acme", [0], ()),
        ("lamp unheardof", [], ("unheardof",)),
        ("unheardof", [], ("unheardof",)),
        ("lamp with acme", [0], ()),  # no item says "with", and nobody misses it
        ("brass necklace", [], ()),
        ("lmap", [0, 1, 2], ()),  # read as lamp, which is told
    ],
)
def test_whole_is_what_has_every_word(english: LexicalIndex, text: str, whole: list[int], unknown: tuple[str]) -> None:
    matches = english.search(text)
    assert sorted(matches.index[matches.whole].tolist()) == whole and matches.unknown == unknown


def test_two_words_without_a_space_between_them_are_had_where_the_shop_writes_them_apart(tmp_path: Path) -> None:
    titles = ["修身 连衣裙 红色", "红色连衣裙", "红色 连体裤", "蓝色 连衣裙"]
    matches = LexicalIndex.build(shelf.catalogue_of([shelf.row(title) for title in titles]), tmp_path).search(
        "红色连衣裙"
    )
    assert sorted(matches.index[matches.whole].tolist()) == [0, 1]
    assert sorted(matches.index.tolist()) == [0, 1, 2, 3]


def test_what_a_correction_does_not_say_is_not_what_was_asked_for(tmp_path: Path) -> None:
    catalogue = shelf.catalogue_of([*(shelf.row("leather bag") for _ in range(3)), shelf.row("letter bag")])
    matches = LexicalIndex.build(catalogue, tmp_path).search("lether bag")
    assert dict(matches.corrected) == {"lether": "leather"}
    assert dict(zip(matches.index.tolist(), matches.whole.tolist(), strict=True)) == {
        0: True,
        1: True,
        2: True,
        3: False,
    }


def test_an_id_is_all_that_was_asked_for(tmp_path: Path) -> None:
    catalogue = shelf.catalogue_of([shelf.row("Lamp", item_id="AB-1234"), shelf.row("Lamp 1234 watts")])
    matches = LexicalIndex.build(catalogue, tmp_path).search("ab 1234")
    assert matches.whole[matches.index == 0].all()


@settings(max_examples=25, deadline=None)
@given(shelf.rows, shelf.filters)
def test_a_filter_pushed_down_is_the_mask(rows: list[dict[str, Any]], filters: Filters) -> None:
    catalogue = shelf.catalogue_of(rows)
    with TemporaryDirectory() as folder:
        index = LexicalIndex.build(catalogue, Path(folder))
        wanted = np.flatnonzero(catalogue.mask(filters)).tolist()
        limit = max(len(rows) - 1, 1)  # below the size of the catalogue, so that it is pushed down
        matches = index.search("thing", filters, limit)
        if len(rows) > 1:
            assert matches.total == len(wanted)
            assert matches.exact == (len(wanted) <= limit)
            assert set(matches.index.tolist()) <= set(wanted)
        masked = index.search("thing", filters).index
        assert sorted(masked[catalogue.mask(filters)[masked]].tolist()) == wanted


def test_a_cut_says_that_it_is_one(english: LexicalIndex) -> None:
    matches = english.search("lamp", limit=2)
    assert (len(matches.index), matches.total, matches.exact) == (2, 3, False)
    assert matches.index.tolist() == english.search("lamp").index[:2].tolist()


def test_opening_leaves_the_folder_as_it_was_and_no_lock(tmp_path: Path) -> None:
    index = strict(ENGLISH, tmp_path / "index")
    before = {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir()}
    assert not [name for name in before if name.endswith(".lock")]
    again = LexicalIndex.open(tmp_path / "index")
    assert again.search("lamp").index.tolist() == index.search("lamp").index.tolist()
    assert {path.name: path.read_bytes() for path in (tmp_path / "index").iterdir()} == before


def search_elsewhere(folder: str) -> tuple[int, list[int]]:
    return os.getpid(), LexicalIndex.open(Path(folder)).search("lamp").index.tolist()


def test_several_processes_read_one_folder(tmp_path: Path) -> None:
    here = strict(ENGLISH, tmp_path).search("lamp").index.tolist()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        answers = pool.map(search_elsewhere, [str(tmp_path)] * 4, chunksize=1)
    assert all(found == here for _, found in answers)
    assert os.getpid() not in {pid for pid, _ in answers}


def test_a_folder_without_an_index_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(WrongArtifact, match="a lexical index"):
        LexicalIndex.open(tmp_path)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_product_words_of_any_title_find_it(locale: Literal["en", "zh"], tmp_path: Path) -> None:
    items = Shop(SimulationConfig.small(locale=locale)).tables().items
    catalogue = Catalogue.from_table(clean_items(items).kept)
    index = LexicalIndex.build(catalogue, tmp_path / "lexical")
    shown = np.flatnonzero(catalogue.showable)
    for item in shown[:100].tolist():
        words = " ".join([catalogue.paths[item][-1], *catalogue.titles[item].replace(",", " ").split()])
        assert item in index.search(words, Filters(), 10).index, catalogue.titles[item]
        assert item in index.search(catalogue.titles[item].replace(" ", ""), Filters(), 10).index or locale == "en"


def change(item_id: str, kind: Literal["put", "patch", "delete"], number: int, **fields: Any) -> ItemChange:
    return ItemChange(item_id, kind, fields, number, number)


def test_changed_items_match_as_in_an_index_that_is_made_anew(tmp_path: Path) -> None:
    items = Shop(SimulationConfig.small()).tables().items
    catalogue = Catalogue.from_table(clean_items(items).kept)
    released = LexicalIndex.build(catalogue, tmp_path / "released")
    before = sorted(path.name for path in (tmp_path / "released").iterdir())
    titles, ids = catalogue.titles, catalogue.item_ids
    said = [
        change(ids[0], "patch", 1, in_stock=False),
        change(ids[1], "delete", 2),
        change(ids[2], "put", 3, title="Ultramarine zither stand", category=["Music"]),
        *(change(f"new{n}", "put", 4 + n, title=f"{titles[n]} again", category=["Toys"]) for n in range(40)),
    ]
    changed = catalogue.changed(Changes(50, tuple(said)))
    index = released.changed(changed, changed.changed_rows)
    anew = LexicalIndex.build(changed, tmp_path / "anew")
    assert len(index) == len(anew) == len(changed)
    assert index.search("ultramarine zithar").index.tolist() == [2], "also with a typo in a word that is new"
    for text in [*titles[:60], "red", "bamboo"]:
        found, wanted = index.search(text), anew.search(text)
        assert found.total == wanted.total and set(found.index.tolist()) == set(wanted.index.tolist()), text
        assert not {0, 1} & set(found.index.tolist())
        both = np.argsort(found.index), np.argsort(wanted.index)
        # one item in seven has changed, and the words of what is gone still count in how rare a word is
        np.testing.assert_allclose(found.score[both[0]], wanted.score[both[1]], rtol=0.06)
    assert index.search("ultramarine", Filters(categories=(("Music",),)), 10).index.tolist() == [2]
    assert sorted(path.name for path in (tmp_path / "released").iterdir()) == before, "an artifact never changes"
    assert released.search(titles[1]).total and not released.search("ultramarine").total


def test_equal_changes_give_equal_scores_however_many_came_before(tmp_path: Path) -> None:
    released = strict(ENGLISH, tmp_path)
    catalogue = shelf.catalogue_of(ENGLISH)
    first = catalogue.changed(Changes(1, (change(catalogue.item_ids[0], "patch", 1, in_stock=False),)))
    last = catalogue.changed(Changes(2, (change(catalogue.item_ids[1], "put", 2, title="A lamp of glass"),)))
    released.changed(first, first.changed_rows)
    one, two = (released.changed(last, last.changed_rows).search("lamp") for _ in range(2))
    assert one.index.tolist() == two.index.tolist() and one.score.tolist() == two.score.tolist()
