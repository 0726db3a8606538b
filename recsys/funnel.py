"""One request, start to finish: recall and ad candidates at the same time, ranking of their union, auction, slate.

The stages are three calls. In one process they are methods of plain objects that a thread computes one after the other
(`stages_of`), so that deadlines hold; in the graph they are calls to deployments. Nothing else differs, so the graph
must return what the funnel returns. The auction is arithmetic on what they answered.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from recsys.ads.slotting import Slot
from recsys.ads.stage import AdsConfig, hold_auction
from recsys.campaigns import Campaigns
from recsys.config import Config
from recsys.edition import Edition
from recsys.errors import VersionsDiffer
from recsys.features.catalogue import Catalogue
from recsys.opening.ads import ads_of, campaigns_of
from recsys.opening.ranking import ranking_of
from recsys.opening.stages import fallback_of, recall_of
from recsys.page import lay, organic, policy_of
from recsys.ranking.stage import PRIOR_P_CTR, PRIOR_P_CVR
from recsys.recall.fallback import Fallback
from recsys.recall.reasons import Anchor, reason_for
from recsys.recall.stage import RecallStageConfig
from recsys.release import Release
from recsys.rounds import Ask, Passage, Rounds, await_each
from recsys.slate import (
    MATCHES,
    AdOffers,
    Asked,
    BoolArray,
    Candidates,
    Contenders,
    IntArray,
    Person,
    Placement,
    Query,
    Ranked,
    Slate,
    SlateItem,
    Sort,
)
from recsys.walk import walk
from recsys.workers import Workers


class FunnelConfig(Config):
    """What the funnel decides itself."""

    explore_share: float = 0.05
    """Share of requests whose top is shuffled, so that later estimates are possible."""
    explore_pool: int = 30
    """How many of the best items are shuffled then."""
    ad_positions: tuple[int, ...] = (1, 6)
    """Places on each page that are for sale, rising, 0 at the top. The first result is always organic by default."""
    recall_deadline_ms: float | None = 300.0
    """After this, popular items or title words stand in. None waits for ever."""
    ads_deadline_ms: float | None = 200.0
    """After this, the slate goes without sponsored items."""
    ranking_deadline_ms: float | None = 300.0
    """After this, the fused recall score orders the slate."""
    stage_threads: int = Field(4, ge=1, le=64)
    """Threads that compute the stages of one process. A stage that is late keeps one until it ends."""

    @field_validator("ad_positions")
    @classmethod
    def _rising(cls, positions: tuple[int, ...]) -> tuple[int, ...]:
        if list(positions) != sorted(set(positions)) or any(position < 0 for position in positions):
            raise ValueError("positions must rise from 0")
        return positions

    def without_deadlines(self) -> FunnelConfig:
        """For tests of equal answers."""
        names = [name for name in type(self).model_fields if name.endswith("_deadline_ms")]
        return self.updated(dict.fromkeys(names))


@dataclass(frozen=True)
class Stages:
    """The three calls, the auction, and who makes the calls."""

    candidates: Callable[[Query], Candidates | Awaitable[Candidates]]
    offers: Callable[[Query], AdOffers | Awaitable[AdOffers]]
    rank: Callable[[Asked, Person, Contenders], Ranked | Awaitable[Ranked]]
    auction: Callable[[AdOffers, NDArray[np.float32], int], tuple[Placement, ...]]
    go: Callable[[Rounds[Slate], Passage], Awaitable[Slate]] = await_each
    """`await_each` where the calls are awaitables, `walk` where a thread computes them."""


class Funnel:
    """Answers queries from the stages and the release's catalogue."""

    def __init__(
        self, stages: Stages, catalogue: Catalogue, fallback: Fallback, release: str, config: FunnelConfig
    ) -> None:
        self._stages, self._catalogue, self._fallback = stages, catalogue, fallback
        self._release, self._config = release, config

    async def answer(self, query: Query) -> Slate:
        """The same query on the same release gives the same slate (but for times and what degraded)."""
        passage = Passage()
        return await self._stages.go(self._rounds(replace(query, release=self._release), passage), passage)

    def _rounds(self, query: Query, passage: Passage) -> Rounds[Slate]:
        """What is asked of the stages, and the slate of their answers."""
        config, stages, started = self._config, self._stages, time.perf_counter()
        nothing = self._no_offers()
        first = Ask(
            "recall",
            partial(stages.candidates, query),
            config.recall_deadline_ms,
            partial(self._fallback.candidates, query),
        )
        ads = Ask("ads", partial(stages.offers, query), config.ads_deadline_ms, lambda: nothing)
        candidates, offers = (yield first, ads) if query.asked.sells else (*(yield (first,)), nothing)
        candidates, offers = self._as_here(query, candidates, offers)
        offers = _asked_for(query.asked, candidates, offers)
        contenders = _contenders(candidates, offers)
        (ranked,) = yield (
            Ask(
                "ranking",
                partial(stages.rank, query.asked, query.person, contenders),
                config.ranking_deadline_ms,
                partial(_unranked, contenders),
            ),
        )
        self._require_one_version(candidates, offers, ranked)
        placements = self._auction(query, offers, contenders.index, ranked, passage)
        with passage.timed("slate"):
            slate = self._slate(query, candidates, contenders.index, ranked, placements, passage)
        passage.stage_ms["total"] = 1000.0 * (time.perf_counter() - started)
        return slate

    def _as_here(self, query: Query, candidates: Candidates, offers: AdOffers) -> tuple[Candidates, AdOffers]:
        """What this catalogue shows of them: a stage may have taken over a change before this process, or not yet."""
        here = self._catalogue
        if candidates.revision == here.revision == offers.revision:
            return candidates, offers
        allowed = here.mask(query.asked.filters)

        def shown(index: IntArray) -> BoolArray:
            return np.array([row < len(here) and bool(allowed[row]) for row in index.tolist()], np.bool_)

        return candidates.only(shown(candidates.index), len(here)), offers.only(shown(offers.index))

    def _no_offers(self) -> AdOffers:
        return AdOffers(
            self._release,
            np.zeros(0, np.int32),
            (),
            np.zeros(0, np.int64),
            np.zeros(0, np.float32),
            self._catalogue.revision,
        )

    def _auction(
        self, query: Query, offers: AdOffers, union: IntArray, ranked: Ranked, passage: Passage
    ) -> tuple[Placement, ...]:
        num_slots = sum(position < query.asked.size for position in self._config.ad_positions)
        if len(offers.index) == 0 or num_slots == 0:
            return ()
        where = {item: row for row, item in enumerate(union.tolist())}
        p_ctr = ranked.p_ctr[[where[item] for item in offers.index.tolist()]]
        return passage.compute("auction", lambda: self._stages.auction(offers, p_ctr, num_slots), lambda: ())

    def _require_one_version(self, *answers: Candidates | AdOffers | Ranked) -> None:
        for answer in answers:
            if answer.release != self._release:
                raise VersionsDiffer("release", self._release, answer.release, "Ask again.")

    def _slate(
        self,
        query: Query,
        candidates: Candidates,
        union: IntArray,
        ranked: Ranked,
        placements: tuple[Placement, ...],
        passage: Passage,
    ) -> Slate:
        prices = self._catalogue.prices.of(query.asked.filters.currency).values
        order, num_whole = organic(query.asked, candidates, ranked, prices)
        share = self._share(query, candidates.sort)
        page = lay(
            order,
            num_whole,
            placements,
            size=query.asked.size,
            positions=self._config.ad_positions,
            share=share,
            pool=self._config.explore_pool,
            rng=np.random.default_rng((query.draw.seed, query.draw.offset)),
        )
        rows = {item: row for row, item in enumerate(union.tolist())}
        items = tuple(
            self._item(query, candidates, ranked, one, rows[one.index], place, float(page.chance[place]))
            for place, one in enumerate(page.slots)
        )
        taken = {item.index for item in items}
        return Slate(
            query.draw.slate_id,
            self._release,
            policy_of(candidates.sort, share),
            items,
            candidates.num_matches,
            candidates.matches_exact,
            any(item not in taken for item in order.tolist()),
            candidates.facets,
            tuple(passage.degraded),
            candidates.corrected,
            passage.stage_ms,
            candidates.unknown,
            candidates.sort,
            page.shuffled,
        )

    def _share(self, query: Query, sort: Sort) -> float:
        """Chance of a shuffle. Who asks for an order gets that order."""
        return self._config.explore_share if query.draw.explore and sort == "relevance" else 0.0

    def _item(
        self,
        query: Query,
        candidates: Candidates,
        ranked: Ranked,
        one: Slot,
        row: int,
        place: int,
        chance: float,
    ) -> SlateItem:
        index, placement = int(one.index), one.placement
        known = row < len(candidates.index)
        sources = tuple(compress(candidates.sources, candidates.proposed[row])) if known else ()
        match = MATCHES[candidates.match[row]] if known and query.asked.surface == "search" else None
        reason = reason_for(
            query.asked,
            tuple(compress(candidates.sources, candidates.told[row])) if known else (),
            anchor=self._anchor(query.person, int(candidates.anchor[row])) if known else None,
            match=match,
            sponsored=placement is not None,
            corrected=candidates.corrected,
        )
        return SlateItem(
            index,
            self._catalogue.item_ids[index],
            query.draw.offset + place,
            float(ranked.score[row]) if known else None,
            float(ranked.p_ctr[row]),
            float(ranked.p_cvr[row]),
            chance,
            ("ads", *sources) if placement else sources,
            reason,
            match,
            placement.campaign_id if placement else None,
            placement.price_cpc_micros if placement else None,
        )

    def _anchor(self, person: Person, index: int) -> Anchor | None:
        """The item in words; None for -1."""
        if index < 0:
            return None
        return Anchor(self._catalogue.item_ids[index], self._catalogue.titles[index], person.history.deed(index))


