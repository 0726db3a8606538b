"""How each product type looks, drawn from boxes, ovals and polygons; no two looks share an outline."""

from __future__ import annotations

from typing import NamedTuple


class Part(NamedTuple):
    """A piece of a thing, on a canvas of 100 by 100 on which things stand at 84."""

    form: str  # box, oval or poly
    at: tuple[float, ...]  # left, top, right, bottom; or the corners of a polygon
    shade: float = 1.0  # of the colour: below 1 darker, above lighter


def _box(*at: float, shade: float = 1.0) -> Part:
    return Part("box", at, shade)


def _oval(*at: float, shade: float = 1.0) -> Part:
    return Part("oval", at, shade)


def _poly(*at: float, shade: float = 1.0) -> Part:
    return Part("poly", at, shade)


# fmt: off
SHAPES: dict[str, tuple[Part, ...]] = {
    "board": (_box(30, 20, 70, 84), _oval(46, 26, 54, 34, shade=1.4)),
    "blade": (_poly(46, 10, 58, 30, 56, 56, 46, 56, shade=1.3), _box(44, 56, 57, 86, shade=.7)),
    "bowl": (_poly(16, 46, 84, 46, 68, 84, 32, 84), _oval(16, 40, 84, 54, shade=.75)),
    "whisk": (_oval(36, 12, 64, 56), _oval(43, 16, 57, 54, shade=1.4), _box(46, 54, 54, 86, shade=.7)),
    "pan": (_oval(12, 52, 64, 84), _oval(18, 56, 58, 78, shade=.75), _poly(60, 64, 92, 48, 94, 54, 62, 72, shade=.7)),
    "pot": (_box(24, 46, 76, 84), _box(20, 38, 80, 48, shade=.75), _oval(44, 28, 56, 40, shade=.7), _box(10, 54, 24, 60, shade=.7), _box(76, 54, 90, 60, shade=.7)),
    "jug": (_poly(34, 34, 64, 34, 72, 84, 26, 84), _poly(30, 50, 10, 38, 14, 34, 32, 40), _box(38, 24, 60, 34, shade=.75), _oval(66, 38, 90, 70, shade=.7), _oval(68, 44, 82, 64, shade=1.5)),
    "mug": (_oval(58, 44, 86, 74, shade=.7), _oval(64, 50, 80, 68, shade=1.5), _box(26, 36, 70, 84), _oval(26, 31, 70, 42, shade=.75)),
    "folded": (_box(18, 36, 82, 52), _box(18, 52, 82, 68, shade=.8), _box(18, 68, 82, 84, shade=1.15)),
    "pillow": (_oval(10, 36, 90, 84), _oval(22, 44, 78, 76, shade=1.12)),
    "curtain": (_box(12, 14, 88, 20, shade=.6), _box(18, 20, 38, 84), _box(40, 20, 60, 84, shade=.85), _box(62, 20, 82, 84)),
    "coat": (_poly(36, 18, 64, 18, 86, 38, 78, 64, 68, 58, 68, 86, 32, 86, 32, 58, 22, 64, 14, 38), _poly(40, 18, 60, 18, 50, 40, shade=1.4), _box(49, 40, 51, 86, shade=.6)),
    "table": (_box(12, 40, 88, 50), _box(18, 50, 25, 86, shade=.75), _box(75, 50, 82, 86, shade=.75)),
    "shelf": (_box(26, 14, 74, 86), _box(32, 20, 68, 36, shade=1.4), _box(32, 42, 68, 58, shade=1.4), _box(32, 64, 68, 80, shade=1.4)),
    "chair": (_box(28, 18, 72, 60), _box(22, 56, 78, 70, shade=.8), _box(26, 70, 32, 88, shade=.6), _box(68, 70, 74, 88, shade=.6)),
    "lamp": (_box(47, 46, 53, 82, shade=.6), _oval(32, 78, 68, 88, shade=.6), _poly(38, 14, 62, 14, 76, 48, 24, 48)),
    "pendant": (_box(49, 0, 51, 34, shade=.6), _poly(44, 32, 56, 32, 84, 66, 16, 66), _oval(16, 60, 84, 72, shade=1.4)),
    "vase": (_oval(30, 40, 70, 88), _box(43, 26, 57, 48), _oval(40, 22, 60, 30, shade=.7)),
    "mirror": (_oval(26, 12, 74, 76), _oval(32, 18, 68, 70, shade=1.5), _box(40, 76, 60, 86, shade=.7)),
    "frame": (_box(22, 18, 78, 86), _box(30, 26, 70, 78, shade=1.5), _poly(30, 78, 46, 50, 58, 64, 62, 58, 70, 78, shade=.7)),
    "rug": (_poly(26, 50, 74, 50, 92, 82, 8, 82), _poly(34, 56, 66, 56, 78, 76, 22, 76, shade=1.25)),
    "candle": (_box(34, 44, 66, 86), _box(49, 34, 51, 44, shade=.4), _poly(50, 18, 57, 30, 50, 38, 43, 30, shade=1.5)),
    "shirt": (_poly(36, 22, 64, 22, 88, 38, 78, 54, 68, 48, 68, 86, 32, 86, 32, 48, 22, 54, 12, 38), _oval(42, 18, 58, 30, shade=.7)),
    "trousers": (_poly(32, 16, 68, 16, 76, 88, 56, 88, 50, 44, 44, 88, 24, 88), _box(32, 16, 68, 24, shade=.7)),
    "shorts": (_poly(28, 30, 72, 30, 82, 72, 56, 74, 50, 54, 44, 74, 18, 72), _box(28, 30, 72, 38, shade=.7)),
    "skirt": (_poly(38, 22, 62, 22, 82, 84, 18, 84), _box(38, 18, 62, 26, shade=.7)),
    "scarf": (_oval(26, 18, 74, 50), _oval(38, 24, 62, 42, shade=1.5), _poly(54, 42, 72, 42, 78, 88, 58, 88, shade=.85)),
    "cap": (_oval(22, 24, 78, 88), _box(0, 74, 100, 100, shade=-1), _box(18, 62, 82, 78, shade=.75), _oval(43, 12, 57, 28, shade=1.3)),
    "sock": (_poly(36, 14, 56, 14, 56, 56, 84, 68, 84, 84, 44, 84, 36, 70), _box(36, 14, 56, 24, shade=.7)),
    "ring": (_oval(14, 26, 86, 84), _oval(26, 36, 74, 74, shade=-1), _box(40, 70, 60, 90, shade=1.4)),
    "shoe": (_poly(12, 50, 30, 56, 46, 50, 66, 64, 88, 70, 88, 80, 12, 80), _box(10, 78, 90, 86, shade=1.4)),
    "boot": (_poly(32, 14, 58, 14, 60, 52, 86, 66, 86, 80, 32, 80), _box(30, 78, 88, 88, shade=.6)),
    "sandal": (_oval(10, 62, 90, 86), _poly(28, 66, 46, 42, 62, 42, 72, 66, 60, 66, 54, 52, 48, 52, 40, 66, shade=.7)),
    "backpack": (_oval(38, 8, 62, 34, shade=.7), _oval(44, 14, 56, 30, shade=-1), _box(26, 24, 74, 86), _box(34, 54, 66, 80, shade=.75)),
    "tote": (_oval(34, 14, 66, 70, shade=.7), _oval(40, 20, 60, 66, shade=-1), _poly(20, 42, 80, 42, 84, 86, 16, 86)),
    "wallet": (_box(16, 38, 84, 84), _box(16, 50, 84, 54, shade=.7), _oval(66, 56, 80, 72, shade=1.4)),
    "suitcase": (_box(40, 8, 60, 26, shade=.6), _box(44, 12, 56, 26, shade=-1), _box(26, 24, 74, 82), _box(38, 28, 40, 78, shade=.7), _box(60, 28, 62, 78, shade=.7), _oval(30, 80, 38, 88, shade=.5), _oval(62, 80, 70, 88, shade=.5)),
    "roll": (_box(30, 56, 90, 84), _oval(12, 52, 46, 88, shade=.8), _oval(22, 62, 36, 78, shade=1.4)),
    "dumbbell": (_box(26, 62, 74, 70, shade=.6), _box(14, 46, 28, 86), _box(72, 46, 86, 86), _box(8, 54, 14, 78, shade=.7), _box(86, 54, 92, 78, shade=.7)),
    "bottle": (_box(42, 10, 58, 22, shade=.6), _poly(42, 22, 58, 22, 66, 36, 66, 86, 34, 86, 34, 36), _box(34, 50, 66, 68, shade=1.35)),
    "tent": (_poly(50, 20, 94, 84, 6, 84), _poly(50, 38, 68, 84, 32, 84, shade=.6)),
    "torch": (_box(14, 52, 58, 72), _poly(56, 52, 72, 40, 72, 84, 56, 72, shade=.75), _oval(68, 40, 80, 84, shade=1.5)),
    "helmet": (_oval(12, 26, 88, 100), _box(0, 66, 100, 100, shade=-1), _box(10, 62, 90, 72, shade=.7), _box(30, 36, 34, 60, shade=.5), _box(48, 32, 52, 60, shade=.5), _box(66, 36, 70, 60, shade=.5)),
    "headphones": (_oval(18, 16, 82, 88, shade=.75), _oval(26, 24, 74, 96, shade=-1), _box(14, 52, 32, 84), _box(68, 52, 86, 84)),
    "earbuds": (_oval(20, 30, 46, 58), _oval(54, 30, 80, 58), _box(30, 50, 38, 84, shade=.75), _box(62, 50, 70, 84, shade=.75)),
    "speaker": (_box(28, 12, 72, 86), _oval(34, 46, 66, 78, shade=.6), _oval(42, 54, 58, 70, shade=1.3), _oval(42, 20, 58, 36, shade=.6)),
    "keyboard": (_box(8, 54, 92, 82), *(_box(12 + 9 * n, 58 + 8 * row, 19 + 9 * n, 64 + 8 * row, shade=1.4) for n in range(9) for row in range(3))),
    "mouse": (_oval(32, 28, 68, 86), _box(49, 30, 51, 52, shade=.5), _box(47, 36, 53, 46, shade=1.5)),
    "stand": (_poly(16, 30, 78, 30, 90, 40, 28, 40), _poly(28, 40, 36, 40, 30, 84, 20, 84, shade=.75), _box(18, 80, 82, 88, shade=.75)),
    "phone": (_box(32, 12, 68, 88), _box(36, 20, 64, 78, shade=1.4), _oval(37, 22, 46, 31, shade=.5)),
    "plug": (_box(38, 16, 43, 36, shade=.6), _box(57, 16, 62, 36, shade=.6), _box(30, 36, 70, 70), _poly(46, 70, 54, 70, 60, 90, 52, 90, shade=.7)),
    "battery": (_box(30, 18, 70, 86), _poly(54, 28, 38, 56, 49, 56, 46, 76, 62, 46, 51, 46, shade=1.5)),
    "jar": (_box(28, 38, 72, 50, shade=.7), _box(24, 50, 76, 86), _box(32, 60, 68, 76, shade=1.35)),
    "dropper": (_oval(43, 6, 57, 24, shade=.6), _box(40, 24, 60, 34, shade=.6), _box(34, 34, 66, 86), _box(40, 52, 60, 72, shade=1.35)),
    "tube": (_poly(30, 14, 70, 14, 62, 70, 38, 70), _box(38, 70, 62, 86, shade=.7), _box(40, 28, 60, 52, shade=1.35)),
    "pump": (_box(32, 14, 54, 20, shade=.6), _box(46, 18, 54, 36, shade=.6), _box(30, 36, 70, 86), _box(36, 48, 64, 70, shade=1.35)),
    "perfume": (_box(42, 16, 58, 34, shade=.6), _box(24, 36, 76, 86), _box(32, 46, 68, 78, shade=1.35)),
    "blocks": (_box(16, 52, 48, 84), _box(52, 52, 84, 84, shade=.7), _box(34, 20, 66, 52, shade=1.3)),
    "bear": (_oval(26, 12, 42, 28, shade=.8), _oval(58, 12, 74, 28, shade=.8), _oval(24, 46, 76, 88), _oval(30, 16, 70, 54), _oval(42, 36, 58, 50, shade=1.4)),
    "puzzle": (_box(20, 34, 72, 86), _oval(38, 18, 56, 40), _oval(66, 50, 88, 70), _oval(38, 74, 56, 96, shade=-1)),
    "game": (_box(14, 30, 86, 86), _box(22, 38, 48, 60, shade=1.4), _box(52, 62, 78, 80, shade=.7)),
    "moon": (_oval(22, 14, 82, 78), _oval(44, 8, 92, 62, shade=-1), _box(34, 78, 70, 86, shade=.7)),
    "lunch": (_box(16, 46, 84, 86), _box(16, 58, 84, 62, shade=.7), _oval(38, 32, 62, 56, shade=.7), _oval(43, 38, 57, 56, shade=-1), _box(44, 56, 56, 66, shade=1.4)),
    "planter": (_poly(28, 50, 72, 50, 66, 86, 34, 86), _box(24, 44, 76, 54, shade=.75)),
    "can": (_box(28, 44, 68, 84), _poly(66, 58, 90, 30, 94, 36, 68, 74, shade=.75), _oval(34, 18, 62, 62, shade=.7), _oval(40, 25, 56, 50, shade=-1)),
    "shears": (_poly(46, 50, 30, 10, 52, 46, shade=1.3), _poly(54, 50, 70, 10, 48, 46, shade=1.3), _oval(24, 54, 48, 88), _oval(30, 62, 42, 82, shade=-1), _oval(52, 54, 76, 88), _oval(58, 62, 70, 82, shade=-1)),
    "glove": (_box(34, 44, 70, 88), *(_box(34 + 9 * n, 18 + 4 * abs(n - 1), 42 + 9 * n, 50) for n in range(4)), _poly(34, 70, 16, 48, 22, 42, 36, 56), _box(34, 78, 70, 88, shade=.7)),
    "bed": (_oval(8, 44, 92, 88), _oval(20, 48, 80, 76, shade=.7), _oval(28, 54, 72, 74, shade=1.3)),
    "leash": (_oval(16, 14, 52, 50), _oval(24, 22, 44, 42, shade=-1), _poly(44, 42, 52, 40, 80, 78, 74, 86), _box(68, 76, 88, 88, shade=.6)),
    "tree": (_box(46, 20, 54, 84, shade=.6), _box(18, 78, 82, 88, shade=.8), _box(18, 48, 58, 56), _box(42, 16, 84, 24)),
    "dish": (_poly(26, 56, 74, 56, 86, 84, 14, 84), _oval(24, 50, 76, 64, shade=.6)),
}
OF_TYPE = {
    "cutting_board": "board", "chef_knife": "blade", "knife_sharpener": "lunch", "mixing_bowl": "bowl", "whisk": "whisk",
    "colander": "bowl", "frying_pan": "pan", "saucepan": "pot", "baking_dish": "dish", "spatula": "whisk",
    "coffee_grinder": "dropper", "coffee_press": "jug", "teapot": "jug", "kettle": "jug", "mug": "mug",
    "duvet_cover": "folded", "sheet_set": "folded", "pillow": "pillow", "throw_blanket": "folded", "cushion": "pillow",
    "bath_towel": "folded", "bath_mat": "rug", "shower_curtain": "curtain", "bathrobe": "coat", "side_table": "table",
    "bookshelf": "shelf", "armchair": "chair", "desk": "table", "office_chair": "chair", "table_lamp": "lamp",
    "floor_lamp": "lamp", "desk_lamp": "lamp", "pendant_light": "pendant", "vase": "vase", "wall_mirror": "mirror",
    "picture_frame": "frame", "rug": "rug", "candle": "candle", "t_shirt": "shirt", "shirt": "shirt", "sweater": "shirt",
    "hoodie": "coat", "jeans": "trousers", "trousers": "trousers", "shorts": "shorts", "joggers": "trousers",
    "skirt": "skirt", "rain_jacket": "coat", "coat": "coat", "down_jacket": "coat", "scarf": "scarf", "beanie": "cap",
    "socks": "sock", "belt": "ring", "sneakers": "shoe", "boots": "boot", "sandals": "sandal", "slippers": "sandal",
    "backpack": "backpack", "tote_bag": "tote", "wallet": "wallet", "suitcase": "suitcase", "yoga_mat": "roll",
    "dumbbells": "dumbbell", "resistance_band": "ring", "water_bottle": "bottle", "tent": "tent", "sleeping_bag": "roll",
    "headlamp": "torch", "camping_chair": "chair", "bike_helmet": "helmet", "bike_light": "torch",
    "headphones": "headphones", "earbuds": "earbuds", "speaker": "speaker", "keyboard": "keyboard", "mouse": "mouse",
    "laptop_stand": "stand", "phone_case": "phone", "charger": "plug", "power_bank": "battery", "face_cream": "jar",
    "serum": "dropper", "cleanser": "tube", "sunscreen": "tube", "shampoo": "pump", "body_lotion": "pump",
    "hair_brush": "whisk", "perfume": "perfume", "building_blocks": "blocks", "plush_toy": "bear", "puzzle": "puzzle",
    "board_game": "game", "baby_blanket": "folded", "night_light": "moon", "lunch_box": "lunch", "plant_pot": "planter",
    "watering_can": "can", "pruning_shears": "shears", "garden_gloves": "glove", "dog_bed": "bed", "dog_leash": "leash",
    "cat_tree": "tree", "pet_bowl": "dish",
}
# fmt: on
