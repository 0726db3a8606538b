"""What is in the key of `clean` beside code and settings: the files, and all that their mapping says."""

from __future__ import annotations

from pathlib import Path

from pipelines.clean import CleanConfig, recipe
from recsys.changes import NO_CHANGES
from recsys.datasets.mapping import Mapping


def test_what_a_preset_says_decides_the_artifact(tmp_path: Path) -> None:
    (tmp_path / "products_export.csv").write_text("Handle,Title,Variant Price,Variant SKU\na,A,1.00,A-1\n")
    (tmp_path / "mapping.yaml").write_text("format: shopify\nitems: {currency: EUR}\n")
    beside = recipe({}, CleanConfig(data=tmp_path), NO_CHANGES)
    whole = Mapping.parse({"format": "shopify", "items": {"currency": "EUR"}}).model_dump(mode="json")
    assert beside.config["mapping"] == whole and whole["items"]["group"]["by"] == "handle"
    (tmp_path / "mapping.yaml").write_text("# the same in other words\nitems: {currency: EUR}\nformat: shopify\n")
    assert recipe({}, CleanConfig(data=tmp_path), NO_CHANGES).key == beside.key
    given = CleanConfig(data=tmp_path, mapping=tmp_path / "mapping.yaml")
    assert recipe({}, given, NO_CHANGES).key == beside.key
    (tmp_path / "mapping.yaml").write_text("format: shopify\nitems: {currency: USD}\n")
    assert recipe({}, CleanConfig(data=tmp_path), NO_CHANGES).key != beside.key
