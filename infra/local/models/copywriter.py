"""write_copy: short copy made of the facts handed in, and of nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from infra.local.models.embeddings import Embedder

_CURRENCY = {"CNY": "¥", "INR": "₹", "USD": "$", "EUR": "€", "GBP": "£"}
_ZH_BENEFIT = {
    "free_shipping": "包邮",
    "dropshipping": "一件代发",
    "sample_available": "支持拿样",
    "customizable": "可定制",
    "seven_day_return": "七天无理由退货",
    "cross_border": "跨境货源",
}
_EN_BENEFIT = {
    "free_shipping": "free shipping",
    "dropshipping": "dropshipping",
    "sample_available": "samples on request",
    "customizable": "custom orders",
    "seven_day_return": "seven-day returns",
    "cross_border": "cross-border supply",
}
TITLES = {
    "zh": ("{t}上新季", "{t}集结号", "{t}好货节", "把{t}带回家", "{t}焕新季", "{t}挑货日", "{t}"),
    "en": ("{t} Season", "Fresh {t} Finds", "{t} Edit", "Meet the {t}", "{t} Picks", "{t} Market", "{t}"),
}
SUBTITLES = {
    "zh": (
        "{n}款现货，{p}起{b}",
        "精选{n}款，低至{p}{b}",
        "{n}款好货任你挑{b}",
        "一站配齐{n}款{b}",
        "用心挑选，轻松备货",
    ),
    "en": (
        "{n} picks from {p}{b}",
        "{n} styles to stock, from {p}{b}",
        "{n} products in one place{b}",
        "Chosen to restock in one go{b}",
        "Picked for your shelves",
    ),
}
FLOORS = {
    "zh": ("这一层的好货，细细看", "{n}款可选，{p}起", "人气之选，按需补货", "看看有没有你要的", "{n}款在售"),
    "en": (
        "{n} to choose from, from {p}",
        "Worth a closer look",
        "Popular with shops like yours",
        "{n} in this aisle",
        "See what fits your shelf",
    ),
}
SHARE = {
    "zh": ("{t}：{n}款好货，{p}起，来看看", "我在看{t}，{n}款可选", "{t}，挑几款带走"),
    "en": ("{t}: {n} picks from {p}. Have a look", "Looking at {t}: {n} to choose from", "{t}, worth a look"),
}
SLOGANS = {
    "zh": ("{s}", "货真价实，轻松备货", "好货到店，生意在手"),
    "en": ("{s}", "Good goods, easy restocking", "Stock what sells"),
}


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """CopyAnswer."""
    facts = data["facts"]
    language = "zh" if facts.get("language") == "zh" else "en"
    complaints = data.get("constraints", [])
    codes = {str(entry.get("code")) for entry in complaints}
    rejected = {str(text).strip() for entry in complaints for text in (entry.get("rejected_text") or {}).values()}
    seed = int(hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:8], 16)
    texts = [
        {"slot": slot["name"], "text": _write(slot, facts, language, seed + len(complaints), codes, rejected)} for slot in data["slots"]
    ]
    return {"texts": texts}


def _write(slot: dict[str, Any], facts: dict[str, Any], language: str, seed: int, codes: set[str], rejected: set[str]) -> str:
    limit = int(slot["max_chars"])
    patterns = list(_patterns(slot, facts, language))
    start = seed % len(patterns)
    ordered = patterns[start:] + patterns[:start]
    written = [text for text in (_fill(pattern, facts, language) for pattern in ordered) if text]
    if "wrong_facts" in codes:
        written = [text for text in written if not re.search(r"\d", text)] + written
    if "too_long" in codes:
        written.sort(key=len)
    if "off_topic" in codes:
        written.sort(key=lambda text: str(facts.get("theme_name", "")) not in text)
    for text in written:
        if len(text) <= limit and text not in rejected:
            return text
    name = str(facts.get("floor_title") or facts.get("theme_name") or "")
    for text in (name, name[: limit - 1], name[: limit // 2]):
        cut = text[:limit].rstrip(" ,，、-")
        if cut and cut not in rejected:
            return cut
    return name[:limit]


def _patterns(slot: dict[str, Any], facts: dict[str, Any], language: str) -> tuple[str, ...]:
    name = str(slot["name"])
    if facts.get("floor_title"):
        return ("{f}",) if name == "title" else FLOORS[language]
    if name in ("share", "share_text", "text"):
        return SHARE[language]
    return {"title": TITLES, "subtitle": SUBTITLES, "slogan": SLOGANS}.get(name, SUBTITLES)[language]


def _fill(pattern: str, facts: dict[str, Any], language: str) -> str:
    price = facts.get("price_min")
    currency = _CURRENCY.get(str(facts.get("currency")), f"{facts.get('currency')} ")
    count = facts.get("product_count")
    if ("{p}" in pattern and price is None) or ("{n}" in pattern and not count):
        return ""
    names = _ZH_BENEFIT if language == "zh" else _EN_BENEFIT
    # Only what holds for every product may be said of all of them.
    held = [names[entry["code"]] for entry in facts.get("benefits", []) if entry["share"] >= 1 and entry["code"] in names]
    benefit = (f"，{held[0]}" if language == "zh" else f", {held[0]}") if held else ""
    slogan = str(facts.get("slogan") or "")
    if "{s}" in pattern and not slogan:
        return ""
    return pattern.format(
        t=facts.get("theme_name", ""),
        n=count,
        p=f"{currency}{_plain(price)}",
        b=benefit,
        s=slogan,
        f=facts.get("floor_title", ""),
    ).strip()


def _plain(price: Any) -> str:
    text = str(price)
    return text.rstrip("0").rstrip(".") if "." in text and not float(text) % 1 else text
