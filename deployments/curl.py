"""An example with curl for every door, in the document of the API (`x-codeSamples`), from the examples it has already.

`$SHOP` stands for the address of the shop, `$KEY` for a key of one of the scopes that the door takes.
"""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI

SAMPLES = "x-codeSamples"
"""The name under which readers of OpenAPI (Redoc, Scalar) look for code."""
PICTURE = "picture.png"


class DocumentedApi(FastAPI):
    """Doors whose document has an example with curl for each."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        for path, doors in document["paths"].items():
            for method, door in doors.items():
                door[SAMPLES] = [{"lang": "curl", "label": "curl", "source": curl(method, path, door, document)}]
        return document


def curl(method: str, path: str, door: dict[str, Any], document: dict[str, Any]) -> str:
    """The command that asks a door what its first examples say.

    Args:
        door: the operation in the document.
    """
    body = _body(door, document)
    usual = "post" if body is not None else "get"
    parts = ["curl -sS", *([] if method == usual else [f"-X {method.upper()}"]), f'"$SHOP{_address(path, door)}"']
    if {} not in door.get("security", [{}]):
        parts.append('-H "Authorization: Bearer $KEY"')
    if body is not None:
        parts.append("-H 'content-type: application/json'")
        parts.append(f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}")
    if "image/png" in door["responses"]["200"].get("content", {}):
        parts.append(f"-o {PICTURE}")
    return " ".join(parts)


def _address(path: str, door: dict[str, Any]) -> str:
    words: list[tuple[str, str]] = []
    for one in door.get("parameters", ()):
        example = (one.get("examples") or one["schema"].get("examples") or [None])[0]
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(example, safe=""))
        elif one["in"] == "query" and example is not None:
            words += [(one["name"], value) for value in (example if isinstance(example, list) else [example])]
    return path + (f"?{urlencode(words)}" if words else "")


def _body(door: dict[str, Any], document: dict[str, Any]) -> Any:
    """The first example of what the door takes; None where it takes nothing."""
    if "requestBody" not in door:
        return None
    name = door["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][name]["examples"][0]
