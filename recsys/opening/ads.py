"""The ad stage of an edition."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq

from recsys.ads.inventory import Inventory
from recsys.ads.stage import AdPlacement, AdsConfig
from recsys.edition import Edition
from recsys.release import Release
from recsys.schema import CAMPAIGNS, CREATIVES


def ads_of(
    edition: Edition, remaining: Callable[[], dict[str, int]] | None = None, config: AdsConfig | None = None
) -> AdPlacement:
    """The ad stage.

    Args:
        remaining: campaign -> micros left; without it every campaign has its whole budget.
    """
    encoder = edition.release.encoder
    return AdPlacement(
        config or AdsConfig(),
        inventory_of(edition.release),
        release=edition.key,
        vectors=edition.vectors,
        encode=lambda text: encoder.encode([text])[0],
        allowed=edition.catalogue.mask,
        remaining=remaining or (lambda: budgets_of(edition.release)),
        revision=edition.catalogue.revision,
    )


def campaigns_of(release: Release) -> pa.Table:
    """The `campaigns` of a release."""
    return release.opened("campaigns", lambda: _table(release, "campaigns", CAMPAIGNS))


def inventory_of(release: Release) -> Inventory:
    """All ads, for items that the release has; what is gone since is filtered as any item is."""

    def load() -> Inventory:
        creatives = _table(release, "creatives", CREATIVES)
        return Inventory.from_tables(campaigns_of(release), creatives, release.catalogue.row)

    return release.opened("inventory", load)


def budgets_of(release: Release) -> dict[str, int]:
    """Campaign -> whole budget in micros."""
    table = campaigns_of(release)
    return dict(zip(table["campaign_id"].to_pylist(), table["budget_micros"].to_pylist(), strict=True))


def _table(release: Release, name: str, schema: pa.Schema) -> pa.Table:
    path = release.artifact.path / f"{name}.parquet"
    return pq.read_table(path) if path.exists() else schema.empty_table()
