"""What people watch: the dashboard shows exactly what is declared, and Ray's export port shows what happened."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from deployments.entrance.watch import door_of
from deployments.telemetry import DECLARED, STAGE_MS
from tests.deployments.applications import Application

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "deployments" / "grafana.json"


def test_the_dashboard_shows_exactly_what_is_declared() -> None:
    queries = [target["expr"] for panel in json.loads(DASHBOARD.read_text())["panels"] for target in panel["targets"]]
    shown = set(re.findall(r"\bray_\w+", " ".join(queries)))
    assert shown == {series for metric in DECLARED for series in metric.exported}


def test_the_dashboard_asks_for_no_tag_that_is_not_declared() -> None:
    known = {tag for metric in DECLARED for tag in metric.tags} | {"le", ""}
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            grouped = re.findall(r"sum by \(([^)]*)\)", target["expr"])
            chosen = re.findall(r"\{(\w+)=", target["expr"])
            named = re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
            assert {tag for one in grouped for tag in one.split(", ")} | {*chosen, *named} <= known, target["expr"]


def test_names_are_said_once_and_end_in_their_unit() -> None:
    assert len({metric.name for metric in DECLARED}) == len(DECLARED)
    for metric in DECLARED:
        assert metric.name.startswith("vitrine_")
        counted = metric.unit in ("requests", "slates", "items", "events", "clicks")
        assert counted or metric.name.endswith(f"_{metric.unit}"), metric.name


def test_strangers_cannot_invent_tags() -> None:
    paths = ("/v1/search", "/v1/nothing", f"/{uuid.uuid4().hex}", "/v1/items/" + "x" * 99, "/healthz", "/web/app.js")
    assert [door_of(path) for path in paths] == ["search", "page", "page", "items", "healthz", "page"]


def test_a_wrong_number_of_tags_is_refused() -> None:
    with pytest.raises(ValueError):
        STAGE_MS.observe(1.0)


WITHOUT_RAY = """
import ray
from deployments.telemetry import DEGRADED, count_slate
from recsys.slate import Slate
count_slate(Slate("s", "r", "p", (), 1, True, False, (), ("recall",), {"recall": 1.0}), "search", ["user_state"])
print(sorted(DEGRADED._series), ray.is_initialized())
"""


def test_without_ray_it_counts_into_nothing() -> None:
    """In a process of its own, since here Ray may run: nothing fails, and nothing starts it."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_RAY], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[('recall',), ('user_state',)] False\n"), done.stderr


@pytest.fixture
def shop(fused: Application) -> Iterator[httpx.Client]:
    """A served shop."""
    with httpx.Client(base_url=fused.address, timeout=30, auth=fused.keys) as client:
        yield client


