"""Changes of the catalogue while the shop is open: what was put, corrected or deleted after the release was made.

One row an item holds everything that was said of it, so that reading all rows is reading the present. Revisions rise in
the order in which changes become visible: writers take turns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from recsys.changes import CHANGE_KINDS, ChangeKind, Changes, Fields, ItemChange
from recsys.errors import NotFound, WrongData
from recsys.records import is_storable, microseconds
from recsys.stores.database import insert, reading, writing
from recsys.stores.tables import catalogue

SOME = 500
"""Rows in one statement."""


class CatalogueStore:
    """Durable when a call returns; all of a call or nothing; shared by threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, items: Mapping[str, Fields], at_s: float) -> int:
        """Keep whole items (item_id -> fields), new ones or in place of what is known. Returns the newest revision.

        Raises WrongData for text that no database keeps, Unavailable.
        """
        return self._write(items, at_s, lambda item_id, said: ("put", items[item_id]))

    def patch(self, facts: Mapping[str, Fields], at_s: float, known: Callable[[str], bool]) -> int:
        """Correct some fields of items (item_id -> fields). Returns the newest revision.

        Args:
            known: whether the release has the item, for those of which the store holds nothing.

        Raises NotFound naming the first item that neither has, or that is deleted; WrongData, Unavailable.
        """

        def merge(item_id: str, said: ItemChange | None) -> tuple[ChangeKind, Fields]:
            if said is None and known(item_id):
                return "patch", facts[item_id]
            if said is None or said.kind == "delete":
                raise NotFound("item_id", "an item of the catalogue", item_id)
            return said.kind, {**said.fields, **facts[item_id]}

        return self._write(facts, at_s, merge)

    def delete(self, item_ids: Sequence[str], at_s: float, known: Callable[[str], bool]) -> int:
        """Take items out of the catalogue. Returns the newest revision.

        The last words on an item stay with it, for events that name it. Raises NotFound as `patch`, Unavailable.
        """

        def gone(item_id: str, said: ItemChange | None) -> tuple[ChangeKind, Fields]:
            if (said is None and not known(item_id)) or (said is not None and said.kind == "delete"):
                raise NotFound("item_id", "an item of the catalogue", item_id)
            return "delete", {} if said is None else said.fields

        return self._write({item_id: {} for item_id in item_ids}, at_s, gone)

    def revision(self) -> int:
        """Of the newest change; 0 where there is none."""
        with reading(self._engine) as connection:
            return _newest(connection)

    def changes(self) -> Changes:
        """Everything that was said, of one moment of the store."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(catalogue).order_by(catalogue.c.first_revision)).all()
        items = tuple(_change(row) for row in rows)
        return Changes(max((one.revision for one in items), default=0), items)

    def _write(
        self,
        wanted: Mapping[str, Fields],
        at_s: float,
        decide: Callable[[str, ItemChange | None], tuple[ChangeKind, Fields]],
    ) -> int:
        """Decide what is now said of each item, from what was said before."""
        at_us = microseconds(at_s, "at_s")
        with writing(self._engine) as connection:
            _take_turn(connection)
            revision, said = _newest(connection), _said(connection, list(wanted))
            rows = []
            for number, item_id in enumerate(wanted, start=revision + 1):
                before = said.get(item_id)
                kind, fields = decide(item_id, before)
                first = before.first_revision if before else number
                rows.append(
                    {
                        "item_id": item_id,
                        "revision": number,
                        "first_revision": first,
                        "at_us": at_us,
                        "kind": kind,
                        "fields": _text(item_id, fields),
                    }
                )
            for start in range(0, len(rows), SOME):
                new = insert(connection, catalogue)
                changed = {name: new.excluded[name] for name in ("revision", "at_us", "kind", "fields")}
                connection.execute(
                    new.on_conflict_do_update(index_elements=["item_id"], set_=changed), rows[start : start + SOME]
                )
            return revision + len(rows)


def _take_turn(connection: Connection) -> None:
    """One writer at a time, so that no revision becomes visible after a higher one. SQLite has locked the file."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE catalogue IN EXCLUSIVE MODE")


def _newest(connection: Connection) -> int:
    return connection.execute(sa.select(sa.func.max(catalogue.c.revision))).scalar() or 0


def _said(connection: Connection, item_ids: Sequence[str]) -> dict[str, ItemChange]:
    found: dict[str, ItemChange] = {}
    for start in range(0, len(item_ids), SOME):
        some = item_ids[start : start + SOME]
        rows: Iterable[Any] = connection.execute(sa.select(catalogue).where(catalogue.c.item_id.in_(some)))
        found |= {row.item_id: _change(row) for row in rows}
    return found


def _change(row: Any) -> ItemChange:
    assert row.kind in CHANGE_KINDS
    return ItemChange(row.item_id, row.kind, json.loads(row.fields), row.revision, row.first_revision)


def _text(item_id: str, fields: Fields) -> str:
    """Raises WrongData for text that no database keeps."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, allow_nan=False)
    if not is_storable(item_id) or not is_storable(text):
        raise WrongData(f"items.{item_id[:50]!r}", "text without NUL or lone surrogates", text)
    return text
