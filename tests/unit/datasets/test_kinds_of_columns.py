"""Shapes over records and lists: what a setting cannot take apart is refused by its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.datasets.mapping import Mapping
from recsys.datasets.tabular import read_tabular_folder
from recsys.errors import VitrineError, WrongData


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"join": {"files": "goods.jsonl", "on": "tags"}}, "join.on: tags"),
        ({"only": {"tags": ["x"]}}, "only: tags"),
        ({"group": {"by": "tags"}}, "group.by: tags"),
        ({"parent": {"column": "more", "ids": ["sku"]}}, "parent: more"),
        ({"together": {"text": ["sku", "more"]}}, "together.text: more"),
        ({"either": {"first": ["sku", "tags"]}}, "either.first: wanted columns of one kind"),
        ({"levels": ["tags", "sku"]}, "levels: tags"),
        ({"several": {"sku": ","}}, "columns.item_id: sku"),
        ({"properties": {"item": "sku", "name": "tags", "value": "sku"}}, "properties: tags"),
    ],
)
def test_lists_and_records_where_plain_values_are_wanted(shape: dict[str, Any], words: str, tmp_path: Path) -> None:
    (tmp_path / "goods.jsonl").write_text(json.dumps({"sku": "A,B", "tags": ["x"], "more": {"of": "A"}}))
    with pytest.raises(WrongData, match=words):
        read_tabular_folder(
            tmp_path, Mapping.parse({"items": {"files": "goods.jsonl", "columns": {"item_id": "sku"}, **shape}})
        )


COLUMNS = ("a", "b", "c", "d.x")
column = st.sampled_from(COLUMNS)
value = st.sampled_from(
    ["", "1", "A", "a|b", "x=1", "2025-01-01", None, 2.5, True, ["p", "q"], [], {"x": "1"}, [{"x": "1"}]]
)
row = st.fixed_dictionaries({"a": value, "b": value, "c": value, "d": st.fixed_dictionaries({"x": value})})
of_rows = {
    "explode": column,
    "join": column.map(lambda key: {"files": "f.jsonl", "on": key}),
    "fill_down": column.map(lambda name: [name]),
    "same_as_above": column,
    "either": st.tuples(column, column).map(lambda names: {"z": names}),
    "together": st.tuples(column, column).map(lambda names: {"w": names}),
    "only": column.map(lambda name: {name: ["a", ""]}),
    "sort_by": column.map(lambda name: [name]),
    "absent": st.just("skip"),
}
of_items = {
    "properties": st.fixed_dictionaries({"item": column, "name": column, "value": column, "at": column}),
    "parent": st.tuples(column, column).map(lambda names: {"column": names[0], "ids": [names[1]]}),
    "group": st.tuples(column, column).map(lambda names: {"by": names[0], "ids": [names[1]]}),
    "several": column.map(lambda name: {name: "|"}),
    "pairs": column.map(lambda name: {name: {}}),
    "named": st.tuples(column, column).map(lambda names: {names[0]: names[1]}),
    "levels": st.tuples(column, column).map(list),
    "paths": st.just(","),
}
every = {**of_rows, **of_items}
some_shape = st.lists(st.sampled_from(sorted(every)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: every[name] for name in names})
)
our_columns = st.fixed_dictionaries(
    {"item_id": column}, optional=dict.fromkeys(("title", "category", "price", "in_stock", "created_at"), column)
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(row, min_size=1, max_size=4),
    our_columns,
    some_shape,
    st.fixed_dictionaries({"user_id": column, "item_id": column}, optional={"at": column, "quantity": column}),
)
def test_any_shape_of_any_table_is_read_or_refused(
    tmp_path: Path, rows: list[Any], names: dict[str, str], shape: dict[str, Any], log: dict[str, str]
) -> None:
    (tmp_path / "f.jsonl").write_text("\n".join(map(json.dumps, rows)))
    items = {"files": "f.jsonl", "columns": names, "currency": "EUR", "attributes": {"t": "b"}, **shape}
    try:
        mapping = Mapping.parse({"items": items, "events": {"files": "f.jsonl", "columns": log}, "unreadable": "null"})
        tables = read_tabular_folder(tmp_path, mapping)
    except VitrineError as error:
        assert "\n" not in str(error)
    else:
        assert tables.items.num_rows >= 0
