"""`ask`: what a release answers to searches, the same each time, for a screen and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.__main__ import main
from recsys.artifacts import Workspace
from recsys.release import Release


def said(capsys: pytest.CaptureFixture[str], shop: Path, *words: str) -> str:
    assert main(["ask", *words, "--workspace", str(shop)]) == 0
    return capsys.readouterr().out


def test_answers_say_how_many_match_and_why(small_shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    title = Release.open(Workspace(small_shop)).catalogue.titles[0]
    out = said(capsys, small_shop, title, "a=b", "size=2")
    heads = [line for line in out.splitlines() if not line.startswith(" ")]
    assert [repr(title) in heads[0], "'a=b'" in heads[1]] == [True, True] and " matches" in heads[0]
    assert title in out and "(all: Matches your words)" in out
    assert len([line for line in out.splitlines() if line.startswith("  i0")]) <= 2 * 2  # size=2


def test_what_only_comes_close_stands_apart_and_what_was_left_out_is_said(
    small_shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leaf = Release.open(Workspace(small_shop)).catalogue.paths[0][-1]
    head, *rest = said(capsys, small_shop, f"{leaf} qwxzvbkq").splitlines()
    assert head.endswith("nothing has all of it") and "  ignored “qwxzvbkq”: no item has it" in rest
    items = rest[rest.index("  close to it:") + 1 :]
    assert items and all("(some: Has some of your words)" in line or "(near: " in line for line in items)


def test_json_is_a_line_a_search_and_the_same_each_time(small_shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = said(capsys, small_shop, "board", "lamp", "--json")
    assert first == said(capsys, small_shop, "--json", "board", "lamp")
    answers = [json.loads(line) for line in first.splitlines()]
    assert [answer["query"] for answer in answers] == ["board", "lamp"]
    assert all(len(answer["items"]) <= 8 and answer["num_matches"] >= 0 for answer in answers)
    assert all(item["code"] != "sponsored" for answer in answers for item in answer["items"])
