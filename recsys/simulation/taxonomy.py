"""What the shop sells, without words: product types in departments, and the attributes each may have.

Words for the keys are in `vocabulary_en.py` and `vocabulary_zh.py`.
"""

from __future__ import annotations

from typing import NamedTuple

FACETS = ("colour", "material", "size", "style", "feature", "audience", "scent")
"""Attributes an item may have, besides its type and brand."""


class ProductType(NamedTuple):
    """A leaf of the category tree."""

    key: str
    department: str
    section: str
    price: float  # median, in currency units
    values: dict[str, tuple[str, ...]]  # facet -> values an item of this type may have
    complements: tuple[str, ...]  # types bought after it


# fmt: off
_PALETTES = {
    "home": ("white", "black", "grey", "beige", "green", "navy", "terracotta", "mustard"),
    "soft": ("white", "grey", "beige", "blush", "sage", "navy", "lavender", "charcoal"),
    "wood": ("natural", "walnut_brown", "black", "white"),
    "fashion": ("black", "white", "navy", "grey", "beige", "olive", "burgundy", "blue", "red", "brown"),
    "tech": ("black", "white", "silver", "blue", "graphite", "red"),
    "bright": ("red", "blue", "yellow", "green", "pink", "orange", "purple"),
    "metal": ("silver", "gold", "black", "copper"),
    "leather": ("black", "brown", "tan", "burgundy"),
}
_SIZES = {
    "sml": ("small", "medium", "large"),
    "apparel": ("xs", "s", "m", "l", "xl"),
    "bed": ("single", "double", "king"),
    "cup": ("ml_250", "ml_350", "ml_500"),
    "bottle": ("ml_500", "ml_750", "l_1"),
    "tube": ("ml_30", "ml_50", "ml_100"),
    "wash": ("ml_250", "ml_400", "ml_500"),
    "pan": ("cm_20", "cm_24", "cm_28"),
    "pieces": ("pcs_100", "pcs_500", "pcs_1000"),
    "weight": ("kg_2", "kg_5", "kg_10"),
    "power": ("w_20", "w_45", "w_65"),
    "capacity": ("mah_5000", "mah_10000", "mah_20000"),
}
_STYLES = {
    "home": ("modern", "rustic", "minimalist", "vintage", "nordic", "industrial", "bohemian"),
    "wear": ("classic", "casual", "elegant", "sporty", "vintage", "minimalist"),
    "tech": ("minimalist", "modern", "retro", "sporty"),
    "play": ("playful", "classic", "retro"),
}
_SCENTS = ("lavender_scent", "citrus", "vanilla", "sandalwood", "rose", "eucalyptus", "unscented")

