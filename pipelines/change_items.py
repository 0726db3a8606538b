"""change_items: put, correct or delete many items of a shop that is open; what its doors do to one.

The file has the columns of `items` (item_id, title, category, price_micros, ...), or those of the shop with a mapping.
It is checked as `clean` checks, and taken whole or not at all: one wrong row refuses it. Running replicas show the
changes within seconds; the next `clean` joins them to the data, and they hold over it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import Field, SecretStr

from pipelines.running.job import Job
from recsys.artifacts import Workspace
from recsys.changes import Fields
from recsys.config import Config, MachineSettings
from recsys.datasets.canonical import read_parquet
from recsys.datasets.cleaning import clean_items, reasons
from recsys.datasets.columns import Reading, read_files
from recsys.datasets.mapping import ItemsMapping, own_columns
from recsys.datasets.mapping import Mapping as ColumnMapping
from recsys.datasets.plain import plain_items
from recsys.datasets.tabular import joined_files, read_items, shape_items
from recsys.errors import NotAllowed, NotIdentified, WrongConfig, WrongData
from recsys.features.changes import NOTHING, fields_of
from recsys.schema import ITEMS, conform
from recsys.stores.access_keys import AccessKeys, KeyRing
from recsys.stores.catalogue import CatalogueStore
from recsys.stores.database import open_database, store_address

FACTS = ("price_micros", "currency", "in_stock")
"""What `action=patch` corrects, of the columns that the file has."""
UNSAID = "XXX"
"""The code of no currency (ISO 4217)."""

MAKE_KEY = "Make one: python -m pipelines keys name=files scope=storekeeper, and set VITRINE_KEY."


class ChangeItemsConfig(Config):
    """Settings of `change_items`."""

    data: Path | None = None
    """File of the items: Parquet, CSV or JSON lines."""
    action: Literal["put", "patch", "delete"] = "put"
    """put: whole items, new or in place of what is known. patch: price and stock. delete: by item_id."""
    mapping: Path | None = None
    """YAML or JSON file whose `items` part says which columns mean what; its `files` is not read."""
    store_url: str | None = None
    """SQLAlchemy address of the store; without it VITRINE_STORE_URL, then the SQLite file in the workspace."""
    key: SecretStr | None = None
    """Secret of a `storekeeper` key; without it VITRINE_KEY."""
    at_once: int = Field(20_000, ge=1)
    """Items in one transaction. Where a later one fails, those before it stay: run it again."""


def run(workspace: Workspace, config: ChangeItemsConfig, job: Job) -> int:
    """Returns the catalogue's revision. Raises WrongData, NotFound naming the first item that nobody knows."""
    if config.data is None:
        raise WrongConfig("data", "a file of items", "none", "Try: data=items.parquet")
    known = _known(workspace)
    engine = open_database(store_address(workspace.root, config.store_url))
    try:
        _require_storekeeper(AccessKeys(engine), config.key or MachineSettings().key)
        store = CatalogueStore(engine)
        wanted = _wanted(config, known | _said(store))
        revision = _write(store, config, wanted, known)
    finally:
        engine.dispose()
    job.console.print(f"{config.action:<14}{len(wanted):,} items; the catalogue is at revision {revision}")
    return revision


def _require_storekeeper(keys: AccessKeys, secret: SecretStr | None) -> None:
    """The catalogue is a storekeeper's, by whichever way. Raises NotIdentified, NotAllowed."""
    if secret is None:
        raise NotIdentified("key", "a storekeeper's key", "none", MAKE_KEY)
    ring = KeyRing(keys, follow=False)
    ring.look()
    key = ring.find(secret.get_secret_value())
    if key is None:
        raise NotIdentified("key", "a storekeeper's key of this store", "another", MAKE_KEY)
    if key.scope != "storekeeper":
        raise NotAllowed("key", "a key of scope storekeeper", f"one of scope {key.scope}", MAKE_KEY)


def _write(store: CatalogueStore, config: ChangeItemsConfig, wanted: dict[str, Fields], known: dict[str, Any]) -> int:
    ids, now, revision = list(wanted), time.time(), store.revision()
    for start in range(0, len(ids), config.at_once):
        part = {item_id: wanted[item_id] for item_id in ids[start : start + config.at_once]}
        if config.action == "put":
            revision = store.put(part, now)
        elif config.action == "patch":
            revision = store.patch(part, now, known.__contains__)
        else:
            revision = store.delete(list(part), now, known.__contains__)
    return revision


