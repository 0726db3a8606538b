"""Campaigns of an open shop: what they bid, for which items, from when to when, within which budget.

A file of campaigns is the whole of what files say. It speaks where it differs from what the last file said: what was
changed since, such as a budget, stays when the same file is put again. A campaign that it names no more ends. What is
spent is the ledger's alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from recsys.campaigns import Campaigns
from recsys.errors import NotFound, WrongData
from recsys.records import INT64, is_storable, microseconds
from recsys.schema import CAMPAIGNS, CREATIVES, conform
from recsys.stores.database import insert, reading, writing
from recsys.stores.tables import campaign_facts, campaigns, creatives

Facts = Mapping[str, Any]
"""Of one campaign, as plain JSON values: columns of the `campaigns` table, times in microseconds (`starts_us`,
`ends_us`), `simulated`, and `creatives`: [creative_id, item_id, headline] each."""
OWN = ("advertiser_id", "name", "bid_cpc_micros", "currency", "starts_us", "ends_us", "simulated")
NAMES = (*OWN, "budget_micros", "creatives")
TIMES = {"starts_at": "starts_us", "ends_at": "ends_us"}
BOUNDS = {"bid_cpc_micros": (1, 2**53 - 1), "budget_micros": (0, INT64)}
"""An auction computes bids in floating point, exactly."""


class Put(NamedTuple):
    """What a file changed: campaigns, and the revision that they are at."""

    new: int
    changed: int
    ended: int
    revision: int


@dataclass(frozen=True)
class _Kept:
    """A campaign in the store."""

    facts: Facts
    said: Facts


class CampaignStore:
    """Durable when a call returns; all of a call or nothing; shared by threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, file: Campaigns, at_s: float) -> Put:
        """Take what a file says, as far as it is new. Raises WrongData for what no auction can take, Unavailable."""
        wanted, at_us = _rows(file), microseconds(at_s, "at_s")

        def decide(kept: Mapping[str, _Kept], budgets: Mapping[str, int]) -> dict[str, _Kept]:
            named = {name: _taken(said, kept.get(name), budgets.get(name)) for name, said in wanted.items()}
            gone = {name: _ended(one, at_us) for name, one in kept.items() if one.said and name not in wanted}
            return {name: one for name, one in (named | gone).items() if one != kept.get(name)}

        before, written, revision = self._write(at_us, decide)
        new, ended = len(written.keys() - before.keys()), len(written.keys() - wanted.keys())
        return Put(new, len(written) - new - ended, ended, revision)

    def change(self, facts: Mapping[str, Facts], at_s: float) -> int:
        """Change some facts of campaigns (campaign_id -> facts). Returns the newest revision.

        Raises NotFound naming the first campaign that the store does not have, WrongData, Unavailable.
        """

        def decide(kept: Mapping[str, _Kept], budgets: Mapping[str, int]) -> dict[str, _Kept]:
            unknown = next((name for name in facts if name not in kept), None)
            if unknown is not None:
                raise NotFound("campaign_id", "a campaign of this store", unknown)
            return {name: _Kept({**kept[name].facts, **some}, kept[name].said) for name, some in facts.items()}

        return self._write(microseconds(at_s, "at_s"), decide)[2]

    def end(self, campaign_ids: Sequence[str], at_s: float) -> int:
        """Let campaigns run no longer; a later `ends_us` lets them go on. Returns and raises as `change`."""
        return self.change({name: {"ends_us": microseconds(at_s, "at_s")} for name in campaign_ids}, at_s)

    def revision(self) -> int:
        """Of the newest change; 0 where there is none."""
        with reading(self._engine) as connection:
            return _newest(connection)

    def read(self) -> Campaigns:
        """All of them, in order of their ids."""
        with reading(self._engine) as connection:
            revision = _newest(connection)
            kept = _kept(connection)
        pairs = sorted(kept.items())
        rows = [{"campaign_id": name, **one.facts, **_times(one.facts)} for name, one in pairs]
        ads = [
            dict(zip(CREATIVES.names, (creative_id, name, item_id, headline), strict=True))
            for name, one in pairs
            for creative_id, item_id, headline in one.facts["creatives"]
        ]
        simulated = any(one.facts["simulated"] for one in kept.values())
        return Campaigns(
            pa.Table.from_pylist(rows, CAMPAIGNS), pa.Table.from_pylist(ads, CREATIVES), simulated, revision
        )

    def _write(
        self, at_us: int, decide: Callable[[Mapping[str, _Kept], Mapping[str, int]], dict[str, _Kept]]
    ) -> tuple[dict[str, _Kept], dict[str, _Kept], int]:
        """What there was, what was written, and the revision."""
        with writing(self._engine) as connection:
            _take_turn(connection)
            kept, revision = _kept(connection), _newest(connection)
            written = dict(sorted(decide(kept, _budgets(connection)).items()))  # in the order of all writers
            for name, one in written.items():
                _require(name, one.facts)
            if written:
                revision += 1
                _keep(connection, written, revision, at_us)
            return kept, written, revision


