"""visit: the simulated shop's shoppers use a served shop, over HTTP, and it is told what they did.

They ask the shop's doors for slates, look, click, put into carts and buy by the hidden truth; what they do goes back as
events, with the tokens of sponsored clicks. Nothing is written here but a table.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Collection
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import Field, SecretStr
from rich.table import Table

from pipelines.running.job import Job
from pipelines.running.lineage import simulation
from recsys.artifacts import Workspace
from recsys.config import Config, MachineSettings
from recsys.errors import Unavailable, WrongData
from recsys.metrics.business import Rate, ctr, cvr
from recsys.schema import SURFACES
from recsys.simulation.closed_loop import ClosedLoop, ShopRequest, ShopSlate
from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop

SENT = (
    "event_id",
    "user_id",
    "session_id",
    "kind",
    "item_id",
    "query",
    "slate_id",
    "surface",
    "position",
    "platform",
    "price_micros",
    "quantity",
)
"""Fields of an event that its client knows. Times are the server's: the shoppers come now."""

MAKE_KEY = "Make a key: python -m pipelines keys name=visit scope=shop, and set VITRINE_KEY."


class VisitConfig(Config):
    """Settings of `visit`."""

    url: str = "http://127.0.0.1:8000"
    """Address of the served shop."""
    sessions: int = Field(50, ge=1)
    """Visits, one after another."""
    seed: int = Field(29, ge=0)
    """Of who comes and what they do."""
    key: SecretStr | None = None
    """Secret of a `shop` key of the shop, so that it believes who the shoppers are; without it VITRINE_KEY."""


def run(workspace: Workspace, config: VisitConfig, job: Job) -> ClosedLoop:
    """Returns what became of the slates. Raises WrongData where the shop is not simulated or refuses, Unavailable."""
    raw = simulation(workspace, workspace.current("release"))
    if raw is None:
        raise WrongData(str(workspace.root), "a simulated shop: only its shoppers can be simulated", "real data")
    truth = Shop(SimulationConfig.parse(raw["config"]))
    with job.bar("visit") as report:
        key = config.key or MachineSettings().key
        visitors = Visitors(
            config.url.rstrip("/"), lambda slates: report(slates, slates, "slates"), truth.item_ids, key
        )
        loop = truth.run(
            visitors.ask, config.sessions, np.random.default_rng(config.seed), on_events=visitors.tell, name="visit"
        )
    job.console.print(_table(loop))
    return loop


class Visitors:
    """The browsers of all shoppers."""

    def __init__(self, url: str, on_slate: Any, item_ids: Collection[str], key: SecretStr | None) -> None:
        """
        Args:
            on_slate: called with the number of slates seen.
            item_ids: what simulated people know; they overlook what was put into the catalogue since.
            key: of a shop's server: nobody else may speak for all people.
        """
        self._known = frozenset(item_ids)
        self._url, self._on_slate, self._slates = url, on_slate, 0
        bearer = {"authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        self._headers = {"content-type": "application/json", **bearer}
        self._tokens: dict[tuple[str, str], str] = {}  # (slate, item) of what is sponsored
        self.accepted = 0
        """Events that the shop kept."""

    def ask(self, request: ShopRequest) -> ShopSlate:
        """A slate of the shop."""
        asked: dict[str, Any] = {"user_id": request.user_id, "size": request.size}
        if request.surface == "search":
            slate = self._post("/v1/search", {**asked, "query": request.text})
        else:
            asked["surface"] = request.surface
            if request.surface == "item":
                asked["item_id"] = request.context_item_id
            elif request.surface == "cart":
                asked["cart_item_ids"] = [request.context_item_id]
            slate = self._post("/v1/recommend", asked)
        self._slates += 1
        self._on_slate(self._slates)
        items = [item for item in slate["items"] if item["item_id"] in self._known]
        tokens = {(slate["slate_id"], item["item_id"]): item["ad_token"] for item in items if item["ad_token"]}
        self._tokens.update(tokens)
        return ShopSlate(
            [item["item_id"] for item in items],
            ["sponsored" if item["sponsored"] else None for item in items],
            [item["propensity"] for item in items],
            slate["slate_id"],
        )

    def tell(self, events: pa.Table) -> None:
        """What a shopper did with a slate, before the next request; the shop writes impressions itself."""
        rows = [row for row in events.select(SENT).to_pylist() if row["kind"] != "impression"]
        for row in rows:
            row["ad_token"] = self._tokens.get((row["slate_id"], row["item_id"]))
        if rows:
            told = [{name: value for name, value in row.items() if value is not None} for row in rows]
            self.accepted += self._post("/v1/events", {"events": told})["accepted"]

    def _post(self, door: str, body: dict[str, Any]) -> Any:
        sent = urllib.request.Request(self._url + door, json.dumps(body).encode(), self._headers)
        try:
            with urllib.request.urlopen(sent, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            said = error.read(2000).decode("utf-8", "replace")
            if error.code == 503:
                raise Unavailable(self._url + door, "an answer", said, "Ask again.") from None
            remedy = MAKE_KEY if error.code in (401, 403) else "Serve this workspace."
            raise WrongData(self._url + door, "a shop of this workspace", f"{error.code} {said}", remedy) from None
        except (OSError, ValueError) as error:
            raise Unavailable("url", "a served shop", f"{self._url}: {error}", "Start one: make demo") from None


def _table(loop: ClosedLoop) -> Table:
    """Rates by surface, with what they are per."""
    table = Table("surface", "impressions", "clicks", "CTR", "purchases", "CVR", "true p(click)", header_style="bold")
    kinds = loop.events.select(["surface", "kind"]).group_by(["surface", "kind"]).aggregate([([], "count_all")])
    count = {(row["surface"], row["kind"]): row["count_all"] for row in kinds.to_pylist()}
    for surface in (*SURFACES, "all"):
        names = SURFACES if surface == "all" else (surface,)
        shown, viewed, clicked, bought = (
            sum(count.get((name, kind), 0) for name in names) for kind in ("impression", "view", "click", "purchase")
        )
        true = loop.mean_p_click if surface == "all" else loop.by_surface.get(surface)
        if shown:
            rates = ctr(clicked, views=viewed, impressions=shown), cvr(bought, clicks=clicked)
            table.add_row(
                surface, f"{shown:,}", f"{clicked:,}", _rate(rates[0]), f"{bought:,}", _rate(rates[1]), f"{true:.3f}"
            )
    return table


def _rate(rate: Rate) -> str:
    return f"{rate.value:.3f} of {rate.per}" if rate.denominator else "–"
