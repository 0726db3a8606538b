"""Slates and items as answers: what the funnel decided, in the shapes of the doors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from deployments.entrance.shapes import IgnoredOut
from deployments.shopper.slate_shapes import ItemOut, SlateOut
from recsys.ads.tokens import Claim, sign
from recsys.edition import Edition
from recsys.errors import NotFound
from recsys.queries.understood import Understood
from recsys.slate import Slate, SlateItem

UNKNOWN = "no item has it"
"""Why words of a search that the index does not know were not followed."""


class Answers:
    """Of one edition of a release."""

    def __init__(self, edition: Edition, ad_key: bytes) -> None:
        """
        Args:
            ad_key: signs what is sold.
        """
        self._pictures, self._catalogue, self._ad_key = edition.release.pictures, edition.catalogue, ad_key
        self._artifacts: Mapping[str, str] = dict(edition.release.artifact.manifest.parents)

    def slate(
        self,
        slate: Slate,
        request_id: str,
        cursor: str | None,
        troubles: Sequence[str],
        ignored: Sequence[IgnoredOut],
        understood: Understood | None = None,
    ) -> SlateOut:
        """A page of a slate.

        Args:
            troubles: what failed outside the funnel.
            ignored: parts of the request.
            understood: of the words of a search.
        """
        return SlateOut.model_validate(
            {
                "slate_id": slate.slate_id,
                "request_id": request_id,
                "release": slate.release,
                "artifacts": self._artifacts,
                "policy": slate.policy,
                "items": [self._slate_item(item, slate) for item in slate.items],
                "facets": [
                    {
                        "name": facet.name,
                        "counts": [{"value": value, "count": count} for value, count in facet.counts],
                        "currency": facet.currency,
                    }
                    for facet in slate.facets
                ],
                "sort": slate.sort,
                "shuffled": slate.shuffled,
                "num_matches": slate.num_matches,
                "matches_exact": slate.matches_exact,
                "cursor": cursor,
                "stage_ms": {stage: round(ms, 3) for stage, ms in slate.stage_ms.items()},
                "degraded": [*slate.degraded, *troubles],
                "ignored": list(ignored),
                "understood": None if understood is None else _understood(understood, slate),
            }
        )

    def item(self, item_id: str) -> ItemOut:
        """One item. Raises NotFound, also where it is blocked."""
        row = self._catalogue.require_row(item_id, "item_id")
        if self._catalogue.blocked[row]:
            raise NotFound("item_id", "an item that is shown", item_id)
        return ItemOut.model_validate(self._described(row))

    def picture(self, item_id: str) -> bytes:
        """The picture of an item, as a PNG. Raises NotFound, also for one that lies elsewhere."""
        row = self._catalogue.require_row(item_id, "item_id")
        name = self._catalogue.describe(row)["image"]
        png = None if name is None or self._catalogue.blocked[row] else self._pictures.png(name)
        if png is None:
            raise NotFound("item_id", "an item with a picture in this shop", item_id)
        return png

    def _slate_item(self, item: SlateItem, slate: Slate) -> dict[str, Any]:
        token = None
        if item.campaign_id is not None and item.price_cpc_micros is not None:
            token = sign(Claim(slate.slate_id, item.item_id, item.campaign_id, item.price_cpc_micros), self._ad_key)
        return {
            **self._described(item.index),
            "position": item.position,
            "sponsored": item.sponsored,
            "sources": list(item.sources),
            "score": item.score,
            "reason": None if item.reason is None else asdict(item.reason),
            "match": item.match,
            "p_ctr": item.p_ctr,
            "p_cvr": item.p_cvr,
            "propensity": item.propensity,
            "ad_token": token,
        }

    def _described(self, row: int) -> dict[str, Any]:
        """The item; a picture that the shop has is named by the door that hands it out."""
        item = self._catalogue.describe(row)
        if item["image"] in self._pictures:
            item["image"] = f"/v1/items/{quote(item['item_id'], safe='')}/image"
        return item


def _understood(understood: Understood, slate: Slate) -> dict[str, Any]:
    """What was read before the search, and what the search made of the rest of the words."""
    filters = [
        {
            "field": one.field,
            "words": one.words,
            "name": one.name or None,
            "values": list(one.values),
            "price_min_micros": one.min_micros,
            "price_max_micros": one.max_micros,
            "currency": one.currency,
        }
        for one in understood.filters
    ]
    return {
        "text": understood.text,
        "filters": filters,
        "excluded": [{"words": one.words, "value": one.value} for one in understood.excluded],
        "phrases": [{"words": one.words, "value": one.value} for one in understood.phrases],
        "wishes": [{"words": one.words, "value": one.value} for one in understood.wishes],
        "synonyms": [{"words": one.words, "value": one.value} for one in understood.synonyms],
        "corrected": [{"words": word, "value": meant} for word, meant in slate.corrected],
        "ignored": [
            *({"words": one.words, "why": one.why} for one in understood.ignored),
            *({"words": word, "why": UNKNOWN} for word in slate.unknown),
        ],
    }
