"""Public data sets, from their files to a served answer: above popularity and a strong co-visitation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import ir_measures
import pytest

from deployments.config import AppConfig
from deployments.front import http_api
from deployments.gateway import Gateway
from pipelines.__main__ import main
from tests.keys import keys_of

pytestmark = [pytest.mark.ray, pytest.mark.data, pytest.mark.long]
WORKSPACES = Path(__file__).resolve().parents[2] / "var" / "margins"
AT_LEAST = {"amazon_scientific": (0.125, 0.085), "amazon_beauty": (0.105, 0.061)}
"""recall@10 and ndcg@10 of the served list on the test items, items of the history left out."""


@pytest.fixture(params=sorted(AT_LEAST))
def name(request: pytest.FixtureRequest, shared_data: Path) -> str:
    if not (shared_data / request.param).is_dir():
        pytest.skip(f"no ../shared/data/{request.param}")
    return str(request.param)


async def test_it_is_built_checked_and_served(name: str, shared_data: Path, tmp_path: Path, ray_session: Any) -> None:
    workspace, out = WORKSPACES.with_name(f"margins-{name}"), tmp_path / "report"
    command = ["build", "--workspace", str(workspace), "--data", str(shared_data / name), "--out", str(out)]
    assert main(command) == 0
    figures = json.loads((out / "report.json").read_text())["recommendation"]
    for metric, least in zip(("recall_at_10", "ndcg_at_10"), AT_LEAST[name], strict=True):
        served, covisit, popular = (figures[row][metric] for row in ("served", "co-visitation", "popularity"))
        assert served > least
        assert served > 1.05 * covisit and covisit > 2 * popular
    run, qrels = (
        list(read(str(out / file)))
        for read, file in (
            (ir_measures.read_trec_run, "run.trec"),
            (ir_measures.read_trec_qrels, "qrels.trec"),
        )
    )
    checked = ir_measures.calc_aggregate([ir_measures.R @ 10, ir_measures.nDCG @ 10], qrels, run)
    assert figures["served"]["recall_at_10"] == pytest.approx(checked[ir_measures.R @ 10])
    assert figures["served"]["ndcg_at_10"] == pytest.approx(checked[ir_measures.nDCG @ 10])
    await served_answer(workspace, tmp_path)


async def served_answer(workspace: Path, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'store.sqlite'}"
    gateway = Gateway(AppConfig.parse({"workspace": str(workspace), "topology": "fused", "store_url": store}))
    transport = httpx.ASGITransport(http_api(lambda: gateway))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/v1/shop")).status_code == 401  # real people are behind this one
        client.auth = keys_of(gateway)
        notes = (await client.get("/v1/shop")).json()["notes"]
        assert any("no clock" in note for note in notes) and any("No click ranker" in note for note in notes)
        title = gateway.shop.catalogue.titles[7]
        page = (await client.post("/v1/search", json={"query": title, "size": 10})).json()
        assert gateway.shop.catalogue.item_ids[7] in [item["item_id"] for item in page["items"]]
        user = gateway.shop.release.histories.user_ids[0]
        page = (await client.post("/v1/recommend", json={"user_id": user, "size": 10})).json()
        assert len(page["items"]) == 10
    await gateway.shop.sink.close()
