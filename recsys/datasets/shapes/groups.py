"""Rows that belong together: blank cells like the first row's, parents and children, variants as one item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from recsys.datasets.notes import Note
from recsys.datasets.shapes.declared import Group, Parents

KEY, PARENT, ROW = "_key", "_parent", "_row"
MICROS, IN_STOCK = "_micros", "_in_stock"
"""Columns that `with_facts` adds."""


class Facts(NamedTuple):
    """What the rows of a frame say of price and stock, read, beside the columns that they stand in."""

    price: tuple[str, ...]
    """The column of the price and those that go with it: its currency. Empty where there is none."""
    stock: str | None
    micros: pl.Series
    """Prices, null where there is none."""
    in_stock: pl.Series
    """Whether there are any, null where nothing is said."""


def with_facts(frame: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """The frame with what its rows say, read."""
    return frame.with_columns(facts.micros.alias(MICROS), facts.in_stock.alias(IN_STOCK))


def same_as_above(frame: pl.DataFrame, by: str, item_id: str, table: str) -> tuple[pl.DataFrame, list[Note]]:
    """Blank cells of rows with equal `by` get what the first of them said; rows without an id of their own are left
    out, unless the id is `by`.
    """
    own = frame if item_id == by else frame.filter(pl.col(item_id).is_not_null())
    spare = [name for name in frame.columns if name not in (by, item_id)]
    first = frame.group_by(by, maintain_order=True).first().select(by, *spare)
    whole = own.join(first, on=by, how="left", suffix="\x00", maintain_order="left")
    filled = whole.select(pl.coalesce(name, f"{name}\x00") if name in spare else pl.col(name) for name in frame.columns)
    cells = sum(own[name].null_count() - filled[name].null_count() for name in frame.columns)
    return filled, [
        Note(table, f"same_as_above {by}", "blank cells that mean what the first row said", cells),
        Note(
            table,
            f"same_as_above {by}",
            f"rows without {item_id}, such as further pictures, left out",
            len(frame) - len(own),
        ),
    ]


def with_parents(frame: pl.DataFrame, parents: Parents) -> pl.DataFrame:
    """The frame with a column of row numbers, and one with the number of a row's parent (null for others)."""
    numbered = frame.with_row_index(ROW)
    keys = _listed(numbered, parents) if parents.column is None else _named(numbered, parents)
    found = (
        keys.select(ROW, PARENT).filter(pl.col(PARENT) != pl.col(ROW)).unique(ROW, keep="first", maintain_order=True)
    )
    return numbered.join(found, on=ROW, how="left", maintain_order="left")


def _named(numbered: pl.DataFrame, parents: Parents) -> pl.DataFrame:
    """_row, _parent: of rows that name a parent; columns of ids in their order."""
    said = pl.col(str(parents.column)).cast(pl.String).str.strip_chars().str.strip_prefix("id:").str.strip_chars()
    return (
        numbered.select(ROW, said.alias(KEY)).drop_nulls().join(_ids(numbered, parents), on=KEY, maintain_order="right")
    )


def _listed(numbered: pl.DataFrame, parents: Parents) -> pl.DataFrame:
    """_row, _parent: of rows that a parent lists."""
    names = (
        pl.col(str(parents.lists))
        .cast(pl.String)
        .str.extract_all(r"sku=[^,|]+")
        .list.eval(pl.element().str.strip_prefix("sku=").str.strip_chars())
    )
    lists = numbered.select(pl.col(ROW).alias("_lister"), names.alias(KEY)).drop_nulls().explode(KEY)
    found = lists.join(_ids(numbered, parents), on=KEY, maintain_order="left")
    return found.select(pl.col(PARENT).alias(ROW), pl.col("_lister").alias(PARENT))


def _ids(numbered: pl.DataFrame, parents: Parents) -> pl.DataFrame:
    """_key, _parent: the row that has an id."""
    tables = [
        numbered.select(pl.col(column).cast(pl.String).str.strip_chars().alias(KEY), pl.col(ROW).alias(PARENT))
        for column in parents.ids
    ]
    return pl.concat(tables).drop_nulls().unique(KEY, keep="first", maintain_order=True)


