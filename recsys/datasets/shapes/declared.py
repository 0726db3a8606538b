"""Shapes that a mapping can declare: what the rows and cells of a shop's own tables mean beside their columns.

    items:
      files: products_export.csv
      same_as_above: Handle                       blank cells mean what the first row of the Handle said
      group: {by: Handle, ids: [Variant SKU]}     variants are one item with a choice
      several: {Tags: ","}                        a cell has several values
      columns: {item_id: Handle, title: Title, price: Variant Price, in_stock: Variant Inventory Qty}
      attributes: {size: Option1 Value, tag: Tags}
    events:
      files: lines.csv
      join: {files: orders.csv, on: order_id}     the header says who bought, and when
      columns: {user_id: customer, item_id: sku, at: ordered}

Wherever a column is named, a dotted path reaches into records: `properties.product_id`; through a list it gives a list.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from recsys.config import Config
from recsys.datasets.formats.settings import FileSettings


class Join(FileSettings):
    """Another table, whose columns stand beside ours where the keys are equal; its files are written in a way of
    their own, found or set as that of a table is."""

    files: str
    """Path or pattern inside the folder."""
    on: dict[str, str]
    """Our column -> theirs; one name, or a list of names, where both call it the same."""

    @model_validator(mode="before")
    @classmethod
    def _on(cls, values: Any) -> Any:
        """YAML reads a bare `on` as yes."""
        return (
            {"on" if key is True else key: value for key, value in values.items()}
            if isinstance(values, dict)
            else values
        )

    @field_validator("on", mode="before")
    @classmethod
    def _same_names(cls, value: Any) -> Any:
        names = [value] if isinstance(value, str) else value
        return {name: name for name in names} if isinstance(names, list) else names


class LongForm(Config):
    """A row says one property of one item at one time: the newest value of each property that is named counts."""

    item: str
    """Column of the item's id."""
    name: str
    """Column of the property's name."""
    value: str
    """Column of its value."""
    at: str | None = None
    """Column of the time; without it a later row is newer."""


class Parents(Config):
    """Rows of variants name the row of their product, and each inherits what the other says."""

    column: str | None = None
    """Column in which a variant names its parent; a leading `id:` is taken away."""
    lists: str | None = None
    """Column in which a parent lists its variants, as Magento does: `sku=A-S,size=S|sku=A-M,size=M`."""
    ids: tuple[str, ...] = Field(min_length=1)
    """Columns by which a parent may be named, or a variant listed."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.column is None) == (self.lists is None):
            raise ValueError("either `column`, where variants name parents, or `lists`, where parents list variants")
        return self


class Group(Config):
    """Rows that are one item: texts of the first (or the parent), the lowest price, in stock if one is."""

    by: str | None = None
    """Column that is equal in the rows of an item; without it, a parent and its children."""
    ids: tuple[str, ...] = ()
    """Columns by which events may name a variant, beside `item_id`; they then mean the item."""


class Pairs(Config):
    """A cell has names and values: `colour=red,size=M`; they are columns: `CELL.colour`."""

    between: str = Field(",", min_length=1)
    """Between two pairs."""
    equals: str = Field("=", min_length=1)
    """Between name and value."""


class RowShape(Config):
    """Which rows there are; for items and events."""

    absent: Literal["refuse", "skip"] = "refuse"
    """What follows where a column that is named is not in the files: an error, or it is left out and noted."""
    explode: str | None = None
    """A list of records, such as the items of an order: each element becomes a row."""
    join: tuple[Join, ...] = ()
    """Other tables beside this one; a join, or a list of them."""
    fill_down: tuple[str, ...] = ()
    """Columns where a blank cell means the cell above it, as merged cells of a sheet do."""
    same_as_above: str | None = None
    """Rows with this column equal belong together: blank cells mean what the first of them said. An item id is never
    filled in; rows without one (further pictures) are left out and counted."""
    either: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """New column -> columns of which the first that is not blank counts."""
    together: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """New column -> columns whose texts it joins by line breaks."""
    only: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Column -> values with which a row counts, whatever their case; other rows are left out and counted."""
    sort_by: tuple[str, ...] = ()
    """Columns that order the rows, where the files do not."""

    @field_validator("join", mode="before")
    @classmethod
    def _one_join(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else value

    @field_validator("only", mode="before")
    @classmethod
    def _as_texts(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        lists = {column: said if isinstance(said, list | tuple) else [said] for column, said in value.items()}
        return {column: [str(one).lower() for one in said] for column, said in lists.items()}

    def moves_rows(self) -> bool:
        """Whether a row of the table is another row than that of the file."""
        moving = ("explode", "same_as_above", "only", "sort_by", "properties", "parent", "group")
        return any(getattr(self, name, None) for name in moving)


class ItemShape(RowShape):
    """What the rows and cells of a catalogue mean."""

    properties: LongForm | None = None
    """Properties in long form; a column that is named elsewhere is then the name of a property."""
    parent: Parents | None = None
    """Variants that name their parent."""
    group: Group | None = None
    """Variants as one item."""
    several: dict[str, str] = Field(default_factory=dict)
    """Column -> what divides several values in its cells. Lists of JSON and Parquet need no word."""
    pairs: dict[str, Pairs] = Field(default_factory=dict)
    """Column -> how names and values stand in its cells."""
    named: dict[str, str] = Field(default_factory=dict)
    """Column with the name of an attribute -> column with its value: `{Option1 Name: Option1 Value}`."""
    levels: tuple[str, ...] = ()
    """Columns that are the levels of the category path, from the root; in place of `columns.category`."""
    paths: str | None = Field(None, min_length=1)
    """What divides several category paths in a cell, unless after a backslash; any text where the cells are lists of
    paths."""
    take: Literal["deepest", "first"] = "deepest"
    """Which of several category paths counts."""

    @model_validator(mode="after")
    def _grouped(self) -> Self:
        if self.group is not None and self.group.by is None and self.parent is None:
            raise ValueError("a column `by`, or `parent` beside it: group needs to know which rows are one item")
        return self
