"""What `build_index` keeps of a shop's words, and what is in the name of its artifact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.build_index import BuildIndexConfig, build_index, recipe
from recsys.artifacts import Artifact, Manifest
from recsys.errors import WrongData
from recsys.features.pairs import PAIRS
from recsys.queries.shop_words import Learned
from recsys.queries.synonyms import Synonym
from recsys.schema import ITEMS
from recsys.splits import TEST, TRAIN
from tests.shelf import row

TITLES = [f"{kind}, {colour}" for kind in ("Frying pan", "Stock pot") for colour in ("red", "blue", "green", "black")]


def key(synonyms: Path | None) -> str:
    inputs = {kind: Artifact(Path(kind), Manifest(kind, "k", {}, {}, {}, "")) for kind in ("features", "split")}
    return recipe(inputs, BuildIndexConfig(synonyms=synonyms)).key


def test_a_file_of_synonyms_is_known_by_what_it_says(tmp_path: Path) -> None:
    for name, text in (("a.txt", "sofa, couch"), ("b.txt", "# ours\nsofa,  couch\n"), ("c.txt", "sofa => couch")):
        (tmp_path / name).write_text(text, "utf-8")
    assert key(tmp_path / "a.txt") == key(tmp_path / "b.txt") != key(tmp_path / "c.txt") != key(None)
    (tmp_path / "d.txt").write_text("sofa", "utf-8")
    with pytest.raises(WrongData, match=r"d\.txt, line 1"):
        key(tmp_path / "d.txt")


def test_given_and_learned_words_are_kept_and_the_test_fold_teaches_nothing(tmp_path: Path) -> None:
    for name in ("features", "split/pairs", "vectors"):
        (tmp_path / name).mkdir(parents=True)
    items = [
        {name: one.get(name) for name in ITEMS.names} | {"item_id": f"i{i}"} for i, one in enumerate(map(row, TITLES))
    ]
    items = [one | {"attributes": []} for one in items]
    pq.write_table(pa.Table.from_pylist(items, schema=ITEMS), tmp_path / "features" / "items.parquet")
    searches = [("skillet", 0, TRAIN), ("casserole", 4, TRAIN), ("wok", 0, TEST)]
    pairs = [
        {"user_id": f"u{user}", "query": query, "index": first + user % 4, "weight": 1.0, "at_s": 0.0, "fold": fold}
        for user in range(8)
        for query, first, fold in searches
    ]
    schema = PAIRS.append(pa.field("fold", pa.int8()))
    pq.write_table(pa.Table.from_pylist(pairs, schema=schema), tmp_path / "split" / "pairs" / "part-0.parquet")
    np.save(tmp_path / "vectors" / "items.npy", np.eye(len(TITLES), dtype=np.float32))
    folders = (tmp_path / "features", tmp_path / "split", tmp_path / "vectors")

    def built(folder: Path, *, learn: bool) -> Learned:
        given = [Synonym("casserole", "pan"), Synonym("Tin", "stock pot")]
        build_index(lambda *_: None, BuildIndexConfig(learn_synonyms=learn), given, *folders, folder)
        return Learned.load(folder / "words")

    assert built(tmp_path / "both", learn=True).synonyms.pairs() == [
        ("casserole", "pan"),
        ("tin", "stock pot"),
        ("skillet", "frying pan"),
    ]
    assert len(built(tmp_path / "given", learn=False).synonyms) == 2
