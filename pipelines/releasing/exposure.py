"""Who is shown: the places of items under two releases on the same requests, and shifts that nobody asked for.

Learning from a day of honest shoppers moves many items a little. One item that is suddenly on every page was bought or
forged its way there, or is a fault: the release waits until somebody has looked. Both answer as they would serve:
people with their histories, and visitors of whom nothing is known, at home and in every category.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pipelines.releasing.config import ExposureConfig
from recsys.features.sequences import HeldOut
from recsys.funnel import Funnel, FunnelConfig, open_funnel
from recsys.release import Release
from recsys.slate import Asked, Draw, History, Person, Query

SIZE = 10
"""Items of a person's page."""
DEPTH = 100
"""Items of a visitor's list; behind it an item has no place."""

Lists = dict[str, list[str]]
"""Request -> item ids in order."""


class Shift(NamedTuple):
    """An item that is shown far more than before: its part of people's pages, or its place in a visitors' list."""

    item_id: str
    where: str
    was: float
    now: float

    def __str__(self) -> str:
        if self.where == PEOPLE:
            return f"{self.item_id} on {self.was:.1%} -> {self.now:.1%} of {PEOPLE}"
        return f"{self.item_id} at place {self.was:.0f} -> {self.now:.0f} of {self.where}"


PEOPLE = "people's pages"
HOME = "visitors' home"


def risen(
    new: Release,
    live: Release,
    held: HeldOut,
    moved: Callable[[Release, History], History],
    config: ExposureConfig,
) -> list[Shift]:
    """Items whose exposure rose more than it may, those of most pages first.

    Args:
        held: requests of people; the first `config.requests` are asked.
        moved: a history in the rows of a release.
    """
    return asyncio.run(_risen(new, live, held, moved, config))


async def _risen(
    new: Release,
    live: Release,
    held: HeldOut,
    moved: Callable[[Release, History], History],
    config: ExposureConfig,
) -> list[Shift]:
    known = set(new.catalogue.item_ids) & set(live.catalogue.item_ids)  # what is new was put there to be shown
    texts = sorted(
        {path[-1] for path in live.catalogue.paths if path} & {path[-1] for path in new.catalogue.paths if path}
    )
    at_s = float(held.at_s.max(initial=0.0))
    people, visitors = [], []
    for release in (new, live):
        funnel = open_funnel(release, config=FunnelConfig().without_deadlines())
        people.append(await _pages(funnel, release, held.rows(range(min(config.requests, len(held)))), moved))
        visitors.append(await _lists(funnel, texts, at_s))
    found = [*more_often(people[0], people[1], config), *higher(visitors[0], visitors[1], config)]
    return [shift for shift in found if shift.item_id in known]


def more_often(new: Sequence[list[str]], live: Sequence[list[str]], config: ExposureConfig) -> list[Shift]:
    """Items on more pages than may be, of the same people's."""
    counts = [Counter(item_id for page in pages for item_id in page) for pages in (new, live)]
    num = max(len(new), 1)
    found = []
    for item_id, count in counts[0].items():
        now, was = count / num, counts[1][item_id] / num
        chance = config.errors * ((was * (1 - was) + now * (1 - now)) / num) ** 0.5
        if now - was > config.most_rise + chance:
            found.append(Shift(item_id, PEOPLE, was, now))
    return sorted(found, key=lambda shift: (shift.was - shift.now, shift.item_id))


def higher(new: Lists, live: Lists, config: ExposureConfig) -> list[Shift]:
    """Items that jumped to the top of a list."""
    found = []
    for where, items in new.items():
        before: Mapping[str, int] = {item_id: place for place, item_id in enumerate(live[where], 1)}
        for place, item_id in enumerate(items[: config.first], 1):
            was = before.get(item_id, len(live[where]) + 1)
            if was - place > config.most_places:
                found.append(Shift(item_id, where, was, place))
    return sorted(found, key=lambda shift: (shift.now - shift.was, shift.item_id))


async def _pages(
    funnel: Funnel, release: Release, held: HeldOut, moved: Callable[[Release, History], History]
) -> list[list[str]]:
    found = []
    for history, at_s in zip(held.histories, held.at_s, strict=True):
        known = moved(release, history)
        asked = Asked("home", SIZE, at_s=float(at_s), ads=False)
        found.append(
            await _items(funnel, Query(asked, Person(history=known), Draw(exclude=known.index, explore=False)))
        )
    return found


async def _lists(funnel: Funnel, texts: Sequence[str], at_s: float) -> Lists:
    home = Asked("home", DEPTH, at_s=at_s, ads=False)
    searches = {f"the search for {text!r}": Asked("search", DEPTH, text=text, at_s=at_s, ads=False) for text in texts}
    asked = {HOME: home, **searches}
    return {where: await _items(funnel, Query(one, draw=Draw(explore=False))) for where, one in asked.items()}


async def _items(funnel: Funnel, query: Query) -> list[str]:
    return [item.item_id for item in (await funnel.answer(query)).items]