def _known(workspace: Workspace) -> dict[str, Any]:
    """item_id -> created_at (microseconds, or None) of the live release's items that are not blocked."""
    features = workspace.parent(workspace.current("release"), "features")
    items = pq.read_table(features.path / "items.parquet", columns=["item_id", "blocked", "created_at"])
    items = items.filter(pc.invert(pc.fill_null(items["blocked"], fill_value=False)))
    return dict(zip(items["item_id"].to_pylist(), items["created_at"].cast(pa.int64()).to_pylist(), strict=True))


def _said(store: CatalogueStore) -> dict[str, Any]:
    """item_id -> created_at of the items that were put since."""
    return {one.item_id: at_us for one in store.changes().items if (at_us := one.fields.get("created_at"))}


def _wanted(config: ChangeItemsConfig, created_us: Mapping[str, Any]) -> dict[str, Fields]:
    """item_id -> what is said of it; an item that is known came in when it did. Raises WrongData."""
    items, given = _read(config)
    items, _ = plain_items(items)
    if config.action == "delete":
        return {item_id: {} for item_id in _ids(items)}
    _require_clean(items, whole=config.action == "put")
    fields = fields_of(items)
    if config.action == "patch":
        facts = [name for name in FACTS if name in given]
        if not facts:
            raise WrongData(str(config.data), f"a column among {', '.join(FACTS)}", sorted(given))
        return {item_id: {name: said[name] for name in facts} for item_id, said in fields.items()}
    now_us = round(time.time() * 1e6)
    for item_id, said in fields.items():
        said["created_at"] = said["created_at"] or created_us.get(item_id) or now_us
    return dict(fields)


def _read(config: ChangeItemsConfig) -> tuple[pa.Table, set[str]]:
    """The file as a canonical table, and which of our columns it has."""
    assert config.data is not None
    if config.mapping is None and config.data.suffix == ".parquet":
        raw = read_parquet([config.data])
        return conform(_completed(raw), "items"), set(raw.column_names)
    told = _told(config.mapping) if config.mapping else None
    reading = read_files([config.data], config.data.name, strict=True, settings=told)
    mapping = told or _own_columns(config, reading)
    if told is not None:
        reading, mapping, _ = shape_items(reading, told, partial(joined_files, config.data.parent, "items"))
    named = {name for name, column in mapping.columns.model_dump().items() if column is not None}
    table = read_items(reading, mapping)
    return table, named | ({"price_micros"} if "price" in named else set())


def _told(path: Path) -> ItemsMapping:
    mapping = ColumnMapping.read(path).items
    if mapping is None:
        raise WrongConfig(f"{path}: items", "what the columns of a file of items mean", "none")
    return mapping


def _own_columns(config: ChangeItemsConfig, reading: Reading) -> ItemsMapping:
    """Of a corrected price the item knows the currency."""
    mapping = own_columns(reading.frame.columns)
    return mapping if config.action == "put" or mapping.currency else mapping.updated({"currency": UNSAID})


def _completed(raw: pa.Table) -> pa.Table:
    """With what may be left out of a file of changes: all but item_id."""
    for name in ("title", "description", "category", "in_stock", "attributes"):
        if name not in raw.column_names:
            absent = [list(NOTHING[name].items()) if name == "attributes" else NOTHING[name]] * len(raw)
            raw = raw.append_column(name, pa.array(absent, ITEMS.field(name).type))
    return raw


def _require_clean(items: pa.Table, *, whole: bool) -> None:
    """Raises WrongData with the first reasons. Of facts alone nobody asks for a title."""
    if not whole:
        place = items.schema.get_field_index("title")
        items = items.set_column(place, items.schema.field(place), pa.array(["fact"] * len(items)))
        if items["currency"].null_count:  # that of the item stays
            place = items.schema.get_field_index("currency")
            currency = pc.fill_null(items["currency"], UNSAID)
            items = items.set_column(place, items.schema.field(place), currency)
    refused = clean_items(items).quarantined
    if len(refused):
        why = ", ".join(f"{reason} {count}" for reason, count in reasons(refused).items())
        raise WrongData(f"items: {refused['item_id'][0]}", "rows that `clean` would keep", why, "Nothing was changed.")


def _ids(items: pa.Table) -> list[str]:
    ids = items["item_id"].to_pylist()
    if None in ids or "" in ids:
        raise WrongData("items.item_id", "an id in every row", None, "Nothing was changed.")
    return list(dict.fromkeys(ids))
