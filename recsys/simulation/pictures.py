"""Pictures of the items: the shape says the product type, the colour the colour, the pattern the material.

Each thing stands a little differently, on a wall of its own shade, so that a model has something to look through.
"""

from __future__ import annotations

import colorsys
import io
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pyarrow as pa
from PIL import Image, ImageDraw

from recsys.schema import IMAGES
from recsys.simulation.assortment import Assortment, picture_name
from recsys.simulation.picture_shapes import OF_TYPE, SHAPES
from recsys.simulation.taxonomy import TYPES, VALUES
from recsys.slate import BoolArray

SIDE = 192
"""Pixels of a picture."""
COLOURS = {
    "natural": "#cfa873",
    "walnut_brown": "#5b4033",
    "black": "#2b2a2c",
    "white": "#f6f2e8",
    "silver": "#b9bec4",
    "gold": "#c9a24b",
    "copper": "#b5714a",
    "blue": "#3d6fa8",
    "graphite": "#4a4c52",
    "red": "#bb3f3c",
    "grey": "#8d9096",
    "beige": "#dcc9a8",
    "green": "#48785a",
    "navy": "#26395f",
    "terracotta": "#bd6648",
    "mustard": "#cf9f35",
    "yellow": "#e9c341",
    "pink": "#d98fa0",
    "orange": "#dd8040",
    "purple": "#7a5a97",
    "blush": "#e2b7ad",
    "sage": "#9db08f",
    "lavender": "#b3a0cc",
    "charcoal": "#3f4045",
    "olive": "#737544",
    "burgundy": "#74283a",
    "brown": "#7d5a44",
    "tan": "#b98a5a",
}
UNSAID = "#a39a8c"
"""Of things whose colour nobody says."""

RGB = tuple[int, int, int]


PATTERNS = ("plain", "stripes", "dots", "weave")


def draw_pictures(assortment: Assortment, rng: np.random.Generator) -> pa.Table:
    """The canonical `images` table: a PNG of SIDE by SIDE pixels for each item."""
    png = [draw(assortment, item, rng) for item in range(len(assortment))]
    return pa.table([[picture_name(item_id) for item_id in assortment.item_ids], png], schema=IMAGES)


def draw(assortment: Assortment, item: int, rng: np.random.Generator) -> bytes:
    """The picture of one item, as a PNG."""
    colour = _rgb(_colour_of(assortment, item))
    wall = _rgb(colorsys.hsv_to_rgb(rng.uniform(0, 1), rng.uniform(0.04, 0.14), rng.uniform(0.88, 0.97)))
    pattern = PATTERNS[int(assortment.values["material"][item] + 1) % len(PATTERNS)]
    thing, size = _thing(OF_TYPE[TYPES[assortment.kind[item]].key], colour, pattern), SIDE
    scale = rng.uniform(0.82, 1.0)
    turned = thing.rotate(rng.uniform(-7, 7), Image.Resampling.BILINEAR)
    turned = turned.resize((int(size * scale), int(size * scale)), Image.Resampling.BILINEAR)
    canvas = Image.new("RGB", (size, size), wall)
    ImageDraw.Draw(canvas).rectangle((0, int(0.8 * size), size, size), tuple(int(0.93 * part) for part in wall))
    room = size - turned.width
    place = int(room * rng.uniform(0, 1)), int(room * rng.uniform(0.5, 1))
    canvas.paste(turned, place, turned)
    out = io.BytesIO()
    canvas.quantize(24, method=Image.Quantize.FASTOCTREE).save(out, "PNG")
    return out.getvalue()


@lru_cache(maxsize=4096)
def _thing(shape: str, colour: RGB, pattern: str) -> Image.Image:
    """The thing alone, upright, on nothing."""
    canvas = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    pen, unit = ImageDraw.Draw(canvas), SIDE / 100
    forms: dict[str, Callable[..., None]] = {"box": pen.rectangle, "oval": pen.ellipse, "poly": pen.polygon}
    for part in SHAPES[shape]:
        fill = (0, 0, 0, 0) if part.shade < 0 else (*_shaded(colour, part.shade), 255)  # below zero: a hole
        forms[part.form]([unit * place for place in part.at], fill=fill)
    pixels = np.asarray(canvas).copy()
    inside = _pattern(pattern)
    pixels[inside, :3] = (0.86 * pixels[inside, :3]).astype(np.uint8)
    return Image.fromarray(pixels)


@lru_cache
def _pattern(name: str) -> BoolArray:
    """(H, W) where a thing is a little darker."""
    y, x = np.mgrid[:SIDE, :SIDE] // 2
    found: dict[str, BoolArray] = {
        "plain": np.zeros_like(x, np.bool_),
        "stripes": x % 10 < 3,
        "dots": (x % 10 - 5) ** 2 + (y % 10 - 5) ** 2 < 6,
        "weave": (x + y) % 12 < 2,
    }
    return found[name]


def _colour_of(assortment: Assortment, item: int) -> str:
    code = assortment.values["colour"][item]
    return COLOURS[VALUES["colour"][code]] if code >= 0 else UNSAID


def _rgb(colour: str | tuple[float, ...]) -> RGB:
    if isinstance(colour, str):
        return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
    return int(255 * colour[0]), int(255 * colour[1]), int(255 * colour[2])


def _shaded(colour: RGB, shade: float) -> RGB:
    """Darker below 1; above 1 that much of the way to white."""
    if shade <= 1:
        return int(colour[0] * shade), int(colour[1] * shade), int(colour[2] * shade)
    share = min(shade - 1, 1.0)
    red, green, blue = (int(part + share * (255 - part)) for part in colour)
    return red, green, blue
