"""A shop with known truth: the embedded default of the project, and the judge of what is built on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.errors import NotFound
from recsys.schema import MICROS, Tables
from recsys.simulation.advertisers import simulate_campaigns
from recsys.simulation.aftermath import PLATFORMS, aftermath, draw_platforms
from recsys.simulation.assortment import draw_assortment, items_table
from recsys.simulation.behaviour import Index
from recsys.simulation.closed_loop import Answer, ClosedLoop, Loop, ShopRequest, ShopSlate, World
from recsys.simulation.config import SimulationConfig
from recsys.simulation.intents import Intents
from recsys.simulation.log import Log, Names, events_of
from recsys.simulation.logging_policy import Sponsored
from recsys.simulation.noise import bot_users, with_noise
from recsys.simulation.pictures import draw_pictures
from recsys.simulation.queries import QueryWriter, ShopQuery
from recsys.simulation.report import report_of
from recsys.simulation.searches import Searches
from recsys.simulation.sessions import SessionSimulator
from recsys.simulation.shoppers import draw_shoppers, users_table
from recsys.simulation.truth import NO_GRADE, Truth, draw_style
from recsys.simulation.vocabulary import VOCABULARIES

PerRow = Sequence[str | None] | str | None
"""One value for all rows, or one for each."""


class Shop:
    """Catalogue, shoppers and truth of one configuration; the log is simulated when it is first asked for."""

    def __init__(self, config: SimulationConfig) -> None:
        self.config = config
        vocabulary = VOCABULARIES[config.locale]
        rng = config.rng("catalogue")
        self._assortment = draw_assortment(config, vocabulary, rng)
        style = draw_style(config.truth, self._assortment, rng)
        self._items = items_table(self._assortment, style.appeal, vocabulary, config.starts_s, rng)
        self._shoppers = draw_shoppers(config, self._assortment, config.rng("shoppers"))
        self._campaigns, self._creatives = simulate_campaigns(
            self._items, config.rng("advertisers"), num_advertisers=config.num_advertisers, starts_s=config.starts_s
        )
        self.truth = Truth(config, self._assortment, self._shoppers, style)
        intents = Intents(vocabulary, self._assortment.brands)
        self._writer = QueryWriter(vocabulary, self._assortment, intents)
        self._searches = Searches(self._assortment, self.truth, intents, self._writer)
        self._item_row = _rows(self._assortment.item_ids)
        self._user_row = _rows(self._shoppers.user_ids)

    @property
    def item_ids(self) -> list[str]:
        return self._assortment.item_ids

    @property
    def user_ids(self) -> list[str]:
        return self._shoppers.user_ids

    @cached_property
    def log(self) -> Log:
        """The slates of the old shop, before anything went wrong with their recording."""
        simulator = SessionSimulator(
            self.config, self._assortment, self._shoppers, self.truth, self._searches, self._sponsored()
        )
        return simulator.run(self.config.rng("sessions"))

    @cached_property
    def later(self) -> pa.Table:
        """Canonical events that the log led to: favourites, reviews, returns."""
        config = self.config
        return aftermath(self.log, self.truth, self._names, config.aftermath, config.ends_s, config.rng("aftermath"))

    @cached_property
    def images(self) -> pa.Table:
        """A picture of each item."""
        return draw_pictures(self._assortment, self.config.rng("pictures"))

    def tables(self) -> Tables:
        """The six canonical tables, as a shop would hand them over: with some dirt."""
        rng = self.config.rng("noise")
        events = with_noise(events_of(self.log, self._names, rng), self.item_ids, self.config, rng)
        events = pa.concat_tables([events, self.later]).sort_by([("at", "ascending")])
        users = pa.concat_tables([users_table(self._shoppers), bot_users(self.config)])
        return Tables(self._items, events, users, self._campaigns, self._creatives, self.images)

    def report(self) -> dict[str, Any]:
        """Figures of the log and of the truth, JSON-able."""
        return report_of(self.config, self.log, self.later, self.truth, len(self.item_ids))

    def p_click(
        self,
        user_ids: Sequence[str],
        item_ids: Sequence[str],
        query: PerRow = None,
        at_s: NDArray[np.float64] | float | None = None,
        context: PerRow = None,
    ) -> NDArray[np.float64]:
        """(N,) true probability of a click on an item that is being looked at.

        Args:
            user_ids, item_ids: (N,) each.
            query: search text, where the slate answers one.
            at_s: seconds since the epoch, which fix what a session is about; the end of the log unless given.
            context: item of an item page or cart.

        Raises NotFound for users and items of another shop.
        """
        user, item = self._codes(self._user_row, user_ids, "user_id"), self._codes(self._item_row, item_ids, "item_id")
        focus = self.truth.intent(user, self.config.ends_s if at_s is None else at_s)
        grade = np.full(len(item), NO_GRADE)
        for row, (text, item_id) in enumerate(zip(_spread(query, len(item)), _spread(context, len(item)), strict=True)):
            if item_id is not None:
                focus[row] = self._assortment.kind[self._codes(self._item_row, [item_id], "context")[0]]
            if text:
                grade[row] = self._searches.grades(text)[item[row]]
        return self.truth.p_click(user, item, grade, focus)

    def p_buy(self, user_ids: Sequence[str], item_ids: Sequence[str]) -> NDArray[np.float64]:
        """(N,) true probability of a purchase, given a click."""
        user, item = self._codes(self._user_row, user_ids, "user_id"), self._codes(self._item_row, item_ids, "item_id")
        return self.truth.p_cart(user, item) * self.truth.p_buy(user, item)

    def examination(self, position: NDArray[np.integer]) -> NDArray[np.float64]:
        """Probability that each position of a slate is looked at."""
        return self.truth.examination(position)

    def queries(self, rng: np.random.Generator, count: int) -> list[ShopQuery]:
        """New search texts, each with a random item that is in stock in mind, whoever may type them."""
        targets = rng.choice(np.flatnonzero(self._assortment.in_stock), count)
        return [ShopQuery(text, self._searches.meaning(text)) for text in self._writer.write(targets, rng)]

    def relevance(self, query: str, item_ids: Sequence[str]) -> NDArray[np.int8]:
        """(N,) grades 0 to 3 of items for what the text means, whatever words it uses."""
        return self._searches.grades(query)[self._codes(self._item_row, item_ids, "item_id")]

    def oracle(self, request: ShopRequest) -> ShopSlate:
        """The slate with the highest true click probabilities: what no model can beat."""
        value = self.p_click(
            [request.user_id] * len(self.item_ids), self.item_ids, request.text, request.at_s, request.context_item_id
        )
        return self._best(value, request)

    def popular(self, request: ShopRequest) -> ShopSlate:
        """The most clicked items of the log, the same for everybody: what every model must beat."""
        clicked = self.log.places.item[self.log.behaviour.click]
        return self._best(np.bincount(clicked, minlength=len(self.item_ids)).astype(np.float64), request)

    def run(
        self,
        answer: Answer,
        num_sessions: int,
        rng: np.random.Generator,
        *,
        starts_s: float | None = None,
        size: int | None = None,
        name: str = "closed",
        on_events: Callable[[pa.Table], None] | None = None,
    ) -> ClosedLoop:
        """Let shoppers meet slates that somebody else decides, for a day.

        Args:
            answer: decides a slate for each request; called in order of the sessions.
            starts_s: seconds since the epoch; right after the log unless given.
            size: of the slates asked for.
            name: prefix of the ids of sessions and of slates whose answer had none.
            on_events: gets the canonical events of each slate before the next request.

        Raises WrongData where an answer holds items of another shop.
        """
        world = World(
            self.truth,
            self._names,
            self._assortment.kind.astype(np.intp),
            self._item_row,
            self._shoppers.activity,
            self._searches,
        )
        loop = Loop(world, answer, size or self.config.slate_size, name, rng)
        return loop.run(num_sessions, self.config.ends_s if starts_s is None else starts_s, on_events)

    @cached_property
    def _names(self) -> Names:
        price_micros = np.asarray(self._items["price_micros"].to_numpy(), np.int64)
        campaign_ids = self._campaigns["campaign_id"].to_pylist()
        platforms = draw_platforms(len(self._shoppers), self.config.rng("platforms"))
        return Names(self.user_ids, self.item_ids, campaign_ids, price_micros, platforms, PLATFORMS)

    def _sponsored(self) -> Sponsored:
        campaign_row = _rows(self._campaigns["campaign_id"].to_pylist())
        campaign = self._codes(campaign_row, self._creatives["campaign_id"].to_pylist(), "campaign_id")
        bid = np.asarray(self._campaigns["bid_cpc_micros"].to_numpy(), np.float64) / MICROS
        return Sponsored(
            self._codes(self._item_row, self._creatives["item_id"].to_pylist(), "item_id"), campaign, bid[campaign]
        )

    def _best(self, value: NDArray[np.float64], request: ShopRequest) -> ShopSlate:
        live = self._assortment.in_stock & (self._assortment.created_s <= request.at_s)
        order = np.argsort(-np.where(live, value, -np.inf), kind="stable")[: request.size]
        return ShopSlate([self.item_ids[row] for row in order if live[row]])

    def _codes(self, rows: Mapping[str, int], names: Sequence[str], field: str) -> Index:
        try:
            return np.array([rows[name] for name in names], np.intp)
        except KeyError as error:
            raise NotFound(field, "one of this simulated shop", error.args[0]) from None


def _rows(names: Sequence[str]) -> dict[str, int]:
    return {name: row for row, name in enumerate(names)}


def _spread(value: PerRow, count: int) -> Sequence[str | None]:
    return [value] * count if value is None or isinstance(value, str) else value
