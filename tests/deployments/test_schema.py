"""What the document of the API allows, and much that it forbids, is answered as it says; never by a 500."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from deployments.config import AppConfig
from deployments.front import http_api
from deployments.gateway import Gateway
from tests.keys import Keys, keys_of, scope_of

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text("utf-8"))
CASES = [
    (method.upper(), path, mode)
    for path, methods in DOCUMENT["paths"].items()
    for method, door in methods.items()
    for mode in GenerationMode
    if mode.is_positive or "requestBody" in door or "parameters" in door  # in what has no parts nothing can be wrong
]


@pytest.fixture(scope="module")
def schema(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Keys]:
    store = tmp_path_factory.mktemp("schema") / "store.sqlite"
    settings = {"workspace": str(small_shop), "store_url": f"sqlite:///{store}", "topology": "fused"}
    gateway = Gateway(AppConfig.parse(settings))
    found = schemathesis.openapi.from_asgi("/openapi.json", http_api(lambda: gateway))
    found.config.generation.update(with_security_parameters=False)  # keys have a test of their own
    return found, keys_of(gateway)


@pytest.mark.parametrize(("method", "path", "mode"), CASES)
def test_every_door_answers_as_documented(
    schema: tuple[Any, Keys], method: str, path: str, mode: GenerationMode
) -> None:
    document, keys = schema
    operation, key = document[path][method], keys.bearer(scope_of(method, path))

    @settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def answers(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(checks=CHECKS, headers=key)

    answers()
