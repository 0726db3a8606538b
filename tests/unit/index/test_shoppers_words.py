"""What shoppers write, in small catalogues of several trades: the item meant comes first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recsys.errors import WrongArtifact
from recsys.index.documents import id_terms
from recsys.index.lexical import LexicalConfig, LexicalIndex
from tests import shelf


def shop(*rows: tuple[str, str] | tuple[str, str, dict[str, str]]) -> list[dict[str, Any]]:
    return [shelf.row(row[1], item_id=row[0], attributes=row[2] if len(row) > 2 else {}) for row in rows]


ELECTRONICS = shop(
    ("PH-8", "Nimbus Phone 8 128GB"),
    ("PH-9", "Nimbus Phone 9 256 GB"),
    ("CASE-9", "Case for Nimbus Phone9"),
    ("AC-HB7-BLK", "Blu-ray player black", {"gtin": "0842776106124"}),
    ("BT-1", "Noise-cancelling ear buds"),
    ("BT-2", "Earbuds with neckband"),
    ("TV-50", 'Television 50" flat'),
    ("TV-43", "Television 43 inch flat"),
    ("PB-20", "Power bank 20,000 mAh"),
    ("PB-10", "Power bank 10,000 mAh with 20 W"),
    ("BK-1", "Learning F# by example"),
    ("BK-2", "The F word"),
    ("KB-1", "Key board wireless"),
)
PHARMACY = shop(
    ("M-1", "Magnesium 2,000 mg sachets"),
    ("M-2", "Magnesium 200 mg tablets"),
    ("M-3", "Zinc 2000 IU drops"),
    ("S-100", "Syrup 100ml"),
    ("S-200", "Syrup 200 ml"),
    ("S-1", "Syrup 1.5 l refill"),
)
HARDWARE = shop(
    ("H-1", "Shelf board 60x80 cm"),
    ("H-2", "Shelf board 80 x 30 cm"),
    ("H-3", "Drill bit 6.5 mm"),
    ("H-4", "Drill bit 6 mm"),
)
WORLD = shop(
    ("FR", "Sauté de bœuf aux œufs"),
    ("DK", "Køkkenkniv rød"),
    ("PL", "Żółta łyżka"),
    ("TR", "ISI yalıtımlı ışık"),
    ("DE", "Weiße Fußmatte"),
    ("JA", "デジタルカメラ 防水"),
    ("TH", "กางเกงขายาวผู้ชาย"),
    ("HI", "नीली चूड़ी"),
    ("HJ", "नीली चादर"),
    ("TW", "純棉毛巾 30×60cm"),
)
TRADES = {"electronics": ELECTRONICS, "pharmacy": PHARMACY, "hardware": HARDWARE, "world": WORLD}


@pytest.fixture(scope="module")
def indexes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LexicalIndex]:
    folder = tmp_path_factory.mktemp("trades")
    return {name: LexicalIndex.build(shelf.catalogue_of(rows), folder / name) for name, rows in TRADES.items()}


def found(indexes: dict[str, LexicalIndex], trade: str, text: str) -> list[str]:
    return [TRADES[trade][row]["item_id"] for row in indexes[trade].search(text).index.tolist()]


@pytest.mark.parametrize(
    ("trade", "text", "first"),
    [
        ("electronics", "bluray", {"AC-HB7-BLK"}),
        ("electronics", "blu ray", {"AC-HB7-BLK"}),
        ("electronics", "earbuds", {"BT-1", "BT-2"}),
        ("electronics", "ear buds", {"BT-1", "BT-2"}),
        ("electronics", "ear-bud", {"BT-1", "BT-2"}),
        ("electronics", "keyboards", {"KB-1"}),
        ("electronics", "phone9", {"PH-9", "CASE-9"}),
        ("electronics", "phone 9", {"PH-9", "CASE-9"}),
        ("electronics", "nimbus phone9 256gb", {"PH-9"}),
        ("electronics", "50 inch television", {"TV-50"}),
        ("electronics", '43"', {"TV-43"}),
        ("electronics", "power bank 20000mah", {"PB-20"}),
        ("electronics", "20 000 mah", {"PB-20"}),
        ("electronics", "f#", {"BK-1"}),
        ("pharmacy", "magnesium 2000mg", {"M-1"}),
        ("pharmacy", "2000 mg", {"M-1"}),
        ("pharmacy", "100 ml", {"S-100"}),
        ("pharmacy", "syrup 200ml", {"S-200"}),
        ("pharmacy", "1,5l", {"S-1"}),
        ("hardware", "60 x 80", {"H-1"}),
        ("hardware", "30cm board", {"H-2"}),
        ("hardware", "6,5mm", {"H-3"}),
        ("hardware", "6 mm drill", {"H-4"}),
        ("world", "boeuf", {"FR"}),
        ("world", "OEUFS", {"FR"}),
        ("world", "kokkenkniv rod", {"DK"}),
        ("world", "zolta lyzka", {"PL"}),
        ("world", "isik", {"TR"}),
        ("world", "IŞIK", {"TR"}),
        ("world", "weisse fussmatte", {"DE"}),
        ("world", "ｶﾒﾗ", {"JA"}),
        ("world", "かめら", {"JA"}),
        ("world", "ขายาว", {"TH"}),
        ("world", "चूड़ी", {"HI"}),
        ("world", "毛巾 60cm", {"TW"}),
    ],
)
def test_what_is_meant_comes_first(indexes: dict[str, LexicalIndex], trade: str, text: str, first: set[str]) -> None:
    assert set(found(indexes, trade, text)[: len(first)]) == first


def test_a_word_of_one_script_is_no_part_of_another_word(indexes: dict[str, LexicalIndex]) -> None:
    assert found(indexes, "world", "चूड़ी") == ["HI"]
    assert found(indexes, "pharmacy", "100 ml") == ["S-100"]


@pytest.mark.parametrize(
    ("written", "item"),
    [
        ("AC-HB7-BLK", "AC-HB7-BLK"),
        ("achb7blk", "AC-HB7-BLK"),
        ("hb7-blk", "AC-HB7-BLK"),
        ("AC HB7", "AC-HB7-BLK"),
        ("0842776106124", "AC-HB7-BLK"),
        ("842776106124", "AC-HB7-BLK"),
        ("ph-9", "PH-9"),
        ("bk-2", "BK-2"),
    ],
)
def test_an_id_a_part_of_it_or_a_code_finds_its_item_first(
    indexes: dict[str, LexicalIndex], written: str, item: str
) -> None:
    assert found(indexes, "electronics", written)[0] == item


def test_parts_of_an_id_hold_a_digit_and_are_long_enough_to_be_meant() -> None:
    assert set(id_terms("SKU-QX77-RED")) == {"skuqx77red", "skuqx77", "qx77red", "qx77"}
    assert set(id_terms("lamp-red")) == {"lampred"} and set(id_terms("12")) == set()


def test_a_word_that_is_an_id_asks_for_nothing_near_it(indexes: dict[str, LexicalIndex]) -> None:
    assert found(indexes, "electronics", "AC-HB7-BLK") == ["AC-HB7-BLK"]


def test_the_catalogues_language_decides_endings_and_is_kept(tmp_path: Path) -> None:
    rows = [shelf.row("Blaue Lampen"), shelf.row("Blauer Teppich")]
    LexicalIndex.build(shelf.catalogue_of(rows), tmp_path, LexicalConfig(language="german"))
    index = LexicalIndex.open(tmp_path)
    assert index.config.language == "german"
    assert index.search("blaues lampe").index[0] == 0


def test_an_index_of_an_older_build_is_refused_by_name(tmp_path: Path) -> None:
    import tantivy

    tantivy.Index(tantivy.SchemaBuilder().build(), path=str(tmp_path))
    (tmp_path / "lexical.json").write_text("{}")
    with pytest.raises(WrongArtifact, match=r"a lexical index.*[^.]\.$"):  # the library's own full stop is not repeated
        LexicalIndex.open(tmp_path)


NUMBERED = shop(
    *((f"i0281{last}", f"Plain mug {last}") for last in range(10)),
    ("i0281", "Whole id"),
    ("x-77", "Mixer TRA708T for i0281 mugs"),
    ("x-78", "Mixer TRA708SST of 1000000 W"),
    ("x-79", "Scope DS1054Z", {"ean": "4006381333931"}),
    *((f"lot55{number:03d}", "Spoon") for number in range(150)),
)


@pytest.mark.parametrize(
    ("written", "first", "others"),
    [
        ("I02815", {"i02815"}, False),
        ("i028", set(), False),  # too short
        ("TRA708", {"x-77", "x-78"}, False),
        ("tra708t", {"x-77"}, False),
        ("ds1054", {"x-79"}, False),
        ("mixer tra708ss", {"x-78"}, True),
        ("400638", {"x-79"}, False),  # the beginning of a barcode
        ("40063", set(), False),
        ("lot55", set(), False),  # says too little
        ("100000", set(), False),  # a number begins no other
        ("lot5501", {f"lot5501{last}" for last in range(10)}, False),
    ],
)
def test_the_beginning_of_an_id_or_of_a_model_number_finds_it(
    tmp_path: Path, written: str, first: set[str], others: bool
) -> None:
    index = LexicalIndex.build(shelf.catalogue_of(NUMBERED), tmp_path)
    found = [NUMBERED[row]["item_id"] for row in index.search(written).index.tolist()]
    assert set(found[: len(first)]) == first and (others or len(found) == len(first))


def test_a_title_that_goes_on_comes_before_a_description_that_names_the_model(tmp_path: Path) -> None:
    rows = [
        shelf.row("Assortment", description="Fits TRA708 and others"),
        shelf.row("Staples TRA708T"),
        shelf.row("Staples TRA708"),
    ]
    assert LexicalIndex.build(shelf.catalogue_of(rows), tmp_path).search("tra708").index.tolist() == [2, 1, 0]


def test_an_id_goes_before_ids_that_begin_so_and_these_before_words(tmp_path: Path) -> None:
    rows = [row for row in NUMBERED if row["item_id"] != "i0281"]
    whole = LexicalIndex.build(shelf.catalogue_of(NUMBERED), tmp_path / "whole").search("I0281").index.tolist()
    begun = LexicalIndex.build(shelf.catalogue_of(rows), tmp_path / "begun").search("I0281").index.tolist()
    assert NUMBERED[whole[0]]["item_id"] == "i0281" and not {f"i0281{last}" for last in range(10)} & set(whole[1:])
    assert {rows[row]["item_id"] for row in begun[:10]} == {f"i0281{last}" for last in range(10)}
    assert [rows[row]["item_id"] for row in begun[10:]] == ["x-77"]


def test_a_corrected_word_is_called_as_the_shop_writes_it(tmp_path: Path) -> None:
    rows = shop(("1", "Leather headphones"), ("2", "Headphones, black"), ("3", "Headphone case"))
    index = LexicalIndex.build(shelf.catalogue_of(rows), tmp_path)
    assert index.search("lether headphnes").corrected == (("lether", "leather"), ("headphnes", "headphones"))
    assert index.search("black headphones").corrected == ()
