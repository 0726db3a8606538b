"""The document of the API is the one in docs/: a change of a shape is seen, and meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deployments.front import http_api

SNAPSHOT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"


def document() -> dict[str, Any]:
    def nobody() -> Any:
        raise AssertionError("the document needs no shop")

    return http_api(nobody).openapi()


def test_the_document_is_the_one_that_clients_know() -> None:
    known = json.loads(SNAPSHOT.read_text("utf-8"))
    assert document() == known, "if the change is meant: python -m tests.contract.test_openapi"


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(document(), indent=1, ensure_ascii=False) + "\n", "utf-8")
