"""Writing to the catalogue while the shop is open: items put, corrected and deleted, durably, for all replicas."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from deployments.storekeeper.plain_texts import with_plain_texts
from deployments.storekeeper.shapes import FactsIn, ItemIn, ItemWrittenOut, MadePlainOut
from recsys.errors import Unavailable, WrongData
from recsys.features.catalogue import Catalogue
from recsys.stores.catalogue import CatalogueStore

US = 1_000_000


class StorekeeperDesk:
    """Lives as long as the replica."""

    def __init__(
        self,
        store: CatalogueStore,
        catalogue: Callable[[], Catalogue],
        writers: ThreadPoolExecutor,
        deadline_s: float,
        changed: Callable[[], None],
    ) -> None:
        """
        Args:
            catalogue: the newest one.
            writers: threads that may wait for the store.
            deadline_s: how long the store may take.
            changed: called when something was written.
        """
        self._store, self._catalogue, self._writers = store, catalogue, writers
        self._deadline_s, self._changed = deadline_s, changed

    async def put(self, item_id: str, item: ItemIn) -> ItemWrittenOut:
        """Keep a whole item, new or in place of the one that is there."""
        if item.price_micros is not None and item.currency is None:
            raise WrongData("currency", "the currency of price_micros")
        item, made_plain = with_plain_texts(item)
        fields = item.model_dump(exclude={"created_at"})
        fields["created_at"] = self._created_us(item_id, item.created_at)
        return await self._written(item_id, partial(self._store.put, {item_id: fields}, time.time()), made_plain)

    async def patch(self, item_id: str, facts: FactsIn) -> ItemWrittenOut:
        """Correct price or stock. Raises NotFound."""
        fields = facts.model_dump(exclude_unset=True)
        if not fields:
            raise WrongData("body", "at least one of price_micros, currency, in_stock", "none")
        if fields.get("in_stock", True) is None:
            raise WrongData("in_stock", "true or false", "null")
        if fields.get("price_micros") is not None and not fields.get("currency"):
            fields.pop("currency", None)
            self._require_currency(item_id)
        return await self._written(item_id, partial(self._store.patch, {item_id: fields}, time.time(), self._known))

    async def delete(self, item_id: str) -> ItemWrittenOut:
        """Take an item out. Raises NotFound, also where it is gone already."""
        return await self._written(item_id, partial(self._store.delete, [item_id], time.time(), self._known))

    async def _written(
        self, item_id: str, write: Callable[[], int], made_plain: Sequence[MadePlainOut] = ()
    ) -> ItemWrittenOut:
        kept = asyncio.get_running_loop().run_in_executor(self._writers, write)
        try:
            revision = await asyncio.wait_for(kept, self._deadline_s)
        except TimeoutError:
            raise Unavailable("store", "an answer in time", remedy="Send it again: it counts once.") from None
        self._changed()
        return ItemWrittenOut(item_id=item_id, revision=revision, made_plain=list(made_plain))

    def _known(self, item_id: str) -> bool:
        catalogue = self._catalogue()
        row = catalogue.row.get(item_id)
        return row is not None and not catalogue.blocked[row]

    def _require_currency(self, item_id: str) -> None:
        """A corrected price keeps the item's currency. Raises WrongData where it has none."""
        catalogue = self._catalogue()
        row = catalogue.row.get(item_id)  # one that was just put may not be there yet, and has said its own
        if row is not None and catalogue.describe(row)["currency"] is None:
            raise WrongData("currency", "the currency of price_micros: the item has none yet")

    def _created_us(self, item_id: str, given_s: float | None) -> int:
        """As given; else as known; else now."""
        catalogue = self._catalogue()
        row = catalogue.row.get(item_id)
        known_s = math.nan if row is None else float(catalogue.created_s[row])
        at_s = given_s if given_s is not None else (time.time() if math.isnan(known_s) else known_s)
        return round(at_s * US)
