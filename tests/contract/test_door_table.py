"""docs/doors.md says which key opens which door, drawn from the document of the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recsys.records import SCOPES
from tests.contract.test_openapi import document

TABLE = Path(__file__).resolve().parents[2] / "docs" / "doors.md"
OPEN = "answers"
HEAD = """# Doors and keys
Made by `python -m tests.contract.test_door_table` from what each door says in `deployments/*/doors.py`; asked cell by
cell in `tests/deployments/test_access.py`. A key is sent as `Authorization: Bearer KEY` and made by
`python -m pipelines keys`. 401: a key is missing or does not hold. 403: it is one of another scope. The page (`/`,
`/item/ID`, `/browse/`, `/web/`), `/docs` and `/openapi.json` need none. `/readyz` says more to an operator.
"""


def opening(door: dict[str, Any]) -> frozenset[str] | None:
    """Scopes of which one is needed; None for a door that is open to everybody."""
    security = door.get("security", [{}])
    return None if {} in security else frozenset(scope for one in security for scope in one["key"])


def table() -> str:
    """The page in docs/."""
    names = ("no key", "no key, simulated shop", *(f"`{scope}`" for scope in SCOPES))
    lines = [f"| door | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for path, doors in document()["paths"].items():
        for method, door in doors.items():
            scopes = opening(door)
            cells = [cell(scopes, None), cell(scopes, "shopper" if scopes and "shopper" in scopes else None)]
            cells += [cell(scopes, scope) for scope in SCOPES]
            lines.append(f"| `{method.upper()} {path}` | {' | '.join(cells)} |")
    return HEAD + "\n" + "\n".join(lines) + "\n"


def cell(scopes: frozenset[str] | None, scope: str | None) -> str:
    if scopes is None or scope in scopes:
        return OPEN
    return "401" if scope is None else "403"


def test_the_table_is_what_the_doors_say() -> None:
    assert TABLE.read_text("utf-8") == table(), "if the change is meant: python -m tests.contract.test_door_table"


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
