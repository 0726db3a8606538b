"""The shapes of what an operator is told."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from deployments.entrance.shapes import Shape


class HealthOut(Shape):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"status": "ok"}]})
    status: Literal["ok"] = "ok"


class ReadyOut(Shape):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"status": "ready", "release": "68dbebe2d73624c2"}]}
    )
    status: Literal["ready"] = "ready"
    release: str
    catalogue_revision: int | None = None
    """Of the newest change of the catalogue that this replica has. Of this and what follows only operators are told."""
    refused: str | None = None
    """Why the release that was to be taken over last was not."""