def inherited(frame: pl.DataFrame, parents: Parents, own: Sequence[str]) -> tuple[pl.DataFrame, list[Note]]:
    """Children with what their parents say where they say nothing, after `with_parents`.

    Args:
        own: columns that are never handed down: ids.
    """
    ours = {*own, *parents.ids, parents.column, parents.lists, ROW, PARENT}
    handed = [name for name in frame.columns if name not in ours]
    above = frame.select(pl.col(ROW).alias(PARENT), *handed)
    both = frame.join(above, on=PARENT, how="left", suffix="\x00", maintain_order="left")
    filled = both.select(pl.coalesce(name, f"{name}\x00") if name in handed else pl.col(name) for name in frame.columns)
    cells = sum(frame[name].null_count() - filled[name].null_count() for name in handed)
    names_one = pl.col(parents.column).is_not_null() if parents.column else pl.lit(False)
    orphans = filled.filter(names_one & pl.col(PARENT).is_null())
    return filled, [
        Note(
            "items",
            f"parent {parents.column or parents.lists}",
            "blank cells of variants that mean what the parent says",
            cells,
        ),
        Note("items", f"parent {parents.column or parents.lists}", "variants whose parent is not there", len(orphans)),
    ]


def without_orphans(frame: pl.DataFrame, before: pl.DataFrame) -> tuple[pl.DataFrame, list[Note]]:
    """Children whose parent was among `before` and is left out go with it."""
    gone = before.join(frame, on=ROW, how="anti")[ROW]
    kept = frame.filter(~pl.col(PARENT).is_in(gone.implode()).fill_null(False))
    return kept, [Note("items", "only", "variants left out with their parent", len(frame) - len(kept))]


def told_parents(frame: pl.DataFrame, facts: Facts) -> tuple[pl.DataFrame, list[Note]]:
    """Parents with the lowest price of their children, where they have none, and in stock if a child is.

    Args:
        frame: after `with_parents`.
    """
    best = _best(with_facts(frame, facts), PARENT, facts).rename({PARENT: ROW})
    both = frame.join(best, on=ROW, how="left", suffix="\x00", maintain_order="left")
    without = pl.col(facts.price[0]).is_null() if facts.price else pl.lit(False)
    told = [
        pl.when(without).then(pl.coalesce(f"{name}\x00", name)).otherwise(pl.col(name)).alias(name)
        if name in facts.price
        else pl.coalesce(f"{name}\x00", name).alias(name)
        for name in best.columns
        if name != ROW
    ]
    done = both.with_columns(told).select(frame.columns)
    notes = []
    for column, text in ((facts.price[:1], "lowest price"), ([facts.stock] if facts.stock else [], "stock")):
        changed = sum(int((frame[name].ne_missing(done[name])).sum()) for name in column)
        notes.append(Note("items", "parent", f"parents with the {text} of their variants", changed))
    return done, notes


class Grouped(NamedTuple):
    """Items made of rows."""

    frame: pl.DataFrame
    aliases: pl.DataFrame
    """alias, item_id: ids of variants, and the item that they mean."""
    notes: list[Note]


def grouped(
    frame: pl.DataFrame, group: Group, item_id: str, told: Sequence[str], choices: Sequence[str], facts: Facts
) -> Grouped:
    """One row for the rows of an item.

    Args:
        frame: with the columns of `with_parents`, where there are parents.
        told: columns of which the first row's value counts; other values are counted.
        choices: columns of attributes: every value of the rows, as a list.
    """
    keyed = _keyed(with_facts(frame, facts), group)
    weighed = [*facts.price, *([facts.stock] if facts.stock else [])]
    plain = [name for name in frame.columns if name not in {*choices, *weighed, ROW, PARENT}]
    many = [name for name in choices if name not in {*weighed, item_id}]
    items = keyed.group_by(KEY, maintain_order=True).agg(
        *(pl.col(name).drop_nulls().first() for name in dict.fromkeys([*plain, item_id])),
        *(_values(frame, name) for name in many),
    )
    whole = items.join(_best(keyed.filter("_votes"), KEY, facts), on=KEY, how="left", maintain_order="left")
    aliases, shared = _aliases(keyed, items, item_id, group.ids)
    notes = [Note("items", "group", "rows that are a choice of another row's item", len(frame) - len(whole))]
    notes += _unread(keyed, [name for name in told if name in plain and name not in (item_id, group.by)], facts)
    notes.append(Note("items", "group.ids", "ids of variants of several items: the first is meant", shared))
    return Grouped(whole.drop(KEY), aliases, notes)