def stages_of(
    edition: Edition,
    workers: Workers,
    *,
    view: str = "serving",
    campaigns: Callable[[], Campaigns] | None = None,
    remaining: Callable[[], dict[str, int]] | None = None,
    recall: RecallStageConfig | None = None,
    ads: AdsConfig | None = None,
) -> Stages:
    """The stages of an edition in this process, computed by its threads.

    Args:
        view: of recall, see `recall_of`.
        campaigns: as they are now, from memory; without it those that came with the data of the release.
        remaining: campaign -> micros left; without it every campaign has its whole budget.
    """
    ads, campaigns = ads or AdsConfig(), campaigns or partial(campaigns_of, edition.release)
    return Stages(
        recall_of(edition, recall, view=view).candidates,
        ads_of(edition, campaigns, remaining, ads).offers,
        ranking_of(edition).rank,
        partial(hold_auction, ads),
        partial(walk, workers),
    )


def open_funnel(release: Release, config: FunnelConfig | None = None, campaigns: Campaigns | None = None) -> Funnel:
    """Everything in this process, over the catalogue as it was released; every campaign has its whole budget.

    Args:
        campaigns: without them those that came with the data of the release.
    """
    edition, config = Edition(release), config or FunnelConfig()
    given = None if campaigns is None else (lambda: campaigns)
    stages = stages_of(edition, Workers(config.stage_threads), campaigns=given)
    return Funnel(stages, edition.catalogue, fallback_of(edition), edition.key, config)


def _asked_for(asked: Asked, candidates: Candidates, offers: AdOffers) -> AdOffers:
    """In a search an ad is for what has all that was asked for, as every result is that counts."""
    return offers.only(np.isin(offers.index, candidates.index[candidates.whole])) if asked.text else offers


def _contenders(candidates: Candidates, offers: AdOffers) -> Contenders:
    """Candidates first, then the advertised items among them that recall did not propose, unscored."""
    proposed = set(candidates.index.tolist())
    extra = list(dict.fromkeys(item for item in offers.index.tolist() if item not in proposed))
    unscored = np.full((len(extra), candidates.scores.shape[1]), np.nan, np.float32)
    return Contenders(
        candidates.release,
        np.concatenate([candidates.index, np.array(extra, np.int32)]),
        np.concatenate([candidates.scores, unscored]),
        np.concatenate([candidates.fused, np.full(len(extra), np.nan, np.float32)]),
        candidates.sources,
    )


def _unranked(contenders: Contenders) -> Ranked:
    num = len(contenders.index)
    prior = np.full(num, PRIOR_P_CTR, np.float32)
    return Ranked(contenders.release, contenders.fused, prior, np.full(num, PRIOR_P_CVR, np.float32))
