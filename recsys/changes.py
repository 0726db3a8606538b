"""What was said of items since a release was made. A file of its own: models read a catalogue, and no row of a log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

ChangeKind = Literal["put", "patch", "delete"]
CHANGE_KINDS: tuple[str, ...] = get_args(ChangeKind)
Fields = Mapping[str, Any]
"""Columns of the `items` table but item_id, as plain JSON values; `created_at` in microseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class ItemChange:
    """All that was said of an item since the release: a whole item, facts that differ, or that it is gone."""

    item_id: str
    kind: ChangeKind
    fields: Fields
    revision: int
    first_revision: int


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of all items, in the order in which the items were first changed."""

    revision: int
    """Of the newest; 0 where there is none."""
    items: tuple[ItemChange, ...] = ()

    def digest(self) -> str:
        """Of everything said."""
        said = [(one.item_id, one.kind, dict(one.fields)) for one in self.items]
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


NO_CHANGES = Changes(0)
