"""What a brief's conditions and its occasion put into a name: 低价包邮女装, "Premium Handbags", 国庆帐篷, "Dresses Under $20".

Only what a buyer cares for; a minimum order is no banner. Whether the goods keep it is checked after they are chosen, for every
model's names alike (huichang/themes/promises.py), so that a name may say it here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from infra.local.models.grammar import Limit, limits
from infra.local.models.words import HAN, contains, find

MAX_ZH, MAX_EN, MAX_EN_CHARS = 12, 5, 40
_WORDS = {
    ("price", "<="): ("低价", "Low-Price"),
    ("price", ">="): ("高端", "Premium"),
    ("sales_30d", ">="): ("热卖", "Best-Selling"),
    ("rating", ">="): ("好评", "Top-Rated"),
    ("listed_days", "<="): ("新品", "New"),
    ("free_shipping", "="): ("包邮", "Free-Shipping"),
    ("customizable", "="): ("可定制", "Customisable"),
    ("discount_rate", ">="): ("大折扣", "Big-Discount"),
}
# Said as the operator said it, where that is how a banner says it too.
_AS_SAID_ZH = re.compile(r"低价|平价|实惠|特价|高端|高档|轻奢|奢华|爆款|热销|热卖|畅销|好评|高分|新品|新款|半价|[\d一二三四五六七八九]折")
_AS_SAID_EN = {
    "luxury": "Luxury",
    "luxurious": "Luxury",
    "high-end": "High-End",
    "high end": "High-End",
    "budget": "Budget",
    "affordable": "Affordable",
    "cheap": "Budget",
    "cheaper": "Budget",
    "cheapest": "Budget",
    "inexpensive": "Budget",
    "half price": "Half-Price",
    "half-price": "Half-Price",
}
_CAP_EN = re.compile(r"((?:[$€£¥₹]|(?:rs\.?|usd|inr|rmb)\s)?\s*\d[\d,.]*)", re.IGNORECASE)
_EN_ORDER = ("New", "Best-Selling", "Top-Rated")


@dataclass(frozen=True)
class Qualities:
    """Words that stand before the goods, best known first, and what an English name says behind them ("Under $20")."""

    zh: bool
    before: tuple[str, ...] = ()
    behind: str = ""
    season: str = ""

    def __bool__(self) -> bool:
        return bool(self.before or self.behind or self.season)

    def names(self, name: str) -> Iterator[str]:
        """The name with all of it, then with ever less, last as it is. Only what fits on a banner and says nothing twice."""
        before = [word for word in self.before if not contains(name, word)]
        season = "" if not self.season or _named_after(name, self.season) else self.season
        tried: dict[str, None] = {}
        for length in range(len(before), -1, -1):
            for occasion in dict.fromkeys((season, "")):
                for behind in dict.fromkeys((self.behind, "")):
                    tried[self._put(name, before[:length], behind, occasion)] = None
        yield from (each for each in tried if self._fits(each) or each == name)

    def alone(self) -> str:
        """The name of a venue that is nothing but its conditions: 9.9包邮好物, "Free-Shipping Finds Under $20"."""
        goods = "好物" if self.zh else "Finds"
        return next(self.names(goods), goods)

    def _put(self, name: str, before: Sequence[str], behind: str, season: str) -> str:
        if self.zh:
            own = next((match.word for match in find(name) if match.start == 0 and match.group.kind == "season"), "")
            own = own if len(own) < len(name) else ""  # 秋冬新品好物 rather than 新品秋冬好物
            return f"{season}{own}{''.join(before)}{name[len(own) :]}"
        return " ".join(filter(None, (season, *before, name, behind)))

    def _fits(self, name: str) -> bool:
        if self.zh:
            return sum(1 if ord(char) > 0x2E7F else 0.67 for char in name if not char.isspace()) <= MAX_ZH
        return len(name) <= MAX_EN_CHARS and len([word for word in name.split() if word != "&"]) <= MAX_EN


def qualities(constraints: Sequence[str], zh: bool, season: str = "") -> Qualities:
    """Those of a brief's conditions. `season`: the occasion that it names, as a name says it."""
    said: dict[str, None] = {}
    behind = ""
    for phrase in constraints:
        found = limits(phrase)
        whole = _whole(phrase, found, zh)
        if whole and zh:
            said = {whole: None} | said  # a price with its number comes first
            continue
        if whole:
            behind = behind or whole
            found = [limit for limit in found if limit.indicator != "price"]
        said |= dict.fromkeys(word for limit in found if (word := _word(limit, zh)))
    words = list(said)
    if not zh:
        words.sort(key=lambda word: _EN_ORDER.index(word) if word in _EN_ORDER else len(_EN_ORDER))  # "New Premium Handbags"
    return Qualities(zh=zh, before=tuple(words[:3]), behind=behind, season=season)


