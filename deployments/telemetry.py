"""Every number that people watch: its name and unit, declared once, and what counts it.

In a replica they are Ray metrics: the export port of each Ray node shows them to Prometheus as `ray_NAME`, with the
labels deployment, replica and application. Outside Ray they count into nothing. Rates are left to the reader, who has
both counters of each (`grafana.json`): a rate that was divided here could not be summed over replicas.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ray.serve import metrics

from recsys.records import Event
from recsys.slate import Slate
from recsys.stores.outcomes import Kept

BUCKETS_MS = (0.5, 1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 1000, 2000, 5000)
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Metric(ABC):
    """A number with a name. Tags take few values: each combination is a series of its own."""

    name: str
    unit: str
    about: str
    tags: tuple[str, ...] = ()
    _series: dict[tuple[str, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def exported(self) -> tuple[str, ...]:
        """What Prometheus calls its series."""
        return (f"ray_{self.name}",)

    def _of(self, values: tuple[str, ...]) -> Any:
        """The series of these tags, made at first use: only inside a replica does it get the replica's labels.

        One object a series spares Ray from merging tags at each call.
        """
        if values not in self._series:
            series = self._made(f"{self.about} [{self.unit}]")
            series.set_default_tags(dict(zip(self.tags, values, strict=True)))
            self._series[values] = series
        return self._series[values]

    @abstractmethod
    def _made(self, about: str) -> Any:
        """A series of Ray's."""


class Count(Metric):
    """Only grows; a replica that restarts begins at 0."""

    @property
    def exported(self) -> tuple[str, ...]:
        return (f"ray_{self.name}_total",)

    def add(self, amount: int, *values: str) -> None:
        """`values`: of the tags, in their order."""
        if amount > 0:
            self._of(values).inc(amount)

    def _made(self, about: str) -> Any:
        return metrics.Counter(self.name, about, self.tags)


class Level(Metric):
    """Goes up and down."""

    def set(self, value: float, *values: str) -> None:
        """`values`: of the tags, in their order."""
        self._of(values).set(value)

    def _made(self, about: str) -> Any:
        return metrics.Gauge(self.name, about, self.tags)


class Times(Metric):
    """A histogram of milliseconds."""

    @property
    def exported(self) -> tuple[str, ...]:
        return tuple(f"ray_{self.name}_{part}" for part in ("bucket", "sum", "count"))

    def observe(self, ms: float, *values: str) -> None:
        """`values`: of the tags, in their order."""
        self._of(values).observe(ms)

    def _made(self, about: str) -> Any:
        return metrics.Histogram(self.name, about, list(BUCKETS_MS), self.tags)


REQUESTS = Count("vitrine_requests", "requests", "Answers by door and status; 499: the client left", ("door", "status"))
REQUEST_MS = Times("vitrine_request_ms", "ms", "From the first byte in to the last byte out, in the gateway", ("door",))
SLATES = Count("vitrine_slates", "slates", "Pages of slates, and whether every stage answered", ("surface", "answer"))
DEGRADED = Count("vitrine_degraded", "slates", "Slates in which a fallback stood in for this stage", ("stage",))
STAGE_MS = Times("vitrine_stage_ms", "ms", "Time of a stage as the gateway sees it, with the way there", ("stage",))
IMPRESSIONS = Count(
    "vitrine_impressions", "items", "Items put into slates, organic or sponsored", ("surface", "placement")
)
IMPRESSIONS_WAITING = Level("vitrine_impressions_waiting", "items", "Impressions that are not in the store yet")
IMPRESSIONS_LOST = Count("vitrine_impressions_lost", "items", "Impressions that no store took")
EVENTS = Count("vitrine_events", "events", "Kept events by kind and surface, each event_id once", ("kind", "surface"))
EVENTS_UNSORTED = Count(
    "vitrine_events_unsorted", "events", "New events of batches that were partly known before: in no other number"
)
EVENTS_UNPROVEN = Count(
    "vitrine_events_unproven", "events", "New events of shoppers that name no slate: nothing will ever prove them"
)
EVENTS_REPEATED = Count("vitrine_events_repeated", "events", "Events that were known by their event_id")
SALES_MICROS = Count("vitrine_sales_micros", "micros", "Price times quantity of purchases that say it", ("surface",))
SPONSORED_CLICKS = Count(
    "vitrine_sponsored_clicks", "clicks", "Clicks with an ad token: charged, repeated, refused", ("charge",)
)
SPONSORED_REVENUE_MICROS = Count("vitrine_sponsored_revenue_micros", "micros", "What campaigns paid for clicks")
USER_STATE_READS = Count(
    "vitrine_user_state_reads",
    "reads",
    "What somebody did lately, by where it came from: memory, store, or with a store that is away stale or nothing",
    ("source",),
)
USER_STATE_BEHIND_MS = Level(
    "vitrine_user_state_behind_ms", "ms", "Age of the last good look at whose events came, as the latest look ended"
)

DECLARED: tuple[Metric, ...] = (
    REQUESTS,
    REQUEST_MS,
    SLATES,
    DEGRADED,
    STAGE_MS,
    IMPRESSIONS,
    IMPRESSIONS_WAITING,
    IMPRESSIONS_LOST,
    EVENTS,
    EVENTS_UNSORTED,
    EVENTS_UNPROVEN,
    EVENTS_REPEATED,
    SALES_MICROS,
    SPONSORED_CLICKS,
    SPONSORED_REVENUE_MICROS,
    USER_STATE_READS,
    USER_STATE_BEHIND_MS,
)


def count_slate(slate: Slate, surface: str, troubles: Sequence[str]) -> None:
    """A page that goes out. `troubles`: what failed outside the funnel."""
    degraded = [*slate.degraded, *troubles]
    SLATES.add(1, surface, "degraded" if degraded else "whole")
    for stage in degraded:
        DEGRADED.add(1, stage)
    for stage, ms in slate.stage_ms.items():
        STAGE_MS.observe(ms, stage)
    sponsored = sum(item.sponsored for item in slate.items)
    IMPRESSIONS.add(sponsored, surface, "sponsored")
    IMPRESSIONS.add(len(slate.items) - sponsored, surface, "organic")


def set_behind(behind_s: float) -> None:
    """How far what is remembered of people is behind the store."""
    USER_STATE_BEHIND_MS.set(behind_s * 1000.0)


def count_events(rows: Sequence[Event], kept: Kept) -> None:
    """A batch that was committed."""
    EVENTS_REPEATED.add(kept.duplicates)
    if kept.duplicates:
        EVENTS_UNSORTED.add(kept.accepted)
    else:
        _count_new(rows)
    for charge, micros in kept.charges:
        SPONSORED_CLICKS.add(1, charge)
        SPONSORED_REVENUE_MICROS.add(micros if charge == "charged" else 0)


def _count_new(rows: Sequence[Event]) -> None:
    for (kind, surface), number in Counter((row.kind, row.surface or UNKNOWN) for row in rows).items():
        EVENTS.add(number, kind, surface)
    EVENTS_UNPROVEN.add(sum(row.said_by == "shopper" and row.slate_id is None for row in rows))
    for row in rows:
        if row.kind == "purchase":
            SALES_MICROS.add((row.price_micros or 0) * (row.quantity or 1), row.surface or UNKNOWN)
