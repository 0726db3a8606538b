"""Texts are plain before anything reads them, and what only looks like markup stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.text.plain import plain


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<p>A <strong>blue</strong> lamp&nbsp;for home.</p><ul><li>Bright</li></ul>", "A blue lamp for home. Bright"),
        ("<div class=\"x > y\" data-id='7'>Vase</div>", "Vase"),
        ("Line<br>by<br/>line<BR />", "Line by line"),
        ("<b>W</b>ool", "Wool"),
        ("Smith &amp; Sons", "Smith & Sons"),
        ("Smith &amp;amp; Sons", "Smith & Sons"),
        ("&lt;p&gt;Twice&lt;/p&gt;", "Twice"),
        ("&amp;lt;em&amp;gt;Thrice&amp;lt;/em&amp;gt;", "Thrice"),
        ("10 &#8211; 12 cm &#x2714;", "10 – 12 cm ✔"),
        ("Kaffee\u00admaschine", "Kaffeemaschine"),
        ("Kaffee&shy;maschine", "Kaffeemaschine"),
        ("zero\u200bwidth\ufeff and\u00a0hard", "zerowidth and hard"),
        ("bell\x07 and null\x00", "bell and null"),
        ("Wi\u200dFi", "WiFi"),
        ("a<script>alert('<b>')</script>b<style>p{}</style><!-- c -->d", "a b d"),
        ("**Bold** words, __strong__ and [a link](https://example.com/x)", "Bold words, strong and a link"),
        ("## Care\n* wash cold\n* dry", "Care\nwash cold\ndry"),
        ("<![CDATA[A &amp; B]]>", "A & B"),
        ("line_x000D_\nnext", "line\nnext"),
    ],
)
def test_markup_leaves_texts(text: str, wanted: str) -> None:
    assert plain(text) == wanted
    assert plain(wanted) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "C++ <3",
        "AT&T",
        "a < b",
        "a <b and c> d",
        '5" x 7"',
        "size <M> and <XL>",
        "R&D; Q&A",
        "5 * 7 ** 2",
        "#1 seller, C# and F#",
        "snake_case and __init",
        "<3 <3 >_<",
        "if a<b and b>c",
        "x &y; &nosuchname;",
        "می\u200cخواهم",
        "क्\u200dष",
        "👩\u200d🔬",
        "two  spaces\n\n\n\nand lines ",
        "- 5 °C",
        "",
    ],
)
def test_what_only_looks_like_markup_stays(text: str) -> None:
    assert plain(text) == text


@given(st.text(st.sampled_from("<>/&;#abp=\"'! -*_[]()\n\u00ad\u200d"), max_size=60))
def test_any_text_is_made_plain(text: str) -> None:
    made = plain(text)
    assert "\u00ad" not in made and "<p>" not in made and "<b>" not in made


@pytest.mark.parametrize(
    "piece", ["<", "<a b='", '<a b="', "<script", "<!--", "&amp;", "**", "[x](", "&#38;", "<p " + "a=b " * 20]
)
def test_a_long_broken_text_costs_no_more_than_its_length(piece: str) -> None:
    started = time.perf_counter()
    plain(piece * (200_000 // len(piece)))
    assert time.perf_counter() - started < 5
