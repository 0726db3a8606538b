"""The page for a newcomer, typed block by block: from files to a shop that answers and learns."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Mapping as Settings
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pyarrow.parquet as pq
import pytest
import ray

from pipelines.cleaning.summary import NO_EVENTS
from recsys.artifacts import Workspace
from recsys.datasets.mapping import Mapping
from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop
from tests.campaigns import campaigns_of
from tests.deployments.head import BIN, ROOT, Head, answers, free_port, start_head, until
from tests.e2e.exported import catalogue_alone, shopify_export

PAGE = (ROOT / "docs" / "your-shop.md").read_text("utf-8")
BLOCKS = [block.strip() for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)]
MAPPINGS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
"""Of the Shopify export, of the newcomer's own tables, and examples."""
WORDS = {"impression": "shown", "click": "view_product", "cart": "add", "purchase": "checkout"}
BY_OTHERS = (
    "make install",
    "source ",
    "export RAY_AUTH_MODE",
    "(umask 077; ray get",
    "ray start",
    "serve shutdown",
    "ray stop",
)
"""What the test does in its own way: it has an environment, and a cluster with ports of its own."""


def my_shop(folder: Path) -> str:
    """Somebody's own tables, with their own names. Returns the id of an item."""
    folder.mkdir()
    tables = Shop(SimulationConfig.small()).tables()
    items, events = pl.DataFrame(tables.items.drop_columns(["attributes"])), pl.DataFrame(tables.events)
    colours = [dict(pairs or []).get("colour") for pairs in tables.items["attributes"].to_pylist()]
    items.select(
        sku="item_id",
        name="title",
        path=pl.col("category").list.join(" > "),
        maker="brand",
        price=pl.col("price_micros") / 1e6,
        available="in_stock",
        colour=pl.Series(colours, dtype=pl.String),
    ).write_parquet(folder / "products.parquet")
    chosen = events.filter(pl.col("kind").is_in(["click", "cart", "purchase"]))
    chosen.select(customer="user_id", sku="item_id", time="at", action=pl.col("kind").replace(WORDS)).write_parquet(
        folder / "clicks.parquet"
    )
    (folder / "mapping.yaml").write_text(MAPPINGS[1], "utf-8")
    return str(items["item_id"][0])


def commands(block: str) -> list[str]:
    return [line for line in block.splitlines() if not line.startswith(BY_OTHERS)]


def test_every_block_is_one_that_the_test_types() -> None:
    typed = [command for block in BLOCKS for command in commands(block)]
    assert len(typed) == 19 and len(BLOCKS) == 10
    first = {shlex.split(command)[0] for command in typed}
    assert first == {"python", "sed", "serve", "curl", "(umask", "VITRINE_KEY=$(cat"}


