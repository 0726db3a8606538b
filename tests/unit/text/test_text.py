"""One analysis of text for everything lexical."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.text import is_cjk, normalise, runs, tokens
from recsys.text import stems as stemming


def test_words_are_stemmed_and_accents_fall() -> None:
    assert tokens("Cutting Boards, CAFÉ") == tokens("cutting board cafe")


def test_chinese_becomes_bigrams_and_mixes_with_words() -> None:
    assert tokens("竹制砧板 Noma") == ["竹制", "制砧", "砧板", "noma"]
    assert tokens("红 鞋") == ["红", "鞋"]
    assert is_cjk("砧板") and not is_cjk("board")


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Œuf à la crème BRÛLÉE", "oeuf a la creme brulee"),
        ("Smørrebrød Æbleskiver", "smorrebrod aebleskiver"),
        ("Żółty płaszcz, ŁÓDŹ", "zolty plaszcz, lodz"),
        ("Đồng hồ", "dong ho"),
        ("Größe Maß ẞ", "grosse mass ss"),
        ("Þórr", "thorr"),
        ("IŞIK ışık İzmir izmir", "isik isik izmir izmir"),
        ("ＡＢＣ１２３", "abc123"),
        ("カメラ ｶﾒﾗ かめら", "かめら かめら かめら"),
        ("ガラス カラス", "がらす からす"),
        ("पाँच पांच", "पांच पांच"),
        ("४५ ٤٥ ๔๕", "45 45 45"),
        ("كِتَاب كتاب", "كتاب كتاب"),
        ("soft\u00adhyphen", "softhyphen"),
    ],
)
def test_letters_have_one_writing(written: str, plain: str) -> None:
    assert normalise(written) == plain


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("चूड़ी और बिंदी", ["चूड़ी", "और", "बिंदी"]),
        ("C++ or C#", ["c++", "or", "c#"]),
        (".NET 8, see shop.net", [".net", "8", "see", "shop", "net"]),
        ("AT&T, R&B; salt&pepper", ["at&t", "r&b", "salt", "pepper"]),
        ("D'Addario e-reader", ["d", "addario", "e", "reader"]),
        ("snake_case  a+b", ["snake", "case", "a", "b"]),
    ],
)
def test_words_keep_their_marks_and_signs(written: str, found: list[str]) -> None:
    assert runs(written) == found


def test_a_word_with_signs_is_also_found_by_its_letters() -> None:
    assert {"disney", "disney+"} == set(tokens("Disney+"))
    assert {"q", "a", "q&a"} == set(tokens("Q&A"))


@pytest.mark.parametrize(("whole", "part"), [("กางเกงขายาว", "ขายาว"), ("ເສື້ອກັນໜາວ", "ກັນ"), ("革のかばん", "カバン")])
def test_in_scripts_without_spaces_a_word_is_found_inside_a_run(whole: str, part: str) -> None:
    assert set(tokens(part)) <= set(tokens(whole))


@pytest.mark.parametrize(
    "same",
    [
        ("2000mAh", "2,000 mAh", "2 000 mAh", "2.000 mAh", "2\u202f000mah", "2'000 mah"),
        ("75cl", "75 cl", "75-cl", "75CL"),
        ("1.5 l", "1,5l", "1.50 L", "１．５ l"),
        ('32"', "32 inch", "32in", "32-in", "32''", "32″", "32 inches"),
        ("60x80 cm", "60 x 80cm", "60×80 cm", "60 X 80 CM"),
        ("0.5 kg", ".5 kg", "0,5kg"),
        ("2 kg", "2.0kg", "2.00 kg"),
        ("1,00,000 rpm", "100000rpm"),
    ],
)
def test_a_number_and_its_unit_have_one_writing(same: tuple[str, ...]) -> None:
    first, *others = (tokens(text) for text in same)
    assert len(first) > 1 and others == [first] * len(others)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("3 in 1", ["3", "in", "1"]),
        ("phone 15 256 GB", ["phone", "15", "256", "gb"]),
        ("42.5 XL", ["42.5", "xl"]),
        ("1.299", ["1.299"]),
        ("v1.2.3", ["v1", "2", "3"]),
        ("4006381333931 mp3", ["4006381333931", "mp3"]),
    ],
)
def test_numbers_that_stand_apart_stay_apart(written: str, found: list[str]) -> None:
    assert tokens(written) == found


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(), st.text())
def test_tokens_of_parts_are_tokens_of_the_whole(left: str, right: str) -> None:
    assert tokens(f"{left} \n {right}") == tokens(left) + tokens(right)


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns a thousand times as often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_stem_their_own_words(hasty_threads: None) -> None:
    heads, tails = ("fish", "relat", "board", "cut", "gener", "happi"), ("ness", "ional", "ing", "ers", "ization", "ed")
    words = [f"{head}{middle}{tail}" for head, middle, tail in product(heads, "abcdefghij", tails)]
    alone = [tokens(word) for word in words]
    start = Barrier(2)

    def stems(given: list[str]) -> list[list[str]]:
        found = []
        for _ in range(10):
            start.wait(30)
            stemming.stem.cache_clear()  # a remembered stem is not worked out
            found += [tokens(word) for word in given]
        return found

    with ThreadPoolExecutor(2) as pool:
        forth, back = pool.map(stems, (words, words[::-1]))
    assert forth == alone * 10 and back == alone[::-1] * 10
    assert [tokens(word) for word in words] == alone, "and no wrong stem is remembered"
