"""The ad stage of an edition."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from recsys.ads.inventory import Inventory
from recsys.ads.stage import AdPlacement, AdsConfig
from recsys.campaigns import Campaigns
from recsys.edition import Edition
from recsys.release import Release


def ads_of(
    edition: Edition,
    campaigns: Callable[[], Campaigns],
    remaining: Callable[[], dict[str, int]] | None = None,
    config: AdsConfig | None = None,
) -> AdPlacement:
    """The ad stage.

    Args:
        campaigns: as they are now, from memory.
        remaining: campaign -> micros left; without it every campaign has its whole budget.
    """
    encoder = edition.release.encoder
    return AdPlacement(
        config or AdsConfig(),
        Inventories(campaigns, edition.catalogue.row),
        release=edition.key,
        vectors=edition.vectors,
        encode=lambda text: encoder.encode([text])[0],
        allowed=edition.catalogue.mask,
        remaining=remaining or (lambda: campaigns().budgets()),
        revision=edition.catalogue.revision,
    )


def campaigns_of(release: Release) -> Campaigns:
    """The campaigns that came with the data of a release, for who has no store."""
    return release.opened("campaigns", lambda: Campaigns.open(release.part("clean")))


class Inventories:
    """The ads of the campaigns as they are now, for the items of an edition; made anew when the campaigns are others.

    Threads may make one twice; both are whole.
    """

    def __init__(self, campaigns: Callable[[], Campaigns], row: Mapping[str, int]) -> None:
        """
        Args:
            row: item_id -> index in the catalogue.
        """
        self._campaigns, self._row = campaigns, row
        self._made = self._make(campaigns())

    def __call__(self) -> Inventory:
        made, now = self._made, self._campaigns()
        if now is not made[0]:
            self._made = made = self._make(now)
        return made[1]

    def _make(self, now: Campaigns) -> tuple[Campaigns, Inventory]:
        return now, Inventory.from_tables(now.campaigns, now.creatives, self._row)
