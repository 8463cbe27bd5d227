"""From the authored tables to product records: seeded, so that the same seed gives the same bytes on every machine."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from decimal import ROUND_UP, Decimal
from typing import Any

from huichang.pictures import drawing_url
from infra.sample.tables import INDUSTRIES, Industry, Line, Pair, industry
from infra.sample.words import BENEFITS, BODIES, COLOURS, CUSTOM, ORIGINS, REVIEWS, SOFT

SEED = 20260918
Record = dict[str, Any]


def products(seed: int = SEED) -> Iterator[Record]:
    """Every product of the sample catalogue, industry by industry, in the import format of README.md."""
    titles: set[str] = set()
    merchant_number = 0
    for code in INDUSTRIES:
        table = industry(code)
        merchants = [_merchant(seed, merchant_number + index, name) for index, name in enumerate(table.merchants)]
        merchant_number += len(merchants)
        number = 0
        for line in table.lines:
            for _ in range(line.count):
                number += 1
                identity = f"{code}-{number:04d}"
                # Its own stream per product: editing one line of a table leaves every other product as it was.
                rng = random.Random(f"{seed}/{code}/{line.path[2].zh}/{number}")
                yield _product(rng, identity, table, line, merchants, titles)


def _merchant(seed: int, number: int, name: Pair) -> Record:
    rng = random.Random(f"{seed}/merchant/{name.zh}")
    return {
        "id": f"m{number + 1:03d}",
        "name": name.zh,
        "years": round(min(18.0, 0.5 + rng.gammavariate(2.2, 2.6)), 1),
        "factory_verified": "厂" in name.zh or rng.random() < 0.35,
        "localized_name": {"en": name.en},
    }


def _product(rng: random.Random, identity: str, table: Industry, line: Line, merchants: list[Record], titles: set[str]) -> Record:
    merchant = rng.choice(merchants)
    colours = rng.choice(line.colours)
    for attempt in range(60):
        noun, style, use = rng.choice(line.nouns), rng.choice(line.styles), rng.choice(line.uses)
        feat, size, material = rng.choice(line.feats), rng.choice(line.sizes), rng.choice(line.materials)
        colour = _colour(colours)
        title, title_en = _titles(rng, noun, style, use, feat, size, colour, with_colour=attempt > 20)
        if title not in titles and title_en not in titles:
            break
    else:
        title, title_en = f"{title} {identity[-4:]}款", f"{title_en}, style {identity[-4:]}"
    titles |= {title, title_en}
    attributes, attributes_en = _attributes(rng, line, material, style, size, use, colour)
    price, tiers, moq = _prices(rng, line, size)
    benefits = _benefits(rng, table, price)
    numbers = _numbers(rng, table, line, price)
    described = {"noun": noun, "style": style, "use": use, "material": material, "feat": feat}
    detail = {**line.detail, **style.detail}
    brand = rng.choice(table.brands) if rng.random() < 0.62 else None
    start = rng.randrange(3)
    return {
        "id": identity,
        "catalogue": "sample",
        "language": "zh",
        "title": title,
        "category_path": [step.zh for step in line.path],
        "industry": table.code,
        "brand": brand,
        "attributes": attributes,
        "description": _description(rng, "zh", described, benefits, moq),
        "reviews": _reviews(rng, table.code),
        "localized": {
            "en": {
                "title": title_en,
                "category_path": [step.en for step in line.path],
                "attributes": attributes_en,
                "description": _description(rng, "en", described, benefits, moq),
            }
        },
        "currency": "CNY",
        "tiers": tiers,
        "list_price": _list_price(rng, price),
        "moq": moq,
        **numbers,
        "merchant": merchant,
        "benefits": benefits,
        "enrolled": rng.random() < 0.95,
        "enrolments": _enrolments(random.Random(f"{identity}/promotions"), price, benefits),
        "pictures": [drawing_url(line.kind, colours, (start + turn) % 3, detail=detail) for turn in range(3)],
    }


def _enrolments(rng: random.Random, price: Decimal, benefits: list[str]) -> list[Record]:
    """What its merchant enrolled it for by name. A stream of its own: a promotion more leaves the product as it was."""
    enrolments: list[Record] = []
    if rng.random() < 0.45:
        off = Decimal(rng.choice(("0.95", "0.9", "0.85", "0.8")))
        cheaper = (price * off).quantize(Decimal("0.1"), ROUND_UP)
        more = rng.choice((["free_shipping"], ["coupon_300_30"], []))
        enrolments.append({"promotion": "2026-1212", "price": str(min(price, cheaper)), "benefits": [*dict.fromkeys([*benefits, *more])]})
    if rng.random() < 0.2:
        enrolments.append({"promotion": "2027-spring"})
    return enrolments


def _colour(colours: tuple[str, ...]) -> Pair:
    names = [COLOURS[colour] for colour in colours]
    if len(names) == 1:
        return names[0]
    zh = "".join(name.zh.removesuffix("色") for name in names) + ("色" if len(names) > 2 else "")
    return Pair(zh, " and ".join(filter(None, (", ".join(name.en for name in names[:-1]), names[-1].en))))


def _titles(
    rng: random.Random, noun: Pair, style: Pair, use: Pair, feat: Pair, size: Pair, colour: Pair, *, with_colour: bool
) -> tuple[str, str]:
    """The same product named as a wholesaler would write it, zh and en."""
    if style.zh.startswith(feat.zh) or feat.en in style.en or feat.zh in noun.zh:
        feat = Pair("", "")
    with_colour = with_colour or rng.random() < 0.3
    hue, hue_en = (colour.zh, colour.en) if with_colour else ("", "")
    size_zh = "" if size.zh in ("均码", "标准", "标准款") and rng.random() < 0.7 else size.zh
    pattern = rng.randrange(4)
    if pattern == 0:
        parts = [noun.zh, hue + style.zh, use.zh, size_zh]
    elif pattern == 1:
        parts = [feat.zh + noun.zh, hue + style.zh, size_zh, "批发"]
    elif pattern == 2:
        parts = [hue + style.zh.removesuffix("款") + noun.zh, feat.zh, use.zh, size_zh]
    else:
        parts = [feat.zh + style.zh.removesuffix("款") + noun.zh, hue + use.zh, size_zh]
    title = " ".join(part for part in parts if part)
    purpose = "" if style.en.startswith("for ") else use.en
    lead = " ".join(word for word in (feat.en if pattern != 0 else "", hue_en, noun.en) if word)
    purpose = purpose if pattern != 1 else ""
    if style.en.startswith(("with ", "in ", "for ", "hugging ", "as ", "on ", "safe ", "ready ", "map ")):
        title_en = f"{lead} {style.en}" + (f", {purpose}" if purpose else "")
    else:
        title_en = f"{lead}, {style.en}" + (f", {purpose}" if purpose else "")
    if size_zh:
        title_en += f", {size.en}"
    return title, title_en[0].upper() + title_en[1:]


def _attributes(
    rng: random.Random, line: Line, material: Pair, style: Pair, size: Pair, use: Pair, colour: Pair
) -> tuple[dict[str, str], dict[str, str]]:
    found: list[tuple[Pair, Pair]] = [
        (Pair("材质", "Material"), material),
        (Pair("颜色", "Colour"), colour),
        (Pair("规格", "Size"), size),
        (Pair("款式", "Style"), Pair(style.zh.removesuffix("款"), style.en)),
        (Pair("用途", "Use"), Pair(use.zh, use.en)),
    ]
    found += [(name, rng.choice(values)) for name, values in line.attributes]
    if rng.random() < 0.6:
        found.append((Pair("产地", "Origin"), rng.choice(ORIGINS)))
    return {name.zh: value.zh for name, value in found}, {name.en: value.en for name, value in found}


def _prices(rng: random.Random, line: Line, size: Pair) -> tuple[Decimal, list[Record], int]:
    low, high = line.price
    raw = low * (high / low) ** rng.betavariate(1.5, 2.3) * size.factor
    price = _charm(rng, raw)
    moq = rng.choice(_MOQ[0 if price < 5 else 1 if price < 20 else 2 if price < 100 else 3])
    tiers = [(moq, price)]
    for times, off in (
        (rng.choice((8, 10, 12)), rng.uniform(0.03, 0.07)),
        (rng.choice((40, 50, 60)), rng.uniform(0.09, 0.16)),
    ):
        lower = (price * Decimal(str(round(1 - off, 3)))).quantize(Decimal("0.01"))
        if lower < tiers[-1][1]:
            tiers.append((_round_quantity(moq * times), lower))
    if rng.random() < 0.25:
        tiers = tiers[:2]
    return price, [{"min_quantity": quantity, "price": f"{value:.2f}"} for quantity, value in tiers], moq


_MOQ = ((10, 20, 20, 50, 100), (2, 3, 5, 5, 10), (1, 2, 2, 3, 5), (1, 1, 1, 2))


def _charm(rng: random.Random, raw: float) -> Decimal:
    """A price as sellers write it: 3.80, 12.90, 59.00."""
    if raw < 3:
        return Decimal(f"{max(0.5, round(raw, 1)):.2f}")
    whole = Decimal(int(raw))
    if raw >= 150:
        return (whole / 10).to_integral_value() * 10 - Decimal(rng.choice(("1", "2", "5")))
    return whole + Decimal(rng.choice(("0", "0.5", "0.8", "0.9", "0.9", "0.6")))


def _round_quantity(quantity: int) -> int:
    step = 5 if quantity < 50 else 10 if quantity < 200 else 100
    return max(step, round(quantity / step) * step)


def _list_price(rng: random.Random, price: Decimal) -> str | None:
    if rng.random() > 0.45:
        return None
    return f"{math.ceil(float(price) * rng.uniform(1.15, 1.7))}.00"


def _benefits(rng: random.Random, table: Industry, price: Decimal) -> list[str]:
    chances = {**BENEFITS, "free_shipping": table.free_shipping}
    if table.code == "womenswear":
        chances["free_shipping"] = 0.82 if price < 40 else 0.5
    if table.code in ("furniture",):
        chances["free_shipping"] = 0.25
    return [code for code, chance in chances.items() if rng.random() < chance]


def _numbers(rng: random.Random, table: Industry, line: Line, price: Decimal) -> Record:
    """What the market says of it: long-tailed sales, young products with few reviews, ratings between 4.2 and 5."""
    listed = rng.randrange(2, 30) if rng.random() < 0.13 else int(min(2200, 30 + rng.lognormvariate(5.1, 0.9)))
    appeal = rng.paretovariate(0.85)
    sales = int(min(68_000, appeal * 26 * (60 / (float(price) + 12)) ** 0.6 * min(1.0, 0.25 + listed / 60)))
    if rng.random() < 0.03:
        sales = 0
    reviews = int(min(30_000, sales * rng.uniform(0.03, 0.22) * min(12.0, max(0.3, listed / 30))))
    growth = rng.gauss(0.06 if listed > 30 else 0.35, 0.24) + (0.12 if line.kind == "panda-plush" else 0)
    return {
        "stock": int(rng.lognormvariate(6.6, 1.2)) if rng.random() > 0.02 else 0,
        "sales_30d": sales,
        "sales_growth_7d": round(max(-0.7, min(3.0, growth)), 3),
        "rating": round(min(5.0, max(4.2, rng.gauss(4.72, 0.17))), 1) if reviews else None,
        "review_count": reviews,
        "repurchase_rate": round(min(0.62, max(0.01, rng.betavariate(2.2, 7))), 3),
        "return_rate": round(min(0.25, max(0.001, rng.gammavariate(2.0, table.return_rate / 2))), 3),
        "ship_within_hours": rng.choices((24, 48, 72, 168), weights=(30, 44, 18, 8))[0],
        "listed_days": listed,
    }


def _description(rng: random.Random, language: str, words: dict[str, Pair], benefits: list[str], moq: int) -> str:
    values = {name: getattr(value, language) for name, value in words.items()}
    values["style"] = values["style"].removesuffix("款")
    custom = CUSTOM[language] if "customizable" in benefits else ""
    text = (rng.choice(BODIES[language]) + custom).format(**values, moq=moq).strip()
    return text[0].upper() + text[1:]


def _reviews(rng: random.Random, code: str) -> list[str]:
    pool = REVIEWS["soft"] if code in SOFT else REVIEWS.get(code, REVIEWS["hard"])
    count = rng.choices((0, 1, 2, 3), weights=(22, 28, 30, 20))[0]
    return rng.sample(pool, count)