def _whole(phrase: str, found: Sequence[Limit], zh: bool) -> str:
    """A highest price with its number, as a banner says it: 百元以下, 9.9包邮, "Under $20"."""
    caps = [limit for limit in found if limit.indicator == "price" and limit.op in ("<", "<=") and limit.value is not None]
    if not caps or any(limit.indicator == "price" and limit not in caps for limit in found):
        return ""
    if zh:
        short = re.sub(r"^(?:单价|价格|售价)?(?:在|要|都)?", "", phrase)
        return short if HAN.search(short) and len(short) <= 6 else f"{caps[0].value:g}元以内"
    amount = _CAP_EN.search(phrase)
    return f"Under {amount[1].strip()}" if amount else f"Under {caps[0].value:g}"


def _word(limit: Limit, zh: bool) -> str:
    # A number on another measure than the price is no banner ("rated 4.5").
    if (
        limit.percentile is None
        and not isinstance(limit.value, bool)
        and re.search(r"\d", limit.phrase)
        and limit.indicator != "discount_rate"
    ):
        return ""
    if limit.value is False or (limit.indicator, limit.op) not in _WORDS:
        return ""
    if zh:
        as_said = _AS_SAID_ZH.search(limit.phrase)
        return as_said[0] if as_said else _WORDS[limit.indicator, limit.op][0]
    return _AS_SAID_EN.get(limit.phrase.lower().strip(), _WORDS[limit.indicator, limit.op][1])


def _named_after(name: str, season: str) -> bool:
    """Whether the name says the season already, in this or another word for it: 保暖过冬 is winter."""
    groups = {match.group for match in find(season)}
    return contains(name, season) or any(match.group in groups for match in find(name))


# --- names that name no goods yet -----------------------------------------------------------------------------------------

_AREAS_EN = {
    "camping": "Gear",
    "outdoor": "Gear",
    "fitness": "Gear",
    "gym": "Gear",
    "sports": "Gear",
    "kitchen": "Essentials",
    "automotive": "Essentials",
}
_PASTIMES_EN = frozenset({"fishing", "cycling", "yoga", "hiking", "running", "swimming", "gardening", "baking"})
_PASTIMES_ZH = frozenset({"骑行", "钓鱼", "瑜伽", "徒步", "跑步", "游泳", "园艺", "烘焙"})
_AREAS_ZH = frozenset({"露营", "户外", "健身", "运动", "厨房", "家居", "居家", "母婴", "宠物", "个护", "数码", "护肤", "汽车"})
_SAYS_GOODS = re.compile(r"(?:好物|礼盒|礼物|用品|装备)$|\b(?:gifts?|essentials|gear|supplies|finds|party|picks)$", re.IGNORECASE)


def completed(name: str, zh: bool) -> str:
    """A bare place, season or pastime with what is sold for it: 露营好物, "Camping Gear", "Winter Essentials"."""
    if name.lower() in _PASTIMES_EN:
        return f"{name} Gear"
    if name in _PASTIMES_ZH:
        return f"{name}好物"
    matches = find(name)
    if not matches or _SAYS_GOODS.search(name):
        return name
    last = matches[-1]
    at_end = last.end == len(name.rstrip())
    if zh:
        bare = last.group.kind in ("season", "scene") or (last.word in _AREAS_ZH and last.group.kind == "broad")
        return f"{name.removesuffix('季') if len(name) > 3 else name}好物" if at_end and bare else name
    if at_end and last.group.kind == "broad" and last.word.lower() in _AREAS_EN:
        return f"{name} {_AREAS_EN[last.word.lower()]}"
    return f"{name} Essentials" if at_end and last.group.kind in ("season", "scene") else name
