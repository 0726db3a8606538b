"""Pictures are found by name, from many threads, without reading the others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.features.pictures import GROUP, Pictures
from recsys.schema import IMAGES

SIZE, COUNT = 10_000, 10 * GROUP + 7


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    rng = np.random.default_rng(0)
    png = {f"{number}.png": rng.bytes(SIZE) for number in range(COUNT)}
    path = tmp_path_factory.mktemp("images") / "images.parquet"
    pq.write_table(pa.table([list(png), list(png.values())], schema=IMAGES), path, row_group_size=GROUP)
    return path, png


def test_each_name_has_its_own_bytes_from_many_threads(images: tuple[Path, dict[str, bytes]]) -> None:
    path, png = images
    pictures = Pictures(path)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(pictures.png, png)) == list(png.values())
    assert "3.png" in pictures and "other.png" not in pictures and None not in pictures
    assert pictures.png("other.png") is None


def test_one_picture_costs_its_group_and_no_more(images: tuple[Path, dict[str, bytes]]) -> None:
    pictures = Pictures(images[0])
    assert pictures._group.cache_info().currsize == 0, "nothing is read before somebody asks"
    assert pictures.png("130.png") == images[1]["130.png"]
    assert pictures.png("191.png") == images[1]["191.png"], "of the same group"
    assert pictures._group.cache_info().misses == 1
    assert pictures._group(2).get_total_buffer_size() < 1.1 * GROUP * SIZE


def test_without_a_file_there_are_none() -> None:
    assert "a" not in Pictures() and Pictures().png("a") is None


def test_a_file_in_one_group_is_read_too(images: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    pq.write_table(pq.read_table(images[0]), tmp_path / "images.parquet")
    assert Pictures(tmp_path / "images.parquet").png("600.png") == images[1]["600.png"]