def _unread(keyed: pl.DataFrame, told: Sequence[str], facts: Facts) -> list[Note]:
    """What variants say beside what their item says."""
    texts = [name for name in told if not keyed.schema[name].is_nested()]
    several = keyed.group_by(KEY).agg(pl.col(*texts, MICROS).drop_nulls().n_unique() > 1)
    notes = [
        Note("items", f"group: {name}", "items whose variants differ in it: the first counts", int(several[name].sum()))
        for name in texts
    ]
    if facts.price:
        text = "items whose variants have several prices: the lowest counts"
        notes.append(Note("items", "group", text, int(several[MICROS].sum())))
    return notes


def _keyed(frame: pl.DataFrame, group: Group) -> pl.DataFrame:
    """Parents first; `_votes` marks rows that have a say in price and stock: all but parents that have children."""
    numbered = frame if ROW in frame.columns else frame.with_row_index(ROW).with_columns(pl.lit(None).alias(PARENT))
    alone = pl.format("row {}", ROW)
    if group.by is None:
        key = pl.format("row {}", pl.coalesce(PARENT, ROW))
    else:
        key = pl.coalesce(pl.format("by {}", pl.col(group.by).cast(pl.String).str.strip_chars()), alone)
    votes = ~pl.col(ROW).is_in(numbered[PARENT].drop_nulls().cast(pl.UInt32).implode())
    keyed = numbered.with_columns(key.alias(KEY), votes.alias("_votes"))
    return keyed.sort(pl.col(PARENT).is_not_null(), maintain_order=True)


def _best(frame: pl.DataFrame, key: str, facts: Facts) -> pl.DataFrame:
    """Of the rows of each key: the cells of the lowest price, and the cell that says there are some if one does."""
    stock = [facts.stock] if facts.stock and facts.stock not in facts.price else []
    return (
        frame.filter(pl.col(key).is_not_null())
        .group_by(key, maintain_order=True)
        .agg(
            *(pl.col(name).sort_by(MICROS, nulls_last=True, maintain_order=True).first() for name in facts.price),
            *(
                pl.col(name).sort_by(IN_STOCK, descending=True, nulls_last=True, maintain_order=True).first()
                for name in stock
            ),
        )
    )


def _values(frame: pl.DataFrame, name: str) -> pl.Expr:
    column = pl.col(name)
    texts = column.explode() if isinstance(frame.schema[name], pl.List) else column
    return texts.cast(pl.String).str.strip_chars().drop_nulls().unique(maintain_order=True)


def _aliases(keyed: pl.DataFrame, items: pl.DataFrame, item_id: str, ids: Sequence[str]) -> tuple[pl.DataFrame, int]:
    """Every id of a row (a cell may have several), and its item's; how many are of several items and mean the first."""
    means = items.select(KEY, pl.col(item_id).cast(pl.String).str.strip_chars().alias("_means"))
    rows = keyed.join(means, on=KEY, maintain_order="left")
    tables = [
        rows.select(pl.col(column).alias("alias"), pl.col("_means").alias("item_id"))
        .pipe(lambda table: table.explode("alias") if isinstance(table.schema["alias"], pl.List) else table)
        .with_columns(pl.col("alias").cast(pl.String).str.strip_chars())
        for column in dict.fromkeys([item_id, *ids])
    ]
    every = pl.concat(tables).drop_nulls().unique(maintain_order=True)
    first = every.unique("alias", keep="first", maintain_order=True)
    return first.filter(pl.col("alias") != pl.col("item_id")), len(every) - len(first)