# department, section -> styles, then: key, price, palette, materials, size, features, audience, scents, complements
_TABLE: dict[tuple[str, str, str], tuple[tuple[str, float, str, str, str, str, str, str, str], ...]] = {
    ("kitchen", "prep", "home"): (
        ("cutting_board", 28, "wood", "bamboo oak walnut acacia plastic", "sml", "non_slip reversible dishwasher_safe",
         "", "", "chef_knife"),
        ("chef_knife", 46, "metal", "steel ceramic", "sml", "ergonomic dishwasher_safe", "", "",
         "cutting_board knife_sharpener"),
        ("knife_sharpener", 22, "tech", "steel ceramic", "", "non_slip compact", "", "", "chef_knife"),
        ("mixing_bowl", 24, "home", "steel ceramic glass bamboo", "sml", "stackable non_slip dishwasher_safe", "", "",
         "whisk baking_dish"),
        ("whisk", 12, "home", "steel silicone", "sml", "heat_resistant dishwasher_safe", "", "", "mixing_bowl"),
        ("colander", 19, "home", "steel plastic silicone", "sml", "foldable dishwasher_safe", "", "", "saucepan"),
    ),
    ("kitchen", "cookware", "home"): (
        ("frying_pan", 42, "home", "steel cast_iron aluminium", "pan", "non_stick heat_resistant", "", "",
         "saucepan spatula"),
        ("saucepan", 48, "home", "steel copper_metal aluminium", "pan", "non_stick heat_resistant", "", "",
         "frying_pan colander"),
        ("baking_dish", 32, "home", "ceramic glass cast_iron", "sml", "heat_resistant dishwasher_safe", "", "",
         "mixing_bowl"),
        ("spatula", 11, "bright", "silicone bamboo steel", "", "heat_resistant dishwasher_safe", "", "", "frying_pan"),
    ),
    ("kitchen", "coffee_tea", "home"): (
        ("coffee_grinder", 58, "tech", "steel plastic", "", "adjustable compact rechargeable", "", "",
         "coffee_press mug"),
        ("coffee_press", 36, "home", "glass steel ceramic", "cup", "insulated dishwasher_safe", "", "",
         "coffee_grinder mug"),
        ("teapot", 34, "home", "ceramic glass cast_iron", "bottle", "heat_resistant insulated", "", "", "mug kettle"),
        ("kettle", 55, "tech", "steel glass", "bottle", "fast_boiling insulated", "", "", "teapot mug"),
        ("mug", 15, "home", "ceramic glass steel", "cup", "insulated dishwasher_safe stackable", "", "",
         "teapot coffee_press"),
    ),
    ("home", "bedding", "home"): (
        ("duvet_cover", 68, "soft", "cotton linen bamboo_fibre", "bed", "machine_washable hypoallergenic reversible",
         "", "", "pillow sheet_set"),
        ("sheet_set", 59, "soft", "cotton linen bamboo_fibre", "bed", "machine_washable breathable", "", "",
         "duvet_cover pillow"),
        ("pillow", 35, "soft", "memory_foam down cotton", "sml", "hypoallergenic cooling machine_washable", "", "",
         "duvet_cover"),
        ("throw_blanket", 44, "soft", "wool cotton fleece", "sml", "machine_washable reversible", "", "", "cushion"),
        ("cushion", 26, "home", "velvet linen cotton", "sml", "machine_washable reversible", "", "",
         "throw_blanket armchair"),
    ),
    ("home", "bath", "home"): (
        ("bath_towel", 24, "soft", "cotton bamboo_fibre linen", "sml", "quick_dry machine_washable", "", "",
         "bath_mat bathrobe"),
        ("bath_mat", 21, "soft", "cotton bamboo memory_foam", "sml", "non_slip quick_dry machine_washable", "", "",
         "bath_towel shower_curtain"),
        ("shower_curtain", 25, "soft", "polyester linen", "", "waterproof machine_washable", "", "", "bath_mat"),
        ("bathrobe", 62, "soft", "cotton fleece bamboo_fibre", "apparel", "quick_dry machine_washable",
         "women men unisex", "", "bath_towel"),
    ),
    ("home", "furniture", "home"): (
        ("side_table", 95, "wood", "oak walnut steel glass", "sml", "foldable compact", "", "", "table_lamp armchair"),
        ("bookshelf", 140, "wood", "oak walnut steel bamboo", "sml", "adjustable stackable", "", "", "desk"),
        ("armchair", 260, "home", "velvet linen leather", "", "adjustable ergonomic", "", "",
         "side_table floor_lamp cushion"),
        ("desk", 230, "wood", "oak walnut steel bamboo", "sml", "adjustable foldable", "", "",
         "office_chair desk_lamp"),
        ("office_chair", 190, "tech", "mesh leather polyester", "", "ergonomic adjustable", "", "", "desk"),
    ),
    ("home", "lighting", "home"): (
        ("table_lamp", 58, "metal", "brass ceramic steel oak", "sml", "dimmable wireless", "", "", "side_table"),
        ("floor_lamp", 110, "metal", "brass steel oak", "sml", "dimmable adjustable", "", "", "armchair"),
        ("desk_lamp", 45, "tech", "aluminium steel", "", "dimmable adjustable rechargeable", "", "", "desk"),
        ("pendant_light", 88, "metal", "brass glass rattan", "sml", "dimmable", "", "", "floor_lamp"),
    ),
    ("home", "decor", "home"): (
        ("vase", 33, "home", "ceramic glass brass", "sml", "handmade", "", "", "candle"),
        ("wall_mirror", 92, "metal", "brass oak rattan", "sml", "handmade", "", "", "vase"),
        ("picture_frame", 19, "wood", "oak walnut aluminium", "sml", "handmade", "", "", "wall_mirror"),
        ("rug", 130, "home", "wool jute cotton", "sml", "non_slip reversible machine_washable", "", "", "armchair"),
        ("candle", 18, "home", "soy_wax beeswax", "sml", "handmade vegan", "", "s", "vase"),
    ),
    ("clothing", "tops", "wear"): (
        ("t_shirt", 22, "fashion", "cotton linen bamboo_fibre", "apparel", "breathable organic", "women men kids", "",
         "jeans shorts"),
        ("shirt", 45, "fashion", "cotton linen denim", "apparel", "breathable wrinkle_free", "women men", "",
         "trousers"),
        ("sweater", 64, "fashion", "wool cashmere cotton", "apparel", "machine_washable organic", "women men kids", "",
         "scarf coat"),
        ("hoodie", 48, "fashion", "cotton fleece", "apparel", "organic breathable", "women men kids", "", "joggers"),
    ),
    ("clothing", "bottoms", "wear"): (
        ("jeans", 69, "fashion", "denim", "apparel", "stretch organic", "women men kids", "", "t_shirt belt"),
        ("trousers", 62, "fashion", "cotton linen wool", "apparel", "wrinkle_free stretch", "women men", "",
         "shirt belt"),
        ("shorts", 34, "fashion", "cotton linen denim", "apparel", "quick_dry stretch", "women men kids", "",
         "t_shirt"),
        ("joggers", 42, "fashion", "cotton fleece", "apparel", "stretch breathable", "women men kids", "",
         "hoodie sneakers"),
        ("skirt", 46, "fashion", "cotton linen denim", "apparel", "stretch wrinkle_free", "women kids", "", "sandals"),
    ),
    ("clothing", "outerwear", "wear"): (
        ("rain_jacket", 98, "fashion", "nylon polyester", "apparel", "waterproof lightweight breathable",
         "women men kids", "", "boots"),
        ("coat", 160, "fashion", "wool cashmere", "apparel", "insulated", "women men", "", "scarf beanie"),
        ("down_jacket", 145, "fashion", "down nylon", "apparel", "insulated lightweight waterproof", "women men kids",
         "", "beanie"),
    ),
    ("clothing", "accessories", "wear"): (
        ("scarf", 32, "fashion", "wool cashmere silk cotton", "", "handmade", "women men unisex", "", "coat beanie"),
        ("beanie", 20, "fashion", "wool cashmere cotton", "", "handmade", "women men kids", "", "scarf"),
        ("socks", 12, "fashion", "cotton wool bamboo_fibre", "apparel", "breathable organic", "women men kids", "",
         "sneakers"),
        ("belt", 29, "leather", "leather canvas", "sml", "adjustable handmade", "women men", "", "jeans trousers"),
    ),
    ("shoes_bags", "shoes", "wear"): (
        ("sneakers", 82, "fashion", "leather canvas mesh", "", "lightweight breathable vegan", "women men kids", "",
         "socks joggers"),
        ("boots", 128, "leather", "leather suede rubber", "", "waterproof insulated", "women men kids", "", "socks"),
        ("sandals", 48, "leather", "leather cork rubber", "", "lightweight vegan", "women men kids", "",
         "skirt shorts"),
        ("slippers", 27, "fashion", "wool felt suede", "", "non_slip machine_washable", "women men kids", "",
         "bathrobe"),
    ),
    ("shoes_bags", "bags", "wear"): (
        ("backpack", 74, "fashion", "canvas nylon leather", "sml", "waterproof lightweight", "women men unisex", "",
         "water_bottle"),
        ("tote_bag", 38, "fashion", "canvas leather jute", "sml", "foldable organic", "women unisex", "", "wallet"),
        ("wallet", 36, "leather", "leather canvas", "", "compact handmade", "women men", "", "tote_bag"),
        ("suitcase", 135, "tech", "polycarbonate aluminium nylon", "sml", "lightweight", "unisex", "", "backpack"),
    ),
    ("sports", "fitness", "play"): (
        ("yoga_mat", 36, "bright", "cork rubber jute", "sml", "non_slip foldable", "", "",
         "resistance_band water_bottle"),
        ("dumbbells", 49, "tech", "cast_iron rubber steel", "weight", "non_slip adjustable", "", "", "yoga_mat"),
        ("resistance_band", 17, "bright", "rubber cotton", "sml", "foldable lightweight", "", "", "yoga_mat"),
        ("water_bottle", 25, "bright", "steel glass plastic", "bottle", "insulated leakproof", "", "", "backpack"),
    ),
    ("sports", "camping", "play"): (
        ("tent", 180, "bright", "nylon polyester canvas", "sml", "waterproof lightweight", "", "",
         "sleeping_bag camping_chair"),
        ("sleeping_bag", 85, "bright", "down polyester cotton", "", "insulated lightweight", "men women kids", "",
         "tent headlamp"),
        ("headlamp", 29, "tech", "aluminium plastic", "", "rechargeable waterproof", "", "", "sleeping_bag"),
        ("camping_chair", 42, "bright", "aluminium canvas bamboo", "", "foldable lightweight", "", "", "tent"),
    ),
    ("sports", "cycling", "play"): (
        ("bike_helmet", 62, "bright", "polycarbonate carbon", "sml", "lightweight adjustable", "women men kids", "",
         "bike_light"),
        ("bike_light", 27, "tech", "aluminium plastic", "", "rechargeable waterproof", "", "", "bike_helmet"),
    ),
    ("electronics", "audio", "tech"): (
        ("headphones", 120, "tech", "aluminium leather plastic", "", "wireless noise_cancelling foldable", "", "",
         "charger"),
        ("earbuds", 75, "tech", "plastic silicone", "", "wireless noise_cancelling waterproof", "", "", "power_bank"),
        ("speaker", 89, "tech", "aluminium plastic oak", "sml", "wireless waterproof", "", "", "headphones"),
    ),
    ("electronics", "computing", "tech"): (
        ("keyboard", 78, "tech", "aluminium plastic", "", "wireless ergonomic rechargeable", "", "", "mouse"),
        ("mouse", 39, "tech", "plastic aluminium", "", "wireless ergonomic rechargeable", "", "",
         "keyboard laptop_stand"),
        ("laptop_stand", 35, "tech", "aluminium oak bamboo", "", "foldable adjustable", "", "", "keyboard"),
    ),
    ("electronics", "mobile", "tech"): (
        ("phone_case", 21, "tech", "silicone leather polycarbonate", "", "waterproof compact", "", "", "charger"),
        ("charger", 28, "tech", "plastic aluminium", "power", "fast_charging foldable compact", "", "",
         "phone_case power_bank"),
        ("power_bank", 39, "tech", "aluminium plastic", "capacity", "fast_charging wireless compact", "", "",
         "charger"),
    ),
    ("beauty", "skin_care", "wear"): (
        ("face_cream", 29, "", "", "tube", "vegan fragrance_free hypoallergenic", "women men", "s", "serum cleanser"),
        ("serum", 34, "", "", "tube", "vegan fragrance_free organic", "", "s", "face_cream"),
        ("cleanser", 18, "", "", "wash", "vegan fragrance_free hypoallergenic", "women men", "s", "face_cream"),
        ("sunscreen", 22, "", "", "tube", "waterproof vegan fragrance_free", "women men kids", "", "face_cream"),
    ),
    ("beauty", "hair_body", "wear"): (
        ("shampoo", 15, "", "", "wash", "vegan organic hypoallergenic", "women men kids", "s",
         "hair_brush body_lotion"),
        ("body_lotion", 19, "", "", "wash", "vegan organic hypoallergenic", "women men", "s", "shampoo"),
        ("hair_brush", 20, "wood", "bamboo plastic beech", "sml", "handmade vegan", "", "", "shampoo"),
        ("perfume", 72, "", "", "tube", "vegan", "women men unisex", "s", "body_lotion"),
    ),
    ("kids", "toys", "play"): (
        ("building_blocks", 33, "bright", "beech plastic", "pieces", "handmade organic", "", "", "puzzle"),
        ("plush_toy", 21, "bright", "cotton fleece", "sml", "machine_washable organic hypoallergenic", "", "",
         "baby_blanket"),
        ("puzzle", 19, "bright", "beech cardboard", "pieces", "handmade", "", "", "board_game"),
        ("board_game", 34, "bright", "cardboard beech", "", "compact", "", "", "puzzle"),
    ),
    ("kids", "nursery", "play"): (
        ("baby_blanket", 31, "soft", "cotton wool bamboo_fibre", "sml", "organic machine_washable", "", "",
         "plush_toy night_light"),
        ("night_light", 24, "soft", "silicone beech plastic", "", "dimmable rechargeable", "", "", "baby_blanket"),
        ("lunch_box", 18, "bright", "steel bamboo plastic", "sml", "leakproof dishwasher_safe", "", "", "water_bottle"),
    ),
    ("garden_pets", "garden", "home"): (
        ("plant_pot", 22, "home", "ceramic terracotta_clay rattan", "sml", "self_watering handmade", "", "",
         "watering_can"),
        ("watering_can", 26, "metal", "steel brass plastic", "sml", "lightweight", "", "", "plant_pot pruning_shears"),
        ("pruning_shears", 24, "bright", "steel carbon", "", "ergonomic", "", "", "garden_gloves"),
        ("garden_gloves", 14, "bright", "leather cotton rubber", "sml", "breathable waterproof", "", "",
         "pruning_shears"),
    ),
    ("garden_pets", "pets", "play"): (
        ("dog_bed", 56, "soft", "memory_foam cotton fleece", "sml", "machine_washable waterproof", "", "",
         "dog_leash pet_bowl"),
        ("dog_leash", 19, "bright", "leather nylon cotton", "sml", "adjustable handmade", "", "", "dog_bed"),
        ("cat_tree", 84, "soft", "jute oak felt", "sml", "compact", "", "", "pet_bowl"),
        ("pet_bowl", 16, "home", "steel ceramic bamboo", "sml", "non_slip dishwasher_safe", "", "", "dog_bed cat_tree"),
    ),
}
# fmt: on


