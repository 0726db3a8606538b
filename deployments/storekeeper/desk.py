"""Writing to the catalogue while the shop is open: items put, corrected and deleted, durably, for all replicas."""

from __future__ import annotations

import asyncio
import hmac
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from deployments.api import FactsIn, ItemIn, ItemWrittenOut
from deployments.config import AppConfig
from deployments.shopper.desk import Shop
from recsys.config import MachineSettings
from recsys.errors import NotAllowed, Unavailable, WrongData
from recsys.stores.catalogue import CatalogueStore
from recsys.stores.database import Engine

US = 1_000_000


class CatalogueDesk:
    """What the writing doors of items do. Who may write is settled by VITRINE_CATALOGUE_TOKEN."""

    def __init__(
        self,
        config: AppConfig,
        engine: Engine,
        shop: Callable[[], Shop],
        writers: ThreadPoolExecutor,
        changed: Callable[[], None],
    ) -> None:
        """
        Args:
            shop: the newest one.
            writers: threads that may wait for the store.
            changed: called when something was written.
        """
        self._config, self._shop, self._writers, self._changed = config, shop, writers, changed
        self._store = CatalogueStore(engine)
        self._token = MachineSettings().catalogue_token

    def require_allowed(self, authorization: str | None) -> None:
        """Raises NotAllowed where a token is set and the header does not bear it."""
        if self._token is None:
            return
        wanted = f"Bearer {self._token.get_secret_value()}".encode()
        if not hmac.compare_digest((authorization or "").encode(), wanted):
            remedy = "Send the token that the shop was started with."
            raise NotAllowed("authorization", "Bearer and VITRINE_CATALOGUE_TOKEN", "another or none", remedy)

    async def put(self, item_id: str, item: ItemIn) -> ItemWrittenOut:
        """Keep a whole item, new or in place of the one that is there."""
        if item.price_micros is not None and item.currency is None:
            raise WrongData("currency", "the currency of price_micros")
        fields = item.model_dump(exclude={"created_at"})
        fields["created_at"] = self._created_us(item_id, item.created_at)
        return await self._written(item_id, partial(self._store.put, {item_id: fields}, time.time()))

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

    async def _written(self, item_id: str, write: Callable[[], int]) -> ItemWrittenOut:
        kept = asyncio.get_running_loop().run_in_executor(self._writers, write)
        try:
            revision = await asyncio.wait_for(kept, self._config.store_deadline_s)
        except TimeoutError:
            raise Unavailable("store", "an answer in time", remedy="Send it again: it counts once.") from None
        self._changed()
        return ItemWrittenOut(item_id=item_id, revision=revision)

    def _known(self, item_id: str) -> bool:
        catalogue = self._shop().catalogue
        row = catalogue.row.get(item_id)
        return row is not None and not catalogue.blocked[row]

    def _require_currency(self, item_id: str) -> None:
        """A corrected price keeps the item's currency. Raises WrongData where it has none."""
        catalogue = self._shop().catalogue
        row = catalogue.row.get(item_id)  # one that was just put may not be there yet, and has said its own
        if row is not None and catalogue.describe(row)["currency"] is None:
            raise WrongData("currency", "the currency of price_micros: the item has none yet")

    def _created_us(self, item_id: str, given_s: float | None) -> int:
        """As given; else as known; else now."""
        catalogue = self._shop().catalogue
        row = catalogue.row.get(item_id)
        known_s = math.nan if row is None else float(catalogue.created_s[row])
        at_s = given_s if given_s is not None else (time.time() if math.isnan(known_s) else known_s)
        return round(at_s * US)
