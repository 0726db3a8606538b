"""The fallback over an edition answers as one that was made from it."""

from __future__ import annotations

import numpy as np

from recsys.changes import Changes, ItemChange
from recsys.recall.fallback import Fallback
from recsys.slate import Asked, Query
from tests.shelf import catalogue_of, row

POPULARITY = np.arange(4, dtype=np.float32)


def test_an_edition_reads_only_what_changed_and_answers_the_same() -> None:
    released = catalogue_of([row(title) for title in ("red lamp", "red chair", "blue lamp", "old rug")])
    ids = released.item_ids
    items = (
        ItemChange(ids[0], "put", {"title": "green lamp", "category": [], "in_stock": True}, 1, 1),
        ItemChange("new", "put", {"title": "red lamp stand", "category": [], "in_stock": True}, 2, 2),
        ItemChange(ids[1], "delete", {}, 3, 3),
    )
    edition = released.changed(Changes(3, items))
    anew = Fallback("r", edition, POPULARITY)
    changed = Fallback("r", released, POPULARITY).changed(edition)
    for text in ("red", "lamp", "red lamp", "green", "rug", "chair", "stand", "nothing", ""):
        query = Query(Asked("search", 10, text=text))
        mine, theirs = changed.candidates(query), anew.candidates(query)
        assert mine.index.tolist() == theirs.index.tolist(), text
        assert (mine.num_matches, mine.revision) == (theirs.num_matches, 3)
    assert changed.candidates(Query(Asked("search", 10, text="red"))).index.tolist() == [4]
