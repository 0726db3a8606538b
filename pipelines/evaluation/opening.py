"""What a report opens with: a verdict to act on, the words it uses, and the facts that a mean hides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from pipelines.evaluation.markup import interval, table

Figures = Mapping[str, Any]
SHOWN = 20
"""Searches of each list that the page names; the JSON has more."""


def verdict(figures: Figures) -> Iterable[str]:
    """The verdict, what it is compared with, and what is assumed."""
    if (found := figures.get("verdict")) is None:
        return
    yield f'<section class="verdict {found["word"]}"><p><b>{escape(found["text"])}</b></p>'
    if found["advice"]:
        yield f"<p>{_code(found['advice'])}</p>"
    if found["comparisons"]:
        yield table(
            ("beside", "says", "found per 1,000", "there", "more", "95 % interval", "money per 1,000", "people"),
            [_comparison(one) for one in found["comparisons"]],
        )
        yield '<p class="dim">' + " ".join(map(escape, found["assumed"])) + "</p>"
    yield "</section>"


def glossary(figures: Figures) -> Iterable[str]:
    """Every word of the report that a shop owner may not know."""
    if words := figures.get("glossary"):
        terms = "".join(f"<dt>{escape(word)}</dt><dd>{escape(said)}</dd>" for word, said in words.items())
        yield f"<details><summary>What the words of this page mean</summary><dl>{terms}</dl></details>"


def reranking(figures: Figures) -> Iterable[str]:
    """Where the served list is worse than the fused one."""
    if not (rows := figures.get("served_and_fused")):
        return
    yield "<h2>Where ranking helps and where it hurts: the served list beside the fused one</h2>"
    yield f"<p>{_hurts(rows)}</p>"
    yield table(
        ("group", "requests", "ndcg@10 served", "fused", "difference", "95 % interval", "served is"),
        [
            (
                f"{one['by']}: {one['group']}",
                one["cases"],
                one["served_ndcg_at_10"],
                one["fused_ndcg_at_10"],
                one["difference"],
                interval(one["interval"]),
                one["word"],
            )
            for one in rows
        ],
    )
    yield (
        '<p class="dim">Surfaces: slates of the log with a click, asked again; clicks carry the positions of what '
        "was live then. People: the first new item of each test user, at home. One group in twenty is called "
        "better or worse by chance.</p>"
    )


def few_events(figures: Figures) -> Iterable[str]:
    """How items fare of which the log says little."""
    if not (found := figures.get("few_events")):
        return
    few, others = found["few"], found["others"]
    if not few["items"] or not few["cases"] + others["cases"]:
        return
    yield "<h2>Items with few events</h2>"
    yield (
        f"<p>{few['items']:,} items, {_percent(few['item_share'])} of what can be shown, were chosen fewer than "
        f"{found['fewer_than']} times. They have {_percent(few['place_share'])} of the places; "
        f"{_percent(few['coverage'])} of them stand in the list of anybody, and {_percent(others['coverage'])} of the "
        f"others. Who chooses one next finds it among the first ten in {_percent(few['recall_at_10'])} of "
        f"{few['cases']:,} requests; with the others in {_percent(others['recall_at_10'])} of {others['cases']:,}.</p>"
    )


def searches(figures: Figures) -> Iterable[str]:
    """Searches without match, and without click."""
    if not (found := figures.get("searches")):
        return
    yield "<h2>Searches that lead to nothing</h2>"
    yield (
        f"<p>The log has {found['searches']:,} searches, {found['distinct']:,} different ones; "
        f"{_percent(found['clicked_share'])} led to a click. The live index was asked the {found['asked']:,} most "
        f"frequent. Named are those of at least {found['least_people']} people.</p>"
    )
    yield from _searches("Nothing matches today", found["without_match"])
    yield from _searches("Nobody clicked", found["without_click"])


def wanted(figures: Figures) -> Iterable[str]:
    """Searches with what must come, and what came instead."""
    if not (found := figures.get("wanted")):
        return
    yield "<h2>Searches that you wrote down</h2>"
    share = found["right"] / found["asked"] if found["asked"] else None
    yield f"<p>{found['right']:,} of {found['asked']:,} are answered as they must be, {_percent(share)}.</p>"
    if wrong := [one for one in found["rows"] if one["unmet"]]:
        yield table(
            ("search", "kind", "what its answer lacks"),
            [(f"{one['id']} {one['query']}", one["kind"], "; ".join(one["unmet"])) for one in wrong],
        )


def _searches(title: str, found: Figures) -> Iterator[str]:
    yield f"<h3>{title}: {found['distinct']:,} different searches, made {found['searches']:,} times</h3>"
    if rows := found["listed"][:SHOWN]:
        yield table(
            ("search", "times", "people", "matches today"),
            [(one["query"], one["searches"], one["people"], one["matches"]) for one in rows],
        )


def _comparison(one: Figures) -> tuple[Any, ...]:
    money = None if one["money"] is None else f"{one['money']:+,.2f} {one['currency']}"
    low, high = one["more_found_interval"]
    return (
        f"{one['with']} (live before)" if one["live"] else one["with"],
        one["word"],
        f"{one['found_served']:,.1f}",
        f"{one['found_with']:,.1f}",
        f"{one['more_found']:+,.1f}",
        f"{low:+,.1f} to {high:+,.1f}",
        money,
        one["requests"],
    )


def _hurts(rows: Sequence[Figures]) -> str:
    worse = [f"{one['by']}: {one['group']}" for one in rows if one["word"] == "worse"]
    if worse:
        return f"<b>The served list is worse for {escape(', '.join(worse))}.</b> There the fused list would do better."
    below = [f"{one['by']}: {one['group']}" for one in rows if one["difference"] < 0]
    if below:
        return f"Nowhere worse beyond chance; below the fused list, perhaps by chance: {escape(', '.join(below))}."
    return "In no group is the served list below the fused one."


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _code(text: str) -> str:
    """Text whose words between backquotes are commands."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
