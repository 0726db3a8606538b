"""Campaigns in the store: a file speaks where it says something new, and what was changed since stays."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from recsys.campaigns import Campaigns
from recsys.errors import NotFound, WrongData
from recsys.schema import CREATIVES
from recsys.stores.campaigns import CampaignStore, Put
from recsys.stores.database import open_database, writing
from recsys.stores.ledger import Ledger
from tests.campaigns import campaigns_of

NOON = 1_700_000_000.0
SHOES: dict[str, dict[str, Any]] = {"shoes": {"bid_cpc_micros": 7, "items": ["i1", "i2"]}, "hats": {"items": ["i3"]}}


@pytest.fixture
def store(engine: Engine) -> CampaignStore:
    return CampaignStore(engine)


def rows(store: CampaignStore, name: str) -> dict[str, Any]:
    found = store.read()
    return dict(zip(found.campaigns["campaign_id"].to_pylist(), found.campaigns[name].to_pylist(), strict=True))


def test_what_is_put_is_read(store: CampaignStore) -> None:
    given = campaigns_of(SHOES)
    assert store.revision() == 0 and store.read().campaigns.num_rows == 0
    assert store.put(given, NOON) == Put(2, 0, 0, 1)
    found = store.read()
    assert found.campaigns.equals(given.campaigns.sort_by("campaign_id"))
    assert found.creatives.equals(given.creatives.sort_by("creative_id"))
    assert (found.revision, found.simulated) == (1, False)
    assert Campaigns(found.campaigns, found.creatives).budgets() == {"hats": 100, "shoes": 100}


def test_the_same_file_again_changes_nothing_and_undoes_nothing(store: CampaignStore, engine: Engine) -> None:
    store.put(campaigns_of(SHOES), NOON)
    assert store.put(campaigns_of(SHOES), NOON) == Put(0, 0, 0, 1)
    assert Ledger(engine).charge("s", "i1", "shoes", 60, NOON) == "charged"
    assert store.change({"shoes": {"budget_micros": 500, "bid_cpc_micros": 9}}, NOON) == 2
    assert store.end(["hats"], NOON) == 3
    assert store.put(campaigns_of(SHOES), NOON) == Put(0, 0, 0, 3)
    assert rows(store, "budget_micros") == {"shoes": 500, "hats": 100}
    assert Ledger(engine).remaining() == {"shoes": 440, "hats": 100}
    assert rows(store, "ends_at")["hats"] is not None


def test_a_file_speaks_where_it_differs_from_the_last_file(store: CampaignStore) -> None:
    store.put(campaigns_of(SHOES), NOON)
    store.change({"shoes": {"budget_micros": 500}}, NOON)
    other = {**SHOES, "shoes": {"bid_cpc_micros": 8, "items": ["i2", "i4"]}}
    assert store.put(campaigns_of(other), NOON) == Put(0, 1, 0, 3)
    assert rows(store, "bid_cpc_micros")["shoes"] == 8 and rows(store, "budget_micros")["shoes"] == 500
    ads = store.read().creatives.filter(pa.compute.field("campaign_id") == "shoes")
    assert ads["item_id"].to_pylist() == ["i2", "i4"]


def test_a_campaign_that_no_file_names_any_more_ends_and_may_come_back(store: CampaignStore, engine: Engine) -> None:
    store.put(campaigns_of({"made up": {}}, simulated=True), NOON)
    assert store.read().simulated
    Ledger(engine).charge("s", "i", "made up", 40, NOON)
    assert store.put(campaigns_of(SHOES), NOON + 5) == Put(2, 0, 1, 2)
    assert rows(store, "ends_at")["made up"].timestamp() == NOON + 5
    assert not store.read().simulated, "what has ended is made up no more"
    assert store.put(campaigns_of(SHOES), NOON + 9) == Put(0, 0, 0, 2), "it ends once"
    assert store.put(campaigns_of({**SHOES, "made up": {}}), NOON + 9).changed == 1
    assert rows(store, "ends_at")["made up"] is None
    assert Ledger(engine).spent() == {"shoes": 0, "hats": 0, "made up": 40}


def test_budgets_of_before_the_store_knew_campaigns_stay(store: CampaignStore, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(sa.text("INSERT INTO campaigns VALUES ('shoes', 70, 30)"))
    assert store.revision() == 0 and store.read().campaigns.num_rows == 0
    store.put(campaigns_of(SHOES), NOON)
    assert Ledger(engine).remaining() == {"shoes": 40, "hats": 100}
    store.put(campaigns_of({**SHOES, "shoes": {**SHOES["shoes"], "budget_micros": 300}}), NOON)
    assert Ledger(engine).remaining()["shoes"] == 270, "another file says another budget"


def test_what_no_auction_can_take_is_refused_whole(store: CampaignStore) -> None:
    for wrong in ({"budget_micros": -1}, {"bid_cpc_micros": 0}, {"bid_cpc_micros": 2**53}, {"name": "\0"}):
        with pytest.raises(WrongData, match=next(iter(wrong)) if "name" not in wrong else "NUL"):
            store.put(campaigns_of({"good": {}, "wrong": wrong}), NOON)
    assert store.revision() == 0
    store.put(campaigns_of(SHOES), NOON)
    with pytest.raises(NotFound, match="'gloves'"):
        store.end(["shoes", "gloves"], NOON)
    with pytest.raises(WrongData, match="colour"):
        store.change({"shoes": {"colour": "red"}}, NOON)
    assert store.revision() == 1


def test_the_last_row_of_a_campaign_counts(store: CampaignStore, engine: Engine) -> None:
    twice = pa.concat_tables([campaigns_of({"shoes": {"budget_micros": micros}}).campaigns for micros in (7, 9)])
    store.put(Campaigns(twice, CREATIVES.empty_table()), NOON)
    assert Ledger(engine).remaining() == {"shoes": 9}


def test_another_process_sees_it(store: CampaignStore, url: str) -> None:
    store.put(campaigns_of(SHOES), NOON)
    other = open_database(url)
    assert CampaignStore(other).revision() == 1 and CampaignStore(other).read().creatives.num_rows == 3
    other.dispose()