def _values(
    palette: str, materials: str, size: str, features: str, audience: str, scents: str, styles: str
) -> dict[str, tuple[str, ...]]:
    found = {
        "colour": _PALETTES.get(palette, ()),
        "material": tuple(materials.split()),
        "size": _SIZES.get(size, ()),
        "style": _STYLES[styles] if palette else (),
        "feature": tuple(features.split()),
        "audience": tuple(audience.split()),
        "scent": _SCENTS if scents else (),
    }
    return {facet: values for facet, values in found.items() if values}


TYPES: tuple[ProductType, ...] = tuple(
    ProductType(
        key,
        department,
        section,
        price,
        _values(palette, materials, size, features, audience, scents, styles),
        tuple(complements.split()),
    )
    for (department, section, styles), rows in _TABLE.items()
    for key, price, palette, materials, size, features, audience, scents, complements in rows
)

DEPARTMENTS: tuple[str, ...] = tuple(dict.fromkeys(kind.department for kind in TYPES))
SECTIONS: tuple[str, ...] = tuple(dict.fromkeys(kind.section for kind in TYPES))
TYPE_CODE: dict[str, int] = {kind.key: code for code, kind in enumerate(TYPES)}
VALUES: dict[str, tuple[str, ...]] = {
    facet: tuple(dict.fromkeys(value for kind in TYPES for value in kind.values.get(facet, ()))) for facet in FACETS
}
"""Facet -> all its values; an item's code is a place in this, or -1."""
