"""A small deterministic product factory: the same number always gives the same product and vector."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from huichang.catalog.product import Merchant, PriceTier, Product
from huichang.selection.index import IndexedProduct

DIMENSION = 32

_KINDS: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("熊猫玩偶", "panda plush doll", "toys", ("玩具", "毛绒玩具", "熊猫公仔"), ("Toys", "Plush toys", "Pandas")),
    ("儿童积木", "kids building blocks", "toys", ("玩具", "益智玩具", "积木"), ("Toys", "Puzzles", "Blocks")),
    (
        "碎花连衣裙",
        "floral summer dress",
        "womenswear",
        ("女装", "裙装", "连衣裙"),
        ("Womenswear", "Skirts", "Dresses"),
    ),
    ("真丝衬衫", "silk blouse", "womenswear", ("女装", "上衣", "衬衫"), ("Womenswear", "Tops", "Blouses")),
    ("不锈钢保温杯", "stainless steel mug", "kitchen", ("餐厨", "杯壶", "保温杯"), ("Kitchen", "Cups", "Mugs")),
    (
        "蓝牙耳机",
        "bluetooth headphones",
        "electronics",
        ("数码", "音频", "耳机"),
        ("Electronics", "Audio", "Headphones"),
    ),
    ("USB数据线", "USB cable", "electronics", ("数码", "配件", "数据线"), ("Electronics", "Accessories", "Cables")),
    ("露营帐篷", "camping tent", "sports_outdoor", ("户外", "露营", "帐篷"), ("Outdoor", "Camping", "Tents")),
    ("宠物猫砂", "cat litter", "pet", ("宠物", "猫用品", "猫砂"), ("Pets", "Cats", "Litter")),
    ("龙井绿茶", "longjing green tea", "food", ("食品", "茶叶", "绿茶"), ("Food", "Tea", "Green tea")),
)
_COLOURS = (("红色", "red"), ("蓝色", "blue"), ("白色", "white"), ("黑色", "black"), ("粉色", "pink"))
_STYLES = (("可爱", "cute"), ("复古", "vintage"), ("简约", "minimalist"), ("国风", "chinese style"), ("运动", "sporty"))
_MATERIALS = (("纯棉", "cotton"), ("涤纶", "polyester"), ("不锈钢", "stainless steel"), ("竹纤维", "bamboo"))
_BRANDS = (None, "Mooncat", "Maple House", "青禾", "ACME")


def make_product(number: int, **changes: Any) -> Product:
    """Product `p<number>`; `changes` replace fields. Every fifth knows no stock, every third no rating."""
    rng = random.Random(number)
    zh_name, en_name, industry, zh_path, en_path = _KINDS[number % len(_KINDS)]
    colour, style, material = rng.choice(_COLOURS), rng.choice(_STYLES), rng.choice(_MATERIALS)
    price = Decimal(rng.randint(300, 30_000)) / 100
    language = "en" if number % 4 == 3 else "zh"
    words = {
        "zh": {
            "title": f"{style[0]}{colour[0]}{zh_name} {number}号",
            "category_path": zh_path,
            "attributes": {"颜色": colour[0], "材质": material[0]},
            "description": f"{material[0]}材质的{zh_name}，适合送礼。",
        },
        "en": {
            "title": f"{style[1].title()} {colour[1]} {en_name} no. {number}",
            "category_path": en_path,
            "attributes": {"colour": colour[1], "material": material[1]},
            "description": f"A {en_name} made of {material[1]}, for gifts.",
        },
    }
    other = "en" if language == "zh" else "zh"
    fields: dict[str, Any] = {
        "id": f"p{number:05d}",
        "catalogue": "sample" if number % 7 else "second",
        "language": language,
        **words[language],
        "localized": {other: words[other]},
        "industry": industry,
        "brand": rng.choice(_BRANDS),
        "currency": "CNY",
        "tiers": (PriceTier(min_quantity=1, price=price), PriceTier(min_quantity=100, price=price * Decimal("0.9"))),
        "list_price": price * 2 if number % 2 else None,
        "moq": rng.choice((1, 2, 5, 10)),
        "stock": None if number % 5 == 4 else rng.choice((0, 3, 50, 1000)),
        "sales_30d": rng.randint(0, 5000),
        "sales_growth_7d": round(rng.uniform(-0.5, 1.5), 3),
        "rating": None if number % 3 == 2 else round(rng.uniform(3.5, 5.0), 1),
        "review_count": rng.randint(0, 900),
        "repurchase_rate": round(rng.uniform(0, 0.6), 3),
        "return_rate": round(rng.uniform(0, 0.2), 3),
        "ship_within_hours": rng.choice((24, 48, 72, None)),
        "listed_days": rng.randint(0, 400),
        "merchant": Merchant(id=f"m{number % 9}", name=f"商家{number % 9}", years=number % 12, factory_verified=number % 2 == 0),
        "benefits": tuple(name for name in ("free_shipping", "dropshipping", "customizable") if rng.random() < 0.5),
    }
    return Product.model_validate(fields | changes)


def unit_vector(number: int, dimension: int = DIMENSION) -> tuple[float, ...]:
    """A unit vector of float32 values. Numbers that share a kind (number % 10) lie near each other."""
    kind = np.random.default_rng(number % len(_KINDS)).standard_normal(dimension)
    own = np.random.default_rng(1_000 + number).standard_normal(dimension)
    vector = kind + 0.6 * own
    return tuple(float(value) for value in (vector / np.linalg.norm(vector)).astype(np.float32))


def make_item(number: int, *, dimension: int = DIMENSION, **changes: Any) -> IndexedProduct:
    """`make_product(number)` with its vector."""
    return IndexedProduct(product=make_product(number, **changes), vector=unit_vector(number, dimension))


def make_items(numbers: Sequence[int] | range, *, dimension: int = DIMENSION) -> list[IndexedProduct]:
    """Many of them."""
    return [make_item(number, dimension=dimension) for number in numbers]
