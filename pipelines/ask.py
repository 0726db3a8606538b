"""ask: what the live release answers to searches, without advertisements and without chance.

    python -m pipelines ask "red dress" "lamp under 50"    how many match each, and the first ones with reasons
    python -m pipelines ask "red dress" --json size=3      the same as JSON, a line a search

Nothing is written and nobody's past takes part, so the same release always answers the same.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from pipelines.running.job import Job
from recsys.artifacts import Workspace
from recsys.config import Config
from recsys.errors import WrongConfig

if TYPE_CHECKING:
    from recsys.funnel import Funnel
    from recsys.queries.shop_words import ShopWords
    from recsys.release import Release

WORDS = "queries"
"""The setting that takes every word of the command line that is no setting."""


class AskConfig(Config):
    """Settings of `ask`."""

    queries: tuple[str, ...] = ()
    """What is searched for, each as a shopper would write it; also without `queries=`, in quotes."""
    size: int = Field(8, ge=1, le=200)
    """Items shown of each answer."""
    release: str | None = None
    """Key of a release; without it the live one."""
    form: Literal["text", "json"] = "text"
    """For a screen, or JSON, a line a search; `--json` is short for the second."""


def run(workspace: Workspace, config: AskConfig, job: Job) -> None:
    """Answer each query on standard output. Raises WrongConfig without one, WrongArtifact without a release."""
    if not config.queries:
        raise WrongConfig("queries", "at least one search", "none", 'Try: ask "red dress"')
    from recsys.release import Release

    answers = asyncio.run(answered(Release.open(workspace, config.release), config))
    if config.form == "json":
        sys.stdout.writelines(f"{json.dumps(answer, ensure_ascii=False)}\n" for answer in answers)
    else:
        sys.stdout.writelines(line for answer in answers for line in lines(answer))


async def answered(release: Release, config: AskConfig) -> list[dict[str, Any]]:
    """An answer a query, as plain JSON values."""
    from recsys.edition import Edition
    from recsys.funnel import FunnelConfig, open_funnel
    from recsys.opening.stages import shop_words_of

    sober = FunnelConfig(explore_share=0.0, ad_positions=()).without_deadlines()
    funnel = open_funnel(release, config=sober)
    shop = shop_words_of(Edition(release))
    return [await _answer(release, funnel, shop, query, config.size) for query in config.queries]


async def _answer(release: Release, funnel: Funnel, shop: ShopWords, text: str, size: int) -> dict[str, Any]:
    from recsys.queries.asking import as_understood
    from recsys.queries.understand import understand
    from recsys.slate import Asked, Draw, Query

    understood = understand(text, shop)
    asked = as_understood(Asked("search", size, text=text, at_s=_now_s(release), ads=False), understood)
    slate = await funnel.answer(Query(asked, draw=Draw(slate_id="ask", explore=False)))
    catalogue = release.catalogue
    items = [
        {
            **{name: catalogue.describe(item.index)[name] for name in ("item_id", "title", "price_micros", "currency")},
            "match": item.match,
            "reason": item.reason.text if item.reason else None,
            "code": item.reason.code if item.reason else None,
        }
        for item in slate.items
    ]
    return {
        "query": text,
        "num_matches": slate.num_matches,
        "matches_exact": slate.matches_exact,
        "understood": {**asdict(understood), "corrected": dict(slate.corrected), "unknown": slate.unknown},
        "items": items,
    }


def _now_s(release: Release) -> float:
    """A moment of the release's own, so that what is new does not depend on the day."""
    created = release.catalogue.created_s
    return float(created[created == created].max(initial=0.0))


def lines(answer: dict[str, Any]) -> Iterator[str]:
    """An answer for a screen."""
    about = "" if answer["matches_exact"] else "at least "
    found = f"{about}{answer['num_matches']} matches" if answer["num_matches"] else "nothing has all of it"
    yield f"{answer['query']!r}: {found}\n"
    yield from _understood(answer["understood"])
    before = "all"
    for item in answer["items"]:
        if item["match"] != "all" and before == "all":
            yield "  close to it:\n"
        before = item["match"]
        why = f"{item['match']}: {item['reason']}" if item["reason"] else item["match"]
        yield f"  {item['item_id']}  {item['title']}{_price(item)}  ({why})\n"


def _understood(understood: dict[str, Any]) -> Iterator[str]:
    """A line for each thing that was read of the words."""
    for one in understood["filters"]:
        limits = [None if one[name] is None else f"{one[name] / 1e6:g}" for name in ("min_micros", "max_micros")]
        value = " | ".join(one["values"]) or f"{limits[0] or ''} to {limits[1] or ''} {one['currency'] or ''}".strip()
        yield f"  only {one['name'] or one['field']} {value}  (“{one['words']}”)\n"
    for kind, words in (("excluded", "without"), ("phrases", "exactly"), ("wishes", "rather")):
        for one in understood[kind]:
            yield f"  {words} {one['value']}  (“{one['words']}”)\n"
    for one in understood["synonyms"]:
        yield f"  “{one['words']}” is also {one['value']}\n"
    for word, meant in understood["corrected"].items():
        yield f"  {word} read as {meant}\n"
    for word in understood["unknown"]:
        yield f"  ignored “{word}”: no item has it\n"
    for one in understood["ignored"]:
        yield f"  ignored “{one['words']}”: {one['why']}\n"


def _price(item: dict[str, Any]) -> str:
    micros = item["price_micros"]
    return "" if micros is None else f"  {micros / 1e6:.2f} {item['currency'] or ''}".rstrip()
