"""Small worlds: a simulated shop, built by the real pipelines, that many tests look at."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recsys.artifacts import Workspace
from recsys.features.sequences import Sequences
from recsys.release import Release
from recsys.slate import Asked, Draw, Filters, Person, Query, Sort

SORTS: tuple[Sort, ...] = ("price_asc", "price_desc", "rating", "newest")


def linked_shop(shop: Path, folder: Path) -> Workspace:
    """A built shop in a workspace of one's own: artifacts are shared, what is current is not."""
    for kind in filter(Path.is_dir, shop.iterdir()):
        (folder / kind.name).mkdir()
        for entry in kind.iterdir():
            target = folder / kind.name / entry.name
            if entry.is_dir():
                target.symlink_to(entry)
            else:
                target.write_text(entry.read_text())
    return Workspace(folder)


def copied_shop(shop: Path, folder: Path) -> Workspace:
    """A built shop in a workspace of one's own, whose artifacts may be damaged, and are new where they are written."""
    shutil.copytree(shop, folder)
    return Workspace(folder)


def random_queries(release: Release, num: int, seed: int) -> list[Query]:
    """Requests of every surface, with and without history, text, filters, facets, sorting; fixed in seed and time."""
    rng = np.random.default_rng(seed)
    catalogue, histories = release.catalogue, release.histories
    return [
        _query(rng, number, catalogue.titles, len(catalogue), catalogue.categories, histories) for number in range(num)
    ]


def _query(
    rng: np.random.Generator,
    number: int,
    titles: list[str],
    num_items: int,
    categories: Sequence[tuple[str, ...]],
    histories: Sequences,
) -> Query:
    surface = ("search", "home", "item", "cart")[number % 4]
    user_id = str(rng.choice(histories.user_ids)) if rng.random() < 0.8 else None
    words = titles[int(rng.integers(num_items))].replace(",", "").split()
    context = rng.integers(0, num_items, 1 if surface == "item" else 3).astype(np.int32)
    searching, on_item_or_cart = surface == "search", surface in ("item", "cart")
    asked = Asked(
        surface,  # type: ignore[arg-type]
        int(rng.integers(1, 25)),
        text=" ".join(rng.permutation(words)[:2]) if searching else "",
        context=context if on_item_or_cart else context[:0],
        filters=Filters((categories[int(rng.integers(len(categories)))],)) if rng.random() < 0.3 else Filters(),
        facets=("category", "brand", "price") if rng.random() < 0.5 else (),
        at_s=float(histories.at_s.max()) + 60.0,
        sort=("relevance", *SORTS)[number // 4 % 8] if number // 4 % 8 <= len(SORTS) else "relevance",
    )
    person = Person(user_id, histories.history(user_id)) if user_id else Person()
    return Query(asked, person, Draw(seed=int(rng.integers(2**62)), slate_id=f"{number:032x}"))
