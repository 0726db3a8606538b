"""The simulator's pictures are real inputs: colour, shape and pattern can be read from the pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from recsys.schema import IMAGES
from recsys.simulation.config import SimulationConfig
from recsys.simulation.picture_shapes import OF_TYPE, SHAPES
from recsys.simulation.pictures import COLOURS, SIDE
from recsys.simulation.shop import Shop
from recsys.simulation.taxonomy import TYPES, VALUES

CONFIG = SimulationConfig(num_items=600, num_users=20, num_slates=60)


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop(CONFIG)


@pytest.fixture(scope="module")
def pixels(shop: Shop) -> np.ndarray:
    """(I, SIDE, SIDE, 3)."""
    return np.stack([np.asarray(Image.open(io.BytesIO(png)).convert("RGB")) for png in shop.images["png"].to_pylist()])


def test_every_item_names_its_picture_and_every_picture_is_the_same_again(shop: Shop, pixels: np.ndarray) -> None:
    images, again = shop.images, Shop(CONFIG).tables()
    assert images.schema == IMAGES and images["image"].to_pylist() == again.items["image"].to_pylist()
    assert images.equals(again.images)
    assert pixels.shape == (600, SIDE, SIDE, 3)
    assert images.nbytes < 600 * 6_000
    assert len(set(images["png"].to_pylist())) > 595, "no two things stand alike"


def test_every_type_has_a_look_and_every_colour_a_paint() -> None:
    assert {OF_TYPE[kind.key] for kind in TYPES} == set(SHAPES)
    assert set(COLOURS) == set(VALUES["colour"])


def test_the_colour_can_be_read_from_the_pixels(shop: Shop, pixels: np.ndarray) -> None:
    """By the nearest mean of other items' counts of their thing's colours, for more than nine in ten."""
    colour = shop._assortment.values["colour"]
    rows = np.flatnonzero(colour >= 0)
    counts, said = np.stack([_colour_counts(pixels[row]) for row in rows]), colour[rows]
    learned = np.arange(len(rows)) % 2 == 0
    sold = np.unique(said[learned])
    centre = np.stack([counts[learned & (said == code)].mean(axis=0) for code in sold])
    nearest = sold[np.square(counts[~learned][:, None] - centre).sum(axis=2).argmin(axis=1)]
    assert np.mean(nearest == said[~learned]) > 0.9


def test_things_of_one_type_look_more_alike_than_others(shop: Shop, pixels: np.ndarray) -> None:
    """The nearest outline (of another item) is one of the same look, far above chance."""
    look = np.array([list(SHAPES).index(OF_TYPE[TYPES[kind].key]) for kind in shop._assortment.kind])
    outline = np.stack([_outline(picture).ravel() for picture in pixels]).astype(np.float32)
    distance = 1 - _overlap(outline)
    np.fill_diagonal(distance, np.inf)
    assert np.mean(look[distance.argmin(axis=1)] == look) > 0.7


def _outline(picture: np.ndarray) -> np.ndarray:
    """(24, 24) where the thing is: far from the colours of the corners, cut to its own bounds."""
    wall, floor = picture[2, 2].astype(int), picture[-3, 2].astype(int)
    far = (np.abs(picture.astype(int) - wall).sum(axis=2) > 40) & (np.abs(picture.astype(int) - floor).sum(axis=2) > 40)
    rows, columns = np.flatnonzero(far.any(axis=1)), np.flatnonzero(far.any(axis=0))
    if not len(rows):
        return np.zeros((24, 24), np.bool_)
    cut = far[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.asarray(Image.fromarray(cut).resize((24, 24)))


def _overlap(outline: np.ndarray) -> np.ndarray:
    """(I, I) shared pixels over all of both."""
    both = outline @ outline.T
    size = outline.sum(axis=1)
    return np.asarray(both / np.maximum(size[:, None] + size[None] - both, 1))


def _colour_counts(picture: np.ndarray) -> np.ndarray:
    """(512,) roots of the shares of coarse colours among the pixels that are neither wall nor floor."""
    wall, floor = picture[2, 2].astype(int), picture[-3, 2].astype(int)
    far = (np.abs(picture.astype(int) - wall).sum(axis=2) > 12) & (np.abs(picture.astype(int) - floor).sum(axis=2) > 12)
    red, green, blue = (picture[far] // 32).astype(int).T
    share = np.bincount(64 * red + 8 * green + blue, minlength=512) / max(1, far.sum())
    return np.asarray(np.sqrt(share))
