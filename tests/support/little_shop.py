"""A small catalogue with the traps of a large one: pandas among other plush toys, spare parts, two languages."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from huichang.catalog.product import Product
from tests.support.fakes import a_product


class Industry(NamedTuple):
    code: str
    zh: str
    en: str
    words: tuple[str, ...]
    names: tuple[str, ...] = ()


@cache
def industries() -> tuple[Industry, ...]:
    import huichang.catalog

    text = (Path(huichang.catalog.__path__[0]) / "industries.yaml").read_text(encoding="utf-8")
    return tuple(Industry(entry["code"], entry["zh"], entry["en"], tuple(entry["words"])) for entry in yaml.safe_load(text))


# (how many, id, zh title, en title, zh path, en path, industry, price from, step)
_ROWS: tuple[tuple[int, str, str, str, tuple[str, ...], tuple[str, ...], str, int, int], ...] = (
    (14, "panda-doll", "大熊猫毛绒玩偶 {zh}", "Giant panda plush doll, {en}", ("玩具", "毛绒玩偶"), ("Toys", "Plush dolls"), "toys", 15, 3),
    (8, "panda-soft", "国宝熊猫公仔抱枕 {zh}", "Panda soft toy cushion, {en}", ("玩具", "毛绒玩偶"), ("Toys", "Plush dolls"), "toys", 20, 4),
    (5, "panda-key", "熊猫钥匙扣挂件 {zh}", "Panda keyring, {en}", ("玩具", "挂件"), ("Toys", "Keyrings"), "toys", 3, 1),
    (40, "bear", "泰迪熊毛绒玩偶 {zh}", "Teddy bear plush doll, {en}", ("玩具", "毛绒玩偶"), ("Toys", "Plush dolls"), "toys", 10, 1),
    (30, "blocks", "益智积木拼插玩具 {zh}", "Building blocks, {en}", ("玩具", "积木"), ("Toys", "Building blocks"), "toys", 9, 2),
    (36, "dress", "法式碎花连衣裙 {zh}", "Floral dress, {en}", ("女装", "连衣裙"), ("Womenswear", "Dresses"), "womenswear", 20, 5),
    (24, "skirt", "高腰半身裙 {zh}", "High-waist skirt, {en}", ("女装", "半身裙"), ("Womenswear", "Skirts"), "womenswear", 18, 4),
    (30, "part", "汽车零件配件 {zh}", "Car spare parts, {en}", ("五金汽配", "汽车零件"), ("Tools", "Car parts"), "tools", 12, 2),
    (12, "lamp", "学习台灯 {zh}", "Desk lamp, {en}", ("家具家居", "台灯"), ("Furniture", "Lamps"), "furniture", 25, 3),
    (12, "box", "桌面收纳盒 {zh}", "Storage box, {en}", ("家具家居", "收纳"), ("Furniture", "Storage"), "furniture", 8, 1),
    (12, "mooncake", "广式月饼礼盒 {zh}", "Cantonese mooncake gift box, {en}", ("食品茶饮", "月饼"), ("Food", "Mooncakes"), "food", 40, 6),
)  # fmt: skip
_COLOURS = (("白色", "white"), ("黑色", "black"), ("粉色", "pink"), ("蓝色", "blue"))
_STYLES = (
    ("云朵款", "cloud"), ("星空款", "starry"), ("田园款", "meadow"), ("复古款", "vintage"), ("森林款", "forest"), ("都市款", "urban"),
    ("海岛款", "island"), ("雪山款", "alpine"), ("樱花款", "sakura"), ("晚霞款", "sunset"), ("银河款", "galaxy"), ("竹林款", "bamboo"),
)  # fmt: skip


def shop() -> list[Product]:
    """About 220 products in two languages, 6 industries."""
    products = []
    for count, prefix, zh, en, path, en_path, industry, price, step in _ROWS:
        for number in range(count):
            colour, style = _COLOURS[number % 4], _STYLES[(number // 4) % 12]
            words = {"zh": f"{style[0]}{colour[0]} {30 + number}号", "en": f"{style[1]} {colour[1]} no. {30 + number}"}
            free = number % 2 == 0
            products.append(
                a_product(
                    f"{prefix}-{number:02d}",
                    zh.format(zh=words["zh"]),
                    category_path=path,
                    industry=industry,
                    attributes={"颜色": colour[0], "货号": f"{prefix}{number}"},
                    localized={
                        "en": {
                            "title": en.format(en=words["en"]),
                            "category_path": en_path,
                            "attributes": {"Colour": colour[1], "Item no.": f"{prefix}{number}"},
                        }
                    },
                    price=price + step * number,
                    benefits=("free_shipping",) if free else (),
                    rating=None if number % 5 == 0 else 4.0 + (number % 10) / 10,
                    merchant=f"m-{prefix}-{number % 9}",
                )
            )
    return products