@pytest.mark.ray
def test_the_export_port_shows_what_happened(shop: httpx.Client) -> None:
    before = scraped(lambda _: True)
    slates = [shop.post("/v1/recommend", json={"size": 12, "session_id": "s"}).json() for _ in range(3)]
    assert shop.post("/v1/search", json={"query": ""}).status_code == 422
    sponsored = [(slate, item) for slate in slates for item in slate["items"] if item["ad_token"]]
    assert sponsored, f"no ad in any slate; degraded: {[one['degraded'] for one in slates]}"
    slate, ad = sponsored[0]
    kinds = ("view", "view", "click", "cart", "purchase")
    events = [
        {
            "event_id": uuid.uuid4().hex,
            "user_id": "s",
            "kind": kind,
            "item_id": ad["item_id"],
            "surface": "home",
            "slate_id": slate["slate_id"],
            "price_micros": 2_500_000,
            "quantity": 2,
        }
        for kind in kinds
    ]
    events[2]["ad_token"] = ad["ad_token"]
    assert shop.post("/v1/events", json={"events": events}).json() == {
        "accepted": 5,
        "duplicates": 0,
        "ignored": [],
        "person": None,
    }
    assert shop.post("/v1/events", json={"events": events[:2]}).json() == {
        "accepted": 0,
        "duplicates": 2,
        "ignored": [],
        "person": None,
    }
    mixed = [events[0], events[1] | {"event_id": uuid.uuid4().hex}]
    assert shop.post("/v1/events", json={"events": mixed}).json() == {
        "accepted": 1,
        "duplicates": 1,
        "ignored": [],
        "person": None,
    }
    assert shop.post("/v1/events", json={"events": [events[2]]}).json() == {
        "accepted": 0,
        "duplicates": 1,
        "ignored": [],
        "person": None,
    }
    paid = price_of(ad["ad_token"])

    seen = scraped(lambda found: value(since(before, found), "ray_vitrine_events_repeated_total") == 4)
    behind = [one for one in seen if one.name == "ray_vitrine_user_state_behind_ms"]
    assert [one.labels["deployment"] for one in behind] == ["Gateway"] and 0 < behind[0].value < 10_000
    found = since(before, seen)
    assert {series for metric in ALWAYS for series in metric.exported} <= {sample.name for sample in found}
    assert value(found, "ray_vitrine_requests_total", door="recommend", status="200") == 3
    assert value(found, "ray_vitrine_requests_total", door="search", status="422") == 1
    assert value(found, "ray_vitrine_requests_total", door="events", status="200") == 4
    assert value(found, "ray_vitrine_request_ms_count", door="recommend") == 3
    assert value(found, "ray_vitrine_slates_total", surface="home") == 3
    assert value(found, "ray_vitrine_stage_ms_count", stage="total") == 3
    assert value(found, "ray_vitrine_stage_ms_bucket", stage="total", le="+Inf") == 3
    assert value(found, "ray_vitrine_impressions_total", placement="sponsored") == len(sponsored)
    assert value(found, "ray_vitrine_impressions_total", surface="home") == sum(len(one["items"]) for one in slates)
    reads = {
        source: value(found, "ray_vitrine_user_state_reads_total", source=source) for source in ("store", "memory")
    }
    assert reads["store"] >= 1 and reads["memory"] >= 1 and sum(reads.values()) == 3, reads
    for kind in set(kinds):
        assert value(found, "ray_vitrine_events_total", kind=kind, surface="home") == kinds.count(kind)
    assert value(found, "ray_vitrine_events_unsorted_total") == 1
    assert value(found, "ray_vitrine_sales_micros_total", surface="home") == 5_000_000
    assert value(found, "ray_vitrine_sponsored_clicks_total", charge="charged") == 1
    assert value(found, "ray_vitrine_sponsored_clicks_total", charge="repeated") == 1
    assert value(found, "ray_vitrine_sponsored_revenue_micros_total", deployment="Gateway") == paid


READS = "ray_vitrine_user_state_reads_total"
IN_TROUBLE = ("vitrine_impressions_lost", "vitrine_degraded", "vitrine_events_unproven")
ALWAYS = [metric for metric in DECLARED if metric.name not in IN_TROUBLE]
"""What a healthy shop has counted; the rest appears with the first trouble."""


def scraped(enough: Callable[[list[Sample]], bool]) -> list[Sample]:
    """This application's samples at the export ports of the cluster's nodes, when there are enough of them."""
    import ray

    addresses = [f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics" for node in ray.nodes()]
    deadline = time.monotonic() + 40  # replicas report every few seconds
    while time.monotonic() < deadline:
        pages = [httpx.get(address, timeout=10).text for address in addresses]
        families = [family for page in pages for family in text_string_to_metric_families(page)]
        samples = [sample for family in families for sample in family.samples]
        found = [sample for sample in samples if sample.labels.get("application") == "fused"]
        if enough(found):
            return found
        time.sleep(0.5)
    raise AssertionError(f"not there in time: {sorted({(one.name, one.value) for one in found})}")


def since(before: list[Sample], found: list[Sample]) -> list[Sample]:
    """What was counted between two looks: other tests ask the same shop."""
    was = {(one.name, *sorted(one.labels.items())): one.value for one in before}
    return [one._replace(value=one.value - was.get((one.name, *sorted(one.labels.items())), 0.0)) for one in found]


def value(found: list[Sample], name: str, **labels: str) -> float:
    """The sum of the series that have these labels."""
    return sum(one.value for one in found if one.name == name and labels.items() <= one.labels.items())


def price_of(token: str) -> int:
    """What a client could read in its token, too."""
    claim = token.split(".")[1]
    known: dict[str, int] = json.loads(base64.urlsafe_b64decode(claim + "=" * (-len(claim) % 4)))
    return known["price_cpc_micros"]
