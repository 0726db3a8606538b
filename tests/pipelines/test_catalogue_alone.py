"""A shop without a log: what there is to serve of a catalogue alone is served, and what will come is said."""

from __future__ import annotations

import asyncio
import io
import json
import time
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from pipelines import clean, learn
from pipelines.build import BuildConfig, run
from pipelines.cleaning.summary import NO_EVENTS
from pipelines.evaluation.report import NO_LOG
from pipelines.learn import LearnConfig
from pipelines.running.job import Job
from pipelines.running.session import Session
from recsys.artifacts import Workspace
from recsys.funnel import FunnelConfig, open_funnel
from recsys.records import Event
from recsys.release import Release
from recsys.slate import Asked, Draw, Query, Slate
from recsys.stores.campaigns import CampaignStore
from recsys.stores.database import open_database, store_url
from recsys.stores.events import EventStore
from tests.worlds import linked_shop

pytestmark = pytest.mark.ray
COLOURS, THINGS = ("green", "blue", "white", "amber"), ("kettle", "lamp", "scarf", "bench", "drill")
QUICK = {"epochs": 1}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty items, one of them in HTML, and no event."""
    folder = tmp_path_factory.mktemp("catalogue")
    rows = [
        f"p{number:02d},{COLOURS[number % 4]} {THINGS[number % 5]} {number},<p>A <b>fine</b> {THINGS[number % 5]}</p>,"
        f"{THINGS[number % 5]}s,{10 + number}.00,2024-01-{1 + number % 28:02d}"
        for number in range(40)
    ]
    (folder / "items.csv").write_text("\n".join(["sku,name,text,group,price,since", *rows]), "utf-8")
    (folder / "log.csv").write_text("who,sku,when\n", "utf-8")
    mapping = {
        "items": {
            "files": "items.csv",
            "currency": "EUR",
            "columns": {
                "item_id": "sku",
                "title": "name",
                "description": "text",
                "category": "group",
                "price": "price",
                "created_at": "since",
            },
        },
        "events": {"files": "log.csv", "columns": {"user_id": "who", "item_id": "sku", "at": "when"}},
    }
    (folder / "mapping.json").write_text(json.dumps(mapping), "utf-8")
    return folder


@pytest.fixture(scope="module")
def built(catalogue: Path, tmp_path_factory: pytest.TempPathFactory, ray_session: Session) -> tuple[Workspace, str]:
    """The workspace, and what `build` printed."""
    job = Job(ray_session, Console(file=io.StringIO(), width=160))
    workspace = Workspace(tmp_path_factory.mktemp("alone"))
    quick = {"pretrain": QUICK, "finetune": QUICK, "train_recall": {"sequence": QUICK}}
    run(workspace, BuildConfig.parse({"data": str(catalogue), **quick}), job)
    return workspace, job.console.file.getvalue()  # type: ignore[attr-defined]


def answered(workspace: Workspace, asked: Asked) -> Slate:
    funnel = open_funnel(Release.open(workspace), config=FunnelConfig().without_deadlines())
    return asyncio.run(funnel.answer(Query(asked, draw=Draw("alone", seed=1))))


def test_the_build_says_what_comes_with_events_and_how_texts_were_changed(built: tuple[Workspace, str]) -> None:
    printed = built[1]
    assert printed.count(NO_EVENTS) == 1
    assert "description: made plain" in printed and "100.0 %" in printed


def test_words_are_found_and_markup_is_none(built: tuple[Workspace, str]) -> None:
    found = answered(built[0], Asked("search", 10, text="blue lamp", ads=False))
    assert "blue lamp" in Release.open(built[0]).catalogue.titles[found.items[0].index]
    assert "<" not in "".join(Release.open(built[0]).catalogue.descriptions)


def test_home_shows_the_newest_first_and_claims_nothing_of_anybody(built: tuple[Workspace, str]) -> None:
    workspace = built[0]
    slate = answered(workspace, Asked("home", 12, at_s=1_800_000_000.0, ads=False))
    assert len(slate.items) == 12
    assert {item.reason and item.reason.code for item in slate.items} == {"range"}
    created = Release.open(workspace).catalogue.created_s
    assert created[slate.items[0].index] == created.max()


def test_a_page_shows_what_is_similar(built: tuple[Workspace, str]) -> None:
    asked = Asked("item", 5, context=np.array([0], np.int32), ads=False)
    slate = answered(built[0], asked)
    assert slate.items and all(item.reason and item.reason.code in ("similar", "range") for item in slate.items)


def test_the_report_says_why_figures_are_absent(built: tuple[Workspace, str]) -> None:
    report = built[0].current("report").path
    assert NO_LOG in (report / "report.html").read_text("utf-8")
    figures = json.loads((report / "report.json").read_text("utf-8"))
    assert figures["recommendation"] == {} and "no impressions" in figures["ranking_note"]


def test_no_campaign_is_made_up(built: tuple[Workspace, str]) -> None:
    store = CampaignStore(open_database(store_url(built[0].root / "store.sqlite")))
    assert store.read().campaigns.num_rows == 0


def test_cleaning_again_finds_and_says_the_same(
    built: tuple[Workspace, str], catalogue: Path, ray_session: Session
) -> None:
    job = Job(ray_session, Console(file=io.StringIO(), width=160))
    again = clean.run(built[0], clean.CleanConfig(data=catalogue), job)
    printed = job.console.file.getvalue()  # type: ignore[attr-defined]
    assert again.key == built[0].current("clean").key
    assert NO_EVENTS in printed and "description: made plain" in printed


def test_the_first_shoppers_are_learned_from(
    built: tuple[Workspace, str], tmp_path: Path, ray_session: Session
) -> None:
    workspace = linked_shop(built[0].root, tmp_path)
    now_s = time.time()
    store = EventStore(open_database(store_url(workspace.root / "store.sqlite")))
    store.append(
        [
            Event(
                event_id=f"{user}-{step}",
                user_id=f"u{user}",
                item_id=f"p{(3 * user + step) % 40:02d}",
                kind="click",
                at_s=now_s - 5_000 + 100 * user + 10 * step,
            )
            for user in range(12)
            for step in range(6)
        ]
    )
    job = Job(ray_session, Console(file=io.StringIO(), width=160))
    learn.run(workspace, LearnConfig(), job)
    assert "learned from nobody" in job.console.file.getvalue()  # type: ignore[attr-defined]
    assert workspace.current("recall").manifest.metrics["epochs"]
    release = Release.open(workspace)
    assert release.histories.num_steps == 72 and not any("No log" in note for note in release.about["notes"])
    slate = answered(workspace, Asked("home", 12, at_s=now_s, ads=False))
    assert "popular" in {item.reason.code for item in slate.items if item.reason}
