"""Words that stand for each other: given by a file, learned of a log, said in the answer, refused, and searched."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from recsys.errors import WrongArtifact, WrongData
from recsys.features.catalogue import Catalogue
from recsys.features.pairs import PAIRS
from recsys.index.lexical import LexicalIndex
from recsys.queries.asking import as_understood
from recsys.queries.learned_synonyms import learn_synonyms
from recsys.queries.shop_words import Learned, ShopWords
from recsys.queries.synonym_file import read_synonym_file
from recsys.queries.synonyms import Synonym, Synonyms, joined
from recsys.queries.understand import understand
from recsys.queries.understood import Taken
from recsys.slate import Asked
from tests.shelf import catalogue_of, row

KITCHEN = catalogue_of(
    [
        *(row(f"Frying pan, {colour}", category=["Kitchen", "Pans"]) for colour in ("red", "blue", "green", "black")),
        *(row(f"Stock pot, {colour}", category=["Kitchen", "Pots"]) for colour in ("red", "blue", "green")),
        *(row(f"Bathrobe with {what}", category=["Bath", "Robes"]) for what in ("hood", "belt", "collar", "stripes")),
        row("Dressing table", category=["Furniture"]),
        row("Salad dressing", category=["Food"]),
        row("长沙发 灰色", category=["家具"]),
    ]
)


def shop(*known: tuple[str, str], catalogue: Catalogue = KITCHEN) -> ShopWords:
    return ShopWords(catalogue, Learned.of(catalogue, Synonyms(Synonym(*one) for one in known)))


def searched(tmp_path: Path, query: str, *known: tuple[str, str], refused: tuple[str, ...] = ()) -> list[str]:
    understood = understand(query, shop(*known), refused)
    asked = as_understood(Asked("search", 10, text=query), understood)
    index = LexicalIndex.build(KITCHEN, tmp_path)
    return [KITCHEN.titles[i] for i in index.search(asked.text, synonyms=asked.synonyms).index]


def log(*searches: tuple[str, str], users: int = 6, catalogue: Catalogue = KITCHEN) -> pa.Table:
    """Everybody makes each search and chooses an item whose title begins so, each another one in turn."""
    made = []
    for number in range(users):
        for query, title in searches:
            rows = [i for i, known in enumerate(catalogue.titles) if known.startswith(title)]
            chosen = rows[number % len(rows)]
            made.append({"user_id": f"u{number}", "query": query, "index": chosen, "weight": 1.0, "at_s": 0.0})
    return pa.Table.from_pylist(made, schema=PAIRS)


def test_a_file_has_groups_and_one_way_lines(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.txt"
    path.write_bytes("\ufeffcouch, settee  # both are sofas\r\n\r\ntelly, box => television\r\n".encode())
    assert set(read_synonym_file(path)) == {
        ("couch", "settee"),
        ("settee", "couch"),
        ("telly", "television"),
        ("box", "television"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sofa, couch\nsettee\n", r"words\.txt, line 2: wanted at least two words.*got 'settee'"),
        ("sofa, , couch", "line 1: wanted a word before and behind each comma"),
        ("sofa =>", "line 1: wanted a word before and behind each comma and arrow"),
        ("a1 => b1 => c1", "line 1: wanted one `=>`"),
        ("one two three four five, six", "at most 4 words between two commas"),
        (",".join(f"word{number}" for number in range(60)), "at most 50 words a line"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "words.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(WrongData, match=message):
        read_synonym_file(path)
    with pytest.raises(WrongData, match="a file of synonyms"):
        read_synonym_file(tmp_path / "absent.txt")


def test_a_search_says_what_else_it_looks_for_and_finds_it_behind_the_word_itself(tmp_path: Path) -> None:
    known = ("skillets", "frying pan")
    understood = understand("blue Skillet", shop(known))
    assert understood.synonyms == (Taken("Skillet", "frying pan"),) and understood.text == "blue Skillet"
    assert searched(tmp_path, "blue Skillet", known)[0] == "Frying pan, blue"
    assert "Frying pan, blue" not in searched(tmp_path / "none", "skillet")


def test_words_of_several_and_of_scripts_without_spaces(tmp_path: Path) -> None:
    assert searched(tmp_path / "a", "dressing gown", ("dressing gown", "bathrobe"))[0].startswith("Bathrobe")
    assert not any(
        title.startswith("Bathrobe") for title in searched(tmp_path / "b", "gown", ("dressing gown", "bathrobe"))
    )
    assert searched(tmp_path / "c", "灰色躺椅", ("躺椅", "沙发"))[0] == "长沙发 灰色"


def test_who_refuses_a_synonym_gets_the_word_as_it_is_written(tmp_path: Path) -> None:
    known = ("pot", "frying pan")
    assert any(title.startswith("Frying") for title in searched(tmp_path / "a", "pot", known))
    assert not any(title.startswith("Frying") for title in searched(tmp_path / "b", "pot", known, refused=("pot",)))


def test_what_is_quoted_or_not_wanted_has_no_synonyms() -> None:
    assert not understand('"skillet" lid', shop(("skillet", "frying pan"))).synonyms
    assert not understand("lid without skillet", shop(("skillet", "frying pan"))).synonyms


def test_a_word_filters_only_where_what_stands_for_it_has_the_value_too() -> None:
    sofas = catalogue_of(
        [row("Sofa grey", category=["Sofa"]), row("Sofa red", category=["Sofa"]), row("Settee", category=["Old"])]
    )
    assert [one.field for one in understand("sofa", shop(catalogue=sofas)).filters] == ["category"]
    assert not understand("sofa", shop(("sofa", "settee"), catalogue=sofas)).filters


def test_given_synonyms_go_before_learned_ones_of_the_same_word() -> None:
    both = joined(Synonyms([Synonym("Pots", "pan")]), {"pot": "vase", "jar": "glass"})
    assert both.instead_of("pot") == ("pan",) and both.instead_of("jar") == ("glass",)
    assert len(Synonyms([Synonym("pot", "Pots"), Synonym("!", "pan"), Synonym("pan", "")])) == 0


def test_a_word_that_no_title_has_is_learned_of_what_people_choose() -> None:
    pairs = log(("skillet", "Frying"), ("red skillet", "Frying"), ("pot", "Stock"), ("dressing gown", "Bathrobe"))
    assert learn_synonyms(KITCHEN, pairs) == {"skillet": "frying pan", "dressing gown": "bathrobe"}


@pytest.mark.parametrize(
    ("searches", "users", "why"),
    [
        ([("skillet", "Frying"), ("pot", "Stock")], 2, "two people are not many"),
        ([("skillet", "Frying"), ("skillet", "Stock"), ("pot", "Stock")], 6, "half of the choices say another thing"),
        ([("fryng pan", "Frying"), ("pot", "Stock")], 6, "spelling mends it"),
        ([("steel skillet", "Frying"), ("pot", "Stock")], 6, "nobody searched for skillet alone"),
        ([("skillet frying pan", "Frying"), ("pot", "Stock")], 6, "the searches say it themselves"),
        ([("cookware", "Frying"), ("cookware", "Stock"), ("gown", "Bathrobe")], 6, "it is wider than any word"),
        ([("thing", "Salad"), ("pot", "Stock")], 6, "one item alone"),
    ],
)
def test_what_is_not_sure_is_not_learned(searches: list[tuple[str, str]], users: int, why: str) -> None:
    found = learn_synonyms(KITCHEN, log(*searches, users=users))
    assert found.keys() <= {"gown", "steel skillet"}, why


def test_a_brand_is_no_word_for_its_best_seller() -> None:
    phones = catalogue_of(
        [
            *(row(f"Apfel smartphone {number}", category=["Phones"]) for number in "abcde"),
            *(row(f"Apfel laptop {number}", category=["Laptops"]) for number in "abcde"),
            *(row(f"Samson smartphone {number}", category=["Phones"]) for number in "abcde"),
        ]
    )
    searches = [("aphone", "Apfel smartphone"), ("laptop", "Apfel laptop"), ("samson", "Samson")]
    assert learn_synonyms(phones, log(*searches, catalogue=phones)) == {"aphone": "apfel smartphone"}


def test_nothing_is_learned_of_nothing() -> None:
    assert learn_synonyms(KITCHEN, log()) == {}


def test_what_was_learned_is_kept_and_an_older_index_says_what_to_do(tmp_path: Path) -> None:
    learned = Learned.of(KITCHEN, Synonyms([Synonym("skillet", "frying pan")]))
    learned.save(tmp_path)
    kept, query = ShopWords(KITCHEN, Learned.load(tmp_path)), "red skillet with stock pot"
    assert understand(query, kept) == understand(query, ShopWords(KITCHEN, learned))
    assert kept.beside("stock", "pot") and not kept.beside("pot", "stock")
    with pytest.raises(WrongArtifact, match="the words of a shop"):
        Learned.load(tmp_path / "older")