def typed(command: str, home: Path, environment: Settings[str, str]) -> subprocess.CompletedProcess[str]:
    """A command that must succeed, typed in a folder."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=home,
        env={**environment, "PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done


@pytest.mark.ray
@pytest.mark.usefixtures("ray_session")
def test_the_page_begins_with_a_shopify_export_or_with_a_catalogue_alone(tmp_path: Path) -> None:
    address = f" --address {ray.get_runtime_context().gcs_address}"
    exported, num_products = shopify_export(tmp_path / "my-shopify"), catalogue_alone(tmp_path / "my-catalogue")
    (tmp_path / "my-shopify" / "mapping.yaml").write_text(MAPPINGS[0], "utf-8")
    _, shopify, catalogue, *_ = BLOCKS
    (clean,) = commands(shopify)
    typed(clean + address, tmp_path, os.environ)
    assert kept(tmp_path / "var" / "shopify") == exported
    propose, clean = commands(catalogue)
    typed(propose, tmp_path, os.environ)
    proposed = Mapping.read(tmp_path / "my-catalogue" / "mapping.yaml")
    assert proposed.items is not None and proposed.events is None
    said = typed(clean + address, tmp_path, os.environ).stderr
    assert kept(tmp_path / "var" / "catalogue") == {"items": num_products, "events": 0}
    assert NO_EVENTS in " ".join(said.split())


@pytest.mark.long
@pytest.mark.ray
@pytest.mark.usefixtures("ray_session")
@pytest.mark.parametrize("folder", ["my-shopify", "my-catalogue"])
def test_what_begins_so_is_built_and_answers(folder: str, tmp_path: Path) -> None:
    shopify_export(tmp_path / "my-shopify")
    catalogue_alone(tmp_path / "my-catalogue")
    (tmp_path / "my-shopify" / "mapping.yaml").write_text(MAPPINGS[0], "utf-8")
    typed(commands(BLOCKS[2])[0], tmp_path, os.environ)
    (build,) = commands(BLOCKS[3])
    address = f" --address {ray.get_runtime_context().gcs_address}"
    typed(build.replace("my-shop", folder) + address, tmp_path, os.environ)
    asked = f'python -m pipelines ask "floor lamp" --json size=3 --workspace {tmp_path / "var" / "mine"}'
    answer = json.loads(typed(asked, tmp_path, os.environ).stdout)
    assert len(answer["items"]) == 3 and "lamp" in answer["items"][0]["title"].lower()


def kept(workspace: Path) -> dict[str, int]:
    """Items and events that the current `clean` has."""
    tables = Workspace(workspace).current("clean").manifest.metrics["tables"]
    return {name: tables[name]["kept"] for name in ("items", "events")}


class Newcomer:
    """Types the commands of the page in a folder of their own."""

    def __init__(self, home: Path, head: Head, port: int, item_id: str) -> None:
        self._home, self._head, self._port, self._item_id = home, head, port, item_id

    def types(self, command: str) -> str:
        """What it prints. Addresses are those of this test's cluster."""
        changed = command.replace("127.0.0.1:8000", f"127.0.0.1:{self._port}").replace("ITEM", self._item_id)
        changed = changed.replace("http://127.0.0.1:8265", self._head.dashboard)
        changed = changed.replace("deployments/serve.yaml", str(ROOT / "deployments" / "serve.yaml"))
        if changed.startswith("serve deploy"):
            path = self._home / "var" / "mine" / "serve.yaml"
            text = path.read_text("utf-8").replace("port: 8000", f"port: {self._port}")
            path.write_text(text.replace("workspace: var/mine", f"workspace: {self._home / 'var' / 'mine'}"), "utf-8")
            changed += f" --address {self._head.dashboard}"
        done = typed(changed, self._home, self._head.environment)
        return done.stdout + ("" if command.startswith("curl") else done.stderr)

    def asks(self, command: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.types(command))
        assert "error" not in found, f"{command}: {found}"
        return found

    def _bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {(self._home / 'var' / 'mine' / 'shop.key').read_text().strip()}"}

    def page(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(
            f"http://127.0.0.1:{self._port}{path}", headers=self._bearer(), timeout=20
        ).json()
        return found


def is_personal(answer: dict[str, Any]) -> bool:
    """Whether something was proposed by what this person did: no such source speaks without a history."""
    return any("two_hop" in item["sources"] for item in answer["items"])


@pytest.mark.long
@pytest.mark.ray
def test_the_page_leads_from_files_to_a_shop_that_learns(tmp_path_factory: pytest.TempPathFactory) -> None:
    home, port = tmp_path_factory.mktemp("n"), free_port()
    item_id = my_shop(home / "my-shop")
    _, _, _, build, serve, ask, change, campaigns, learn, _ = BLOCKS
    with start_head(tmp_path_factory.mktemp("h")) as head:
        newcomer = Newcomer(home, head, port, item_id)
        for command in commands(build):
            assert "kept" in newcomer.types(command)
        assert (home / "var" / "mine-report" / "report.html").stat().st_size > 10_000
        for command in commands(serve):
            newcomer.types(command)
        until(lambda: set(head.deployments().values()) == {"HEALTHY"} and len(head.deployments()) == 4, 90)
        until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), 30)
        first = newcomer.page("/readyz")["release"]
        assert not any("campaigns" in note for note in newcomer.page("/v1/shop")["notes"])  # none were asked for

        search, recommend, event = commands(ask)
        before = newcomer.asks(recommend)
        assert len(newcomer.asks(search)["items"]) == 3 == len(before["items"]) and not is_personal(before)
        assert newcomer.asks(event) == {"accepted": 1, "duplicates": 0, "ignored": [], "person": None}
        until(lambda: is_personal(newcomer.asks(recommend)), 5)

        (home / "prices.csv").write_text(f"item_id,price_micros\n{item_id},1230000\n", "utf-8")
        put, patch, delete, bulk = commands(change)
        assert newcomer.asks(put)["revision"] == 1
        until(lambda: newcomer.page("/v1/items/new-1").get("title") == "Red enamel kettle", 5)
        assert newcomer.asks(patch)["revision"] == 2
        until(lambda: newcomer.page("/v1/items/new-1").get("in_stock") is False, 5)
        assert newcomer.asks(delete)["revision"] == 3
        until(lambda: "error" in newcomer.page("/v1/items/new-1"), 5)
        assert "1 items" in newcomer.types(bulk)
        until(lambda: newcomer.page(f"/v1/items/{item_id}").get("price_micros") == 1_230_000, 5)

        advertised = campaigns_of({"ours": {"bid_cpc_micros": 5_000_000, "items": [item_id]}})
        (home / "my-campaigns").mkdir()
        pq.write_table(advertised.campaigns, home / "my-campaigns" / "campaigns.parquet")
        pq.write_table(advertised.creatives, home / "my-campaigns" / "creatives.parquet")
        (put_campaigns,) = commands(campaigns)
        assert "1 new, 0 changed, 0 ended" in newcomer.types(put_campaigns)

        learned, taken, table = (newcomer.types(command) for command in commands(learn))
        assert "learned from" in learned and "taken over" in taken and "click" in table.lower()
        assert newcomer.page("/readyz")["release"] not in (first, None)
        assert len(newcomer.asks(recommend)["items"]) == 3