def _taken(said: Facts, before: _Kept | None, budget_micros: int | None) -> _Kept:
    """A campaign after a file spoke of it. The budget of a store from before it knew campaigns stays."""
    if before is None:
        return _Kept({**said, "budget_micros": said["budget_micros"] if budget_micros is None else budget_micros}, said)
    news = {name: value for name, value in said.items() if name not in before.said or before.said[name] != value}
    return _Kept({**before.facts, **news}, said)


def _ended(before: _Kept, at_us: int) -> _Kept:
    ends_us = before.facts["ends_us"]
    at_us = at_us if ends_us is None else min(ends_us, at_us)
    return _Kept({**before.facts, "ends_us": at_us, "simulated": False}, {})


def _rows(file: Campaigns) -> dict[str, Facts]:
    """campaign_id -> what the file says of it; the last row of an id counts."""
    ads: dict[str, dict[str, list[str | None]]] = {}
    for row in conform(file.creatives, "creatives").to_pylist():
        one = row["creative_id"]
        ads.setdefault(row["campaign_id"], {})[one] = [one, row["item_id"], row["headline"]]
    table = conform(file.campaigns, "campaigns").rename_columns([TIMES.get(name, name) for name in CAMPAIGNS.names])
    for name in TIMES.values():
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.int64()))
    found: dict[str, Facts] = {}
    for row in table.to_pylist():
        campaign_id = row.pop("campaign_id")
        advertised = [one for _, one in sorted(ads.get(campaign_id, {}).items())]
        found[campaign_id] = {**row, "simulated": file.simulated, "creatives": advertised}
    return found


def _times(facts: Facts) -> Facts:
    return {name: facts[kept] for name, kept in TIMES.items()}


def _require(campaign_id: str, facts: Facts) -> None:
    """Raises WrongData for what no database keeps and no auction takes."""
    unknown = next((name for name in facts if name not in NAMES), None)
    if unknown is not None:
        raise WrongData(f"campaigns.{unknown}", f"one of {', '.join(NAMES)}", facts[unknown])
    for name, (least, most) in BOUNDS.items():
        if not least <= facts[name] <= most:
            raise WrongData(f"campaigns.{name}", f"a whole number from {least} to {most}", facts[name])
    texts = [value for one in (facts.values(), *facts["creatives"]) for value in one if isinstance(value, str)]
    for text in (campaign_id, *texts):
        if not is_storable(text):
            raise WrongData(f"campaigns.{campaign_id[:50]!r}", "text without NUL or lone surrogates", text)


def _take_turn(connection: Connection) -> None:
    """One writer at a time, so that no revision becomes visible after a higher one. SQLite has locked the file."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE campaign_facts IN EXCLUSIVE MODE")


def _newest(connection: Connection) -> int:
    return connection.execute(sa.select(sa.func.max(campaign_facts.c.revision))).scalar() or 0


def _budgets(connection: Connection) -> dict[str, int]:
    rows: Iterable[Any] = connection.execute(sa.select(campaigns.c.campaign_id, campaigns.c.budget_micros))
    return {row.campaign_id: row.budget_micros for row in rows}


def _kept(connection: Connection) -> dict[str, _Kept]:
    ads: dict[str, list[list[str | None]]] = {}
    for row in connection.execute(sa.select(creatives).order_by(creatives.c.creative_id)):
        ads.setdefault(row.campaign_id, []).append([row.creative_id, row.item_id, row.headline])
    whole = sa.select(campaign_facts, campaigns.c.budget_micros).join(campaigns)
    found = {}
    for row in connection.execute(whole):
        facts = {name: getattr(row, name) for name in (*OWN, "budget_micros")}
        found[row.campaign_id] = _Kept({**facts, "creatives": ads.get(row.campaign_id, [])}, json.loads(row.said))
    return found


def _keep(connection: Connection, written: Mapping[str, _Kept], revision: int, at_us: int) -> None:
    budgets = [
        {"campaign_id": name, "budget_micros": one.facts["budget_micros"], "spent_micros": 0}
        for name, one in written.items()
    ]
    _upsert(connection, campaigns, budgets, ("budget_micros",))
    rows = [
        {
            "campaign_id": name,
            "revision": revision,
            "at_us": at_us,
            **{fact: one.facts[fact] for fact in OWN},
            "said": json.dumps(one.said, ensure_ascii=False, sort_keys=True),
        }
        for name, one in written.items()
    ]
    _upsert(connection, campaign_facts, rows, ("revision", "at_us", *OWN, "said"))
    one_of = creatives.c.campaign_id == sa.bindparam("one")
    connection.execute(sa.delete(creatives).where(one_of), [{"one": name} for name in written])
    ads = [
        {"campaign_id": name, "creative_id": creative_id, "item_id": item_id, "headline": headline}
        for name, one in written.items()
        for creative_id, item_id, headline in one.facts["creatives"]
    ]
    if ads:
        connection.execute(sa.insert(creatives), ads)


def _upsert(connection: Connection, table: sa.Table, rows: list[dict[str, Any]], names: Sequence[str]) -> None:
    new = insert(connection, table)
    changed = {name: new.excluded[name] for name in names}
    connection.execute(new.on_conflict_do_update(index_elements=["campaign_id"], set_=changed), rows)
