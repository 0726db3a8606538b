"""All ads of a shop: one row for each (campaign, item of the catalogue) pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.schema import MICROS, conform
from recsys.slate import IntArray


@dataclass(frozen=True, slots=True)
class Inventory:
    """Columns of A ads, ordered by campaign and item, so that equal ads always tie the same way."""

    index: IntArray  # (A,) item
    campaign_ids: tuple[str, ...]  # (A,)
    bid_cpc_micros: NDArray[np.int64]  # (A,)
    starts_s: NDArray[np.float64]  # (A,) seconds since the epoch; -inf where there is no start
    ends_s: NDArray[np.float64]  # (A,) inf where there is no end

    def __len__(self) -> int:
        return len(self.index)

    @classmethod
    def from_tables(cls, campaigns: pa.Table, creatives: pa.Table, row: Mapping[str, int]) -> Inventory:
        """Join campaigns to the items of their creatives. Items that the catalogue lacks are left out.

        Args:
            row: item_id -> index in the catalogue.

        Raises WrongData on wrong columns.
        """
        pairs = conform(creatives, "creatives").select(["campaign_id", "item_id"])
        pairs = pairs.group_by(["campaign_id", "item_id"]).aggregate([])  # several creatives of one item are one ad
        known = pairs.filter(pc.is_in(pairs["item_id"], value_set=pa.array(list(row), pa.string())))
        ads = known.join(conform(campaigns, "campaigns"), "campaign_id", join_type="inner")
        order = [("campaign_id", "ascending"), ("item_id", "ascending")]
        ads = ads.filter(pc.field("bid_cpc_micros") >= 1).sort_by(order)
        return cls(
            index=np.array([row[item_id] for item_id in ads["item_id"].to_pylist()], np.int32),
            campaign_ids=tuple(ads["campaign_id"].to_pylist()),
            bid_cpc_micros=ads["bid_cpc_micros"].to_numpy(),
            starts_s=_seconds(ads["starts_at"], -np.inf),
            ends_s=_seconds(ads["ends_at"], np.inf),
        )


def _seconds(times: pa.ChunkedArray, absent: float) -> NDArray[np.float64]:
    micros = pc.cast(times, pa.int64()).to_numpy(zero_copy_only=False).astype(np.float64)
    return np.where(np.isnan(micros), absent, micros / MICROS)
