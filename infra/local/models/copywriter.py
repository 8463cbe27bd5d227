"""write_copy: short copy made of the facts handed in, and of nothing else. The facts and the reviewers choose the pattern."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from huichang.materials.claims import Facts, ungrounded
from huichang.materials.copy_checks import unreadable
from huichang.materials.likeness import near_same_text, says
from huichang.materials.policy import the_gate
from infra.local.models.embeddings import Embedder
from infra.local.models.meaning import shelf_name
from infra.local.models.words import HAN, find

_CURRENCY = {"CNY": "¥", "INR": "₹", "USD": "$", "EUR": "€", "GBP": "£"}
_BENEFITS = {
    "zh": {
        "free_shipping": "包邮",
        "dropshipping": "一件代发",
        "sample_available": "支持拿样",
        "customizable": "可定制",
        "seven_day_return": "七天无理由退货",
        "cross_border": "跨境货源",
    },
    "en": {
        "free_shipping": "free shipping",
        "dropshipping": "dropshipping",
        "sample_available": "samples on request",
        "customizable": "custom orders",
        "seven_day_return": "seven-day returns",
        "cross_border": "cross-border supply",
    },
}
# {t} theme, {f} floor, {n} number of products, {p} lowest and {q} highest price, {b} a benefit of every product, {c} another benefit of every product, {k} two kinds of goods,
# {s} the theme's slogan. A pattern whose facts are missing is left out.
TITLES = {
    "zh": (
        "{t}集结号", "{t}好货节", "{t}采购季", "{t}挑货日", "{t}大集合", "一起选{t}", "{t}来了", "{t}好货铺", "为小店选{t}", "{t}备货站",
    ),
    "en": ("Stock Up on {t}", "{t} to Stock", "{t} in One Place", "Shop {t}", "{t} Worth Stocking", "All About {t}", "{t} Picks"),
}  # fmt: skip
# For names that are a promotion already (开学季, 年货节, Christmas Gifts): nothing is put on top of them.
PLAIN_TITLES = {
    "zh": ("{t}", "{t}来了", "{t}进行时", "走进{t}", "{t}这里选"),
    "en": ("{t}", "All About {t}", "{t} in One Place", "Shop {t}"),
}
SUBTITLES = {
    "zh": (
        "{n}款在售，{p}起", "{n}款在售，{b}", "精选{n}款，{p}起，{b}", "{n}款好货任你挑，{b}", "{k}，一站配齐", "{k}等{n}款，随心搭配", "{p}到{q}，总有合适的",
        "一站配齐{n}款，轻松补货", "{n}款可选，按需拿货", "用心挑选，轻松备货", "逛一圈，把货架补满", "一页看全，选款不费力", "补货省心，上架不等", "先看款，再下单",
    ),
    "en": (
        "{n} picks from {p}", "{n} picks with {b}", "{n} styles from {p}, {b}", "{n} styles on one page, {b}", "{k} and more", "{k}: {n} to choose from",
        "From {p} to {q}, something for every shop", "{n} styles on one page", "{n} styles, ready to restock", "Chosen to restock in one go",
        "Picked for your shelves", "One page to fill the shelf", "Easy to choose, easy to restock", "Choose a few, fill the shelf",
    ),
}  # fmt: skip
FLOORS = {
    "zh": (
        "{n}款在售，{p}起", "{n}款，{b}", "{p}到{q}，{n}款可选", "{p}到{q}，丰俭由人", "同类{n}款，比着挑", "{n}款备货之选", "{n}款任选搭配", "按需补货，轻装上架", "货架常备，随缺随补",
        "款式齐了再上架", "先补好卖的，再添新的", "这一层，专门备好",
    ),
    "en": (
        "{n} styles from {p}", "{n} styles, {b}", "{n} styles, {p} to {q}", "{p} to {q}, for every budget", "Compare {n} styles", "{n} styles to stock", "{n} styles to mix and match", "Restock what runs low",
        "Fill the gap on your shelf", "Staples to keep in stock", "Try a few, reorder what sells", "Complete your range",
    ),
}  # fmt: skip
FLOOR_TITLES = {
    "zh": ("{f}", "{f}专区", "精选{f}", "看看{f}", "{f}这里选"),
    "en": ("{f}", "{f} Picks", "More {f}", "Browse {f}", "{f} Aisle"),
}
SHARES = {
    "zh": (
        "{t}：{n}款好货，{p}起，来看看", "我在看{t}，{n}款可选", "{t}备好了，挑几款补货", "{t}上架了，{n}款，{b}", "逛到一个{t}会场，{n}款，分享给你", "{t}，一起来挑",
        "想补{t}的，看这里", "{t}：{k}，一页看完",
    ),
    "en": (
        "{t}: {n} picks from {p}. Have a look", "Looking at {t}: {n} to choose from", "{t}, worth a look", "{t} for your shop: {n} products, {b}",
        "{t}: {n} styles on one page, worth a share", "{t}: see what fits your shelf", "Restocking {t}? Look here", "{t}: {k}, all on one page",
    ),
}  # fmt: skip
SLOGANS = {
    "zh": ("{s}", "选款用心，轻松备货", "好货到店，生意在手", "挑得放心，补得轻松", "小店进货，看这一页", "好卖才是真的好", "一页看完，一次配齐"),
    "en": ("{s}", "Easy restocking", "Stock what sells", "Choose, order, restock", "Ready when you are", "For busy shops", "Made for your shelf"),
}  # fmt: skip
# One thing that speaks for a floor's goods; short, and another than the floor's subtitle.
POINTS = {
    "zh": ("{c}", "随缺随补", "按需拿货", "款式可搭", "一次配齐", "轻松上架", "换季常备"),
    "en": ("{c}", "Easy to restock", "Mix and match", "Ready for the shelf", "Order as you need", "One for each shop"),
}
# What the picture shows, plainly.
ALTS = {
    "zh": ("{t}主题的氛围背景图", "{t}的背景插画", "以{t}为主题的背景画面"),
    "en": ("Background scene for {t}", "A drawn background about {t}", "Scene in the mood of {t}"),
}
LAST_RESORT = {
    "zh": ("好货集结", "精选好货", "好货一览", "这里有好货", "进店看看"),
    "en": ("Good Finds", "Have a Look", "On the Shelf", "Our Picks", "See the Shelf"),
}
_PROMOTION = {
    "zh": re.compile(r"[季节会日周展]$|好物|好货|礼盒|礼物|专场|大促|上新|特卖|清单|集合|精选|推荐|年货"),
    "en": re.compile(
        r"\b(?:sales?|season|gifts?|picks|finds|edit|market|deals?|essentials|collection|festival|fair|days?|weeks?|specials|offers|guide|school)\b",
        re.IGNORECASE,
    ),
}
_MARKUP = re.compile(r"[<>{}`]|&[a-z#0-9]+;|https?://", re.IGNORECASE)


def _forbidden(text: str) -> bool:
    """What no text of ours may say, even where a theme is named so: the policy gate's words, and markup."""
    return _MARKUP.search(text) is not None or bool(unreadable(text)) or the_gate().text(text).blocked


_WISHES = {
    "no_price": re.compile(r"价|price|¥|\$|便宜|cheap", re.IGNORECASE),
    "no_number": re.compile(r"数字|数量|几款|款数|number|count|digit|figure", re.IGNORECASE),
    "no_benefit": re.compile(r"包邮|邮费|运费|退货|代发|定制|承诺|shipping|returns?|promise|benefit", re.IGNORECASE),
    "shorter": re.compile(r"太长|短一?点|精简|简短|too long|shorter|shorten|characters", re.IGNORECASE),
    "named": re.compile(r"主题|看不出|不知道卖什么|跑题|无关|off[\s-]?topic|what (?:it|this) is|theme|name", re.IGNORECASE),
}


# A rule of a constraint (materials/checks.py), as prompts say it.
_RULE = re.compile(
    r'never say "(?P<never>.+)"|must say "(?P<must>.+)"|at most (?P<most>\d+) characters|(?P<numbers>no numbers)|(?P<language>no words of another language)'
)
_ONE_OF_SEVERAL = re.compile(r"([a-z]+)_\d")
"""A slot that is asked for several times, to be said in several ways."""


def _one(slot: str) -> str:
    """The slot that a name stands for: title, of title_2."""
    several = _ONE_OF_SEVERAL.fullmatch(slot)
    return several[1] if several else slot


_SMALL = frozenset({"and", "&", "for", "of", "with", "the", "to", "in", "a", "-"})


class _Wishes:
    """What reviewers asked for, in what they chose and what they wrote."""

    def __init__(self, constraints: Sequence[dict[str, Any]]) -> None:
        codes = {str(entry.get("code")) for entry in constraints}
        said = " ".join(str(entry.get("text") or "") for entry in constraints)
        asked = {name for name, pattern in _WISHES.items() if pattern.search(said)}
        self.no_price = "no_price" in asked or "wrong_facts" in codes
        self.no_number = "no_number" in asked or "wrong_facts" in codes
        self.no_benefit = "no_benefit" in asked or bool(codes & {"wrong_facts", "policy"})
        self.shorter = "shorter" in asked or "too_long" in codes
        self.named = "named" in asked or "off_topic" in codes
        self.rejected = {str(text).strip() for entry in constraints for text in (entry.get("rejected_text") or {}).values()}
        self.rules = [
            (_one(str(entry.get("slot") or "")), found.groupdict())
            for entry in constraints
            for rule in entry.get("rules") or ()
            if (found := _RULE.fullmatch(str(rule)))
        ]

    def refuse(self, text: str, slot: str, names: Sequence[str]) -> bool:
        """Whether a text is one that reviewers rejected, nearly one, or breaks a rule of theirs."""
        for about, rule in self.rules:
            if about not in ("", slot):
                continue
            if rule["never"] and says(text, rule["never"]):
                return True
            if rule["most"] and len(text) > int(rule["most"]):
                return True
            if rule["numbers"] and re.search(r"\d|[一二两三四五六七八九十百千]+(?=[件款个元折])", text):
                return True
            if rule["language"] and (re.search(r"[A-Za-z]{2,}", text) if HAN.search(text) else False):
                return True
        return any(near_same_text(text, rejected, names) for rejected in self.rejected)

    def owed(self, slot: str) -> list[str]:
        """What must be said in this slot."""
        return [rule["must"] for about, rule in self.rules if rule["must"] and about in ("", slot)]

    def order(self, texts: list[tuple[str, str]], name: str) -> list[str]:
        """The (pattern, text) pairs as texts: what reviewers rejected left out, what they asked for first."""
        left = [(pattern, text) for pattern, text in texts if text not in self.rejected]
        if self.no_price:
            left = [pair for pair in left if "{p}" not in pair[0] and "{q}" not in pair[0]]
        if self.no_number:
            left = [pair for pair in left if "{n}" not in pair[0]]
        if self.no_benefit:
            left = [pair for pair in left if "{b}" not in pair[0] and "{c}" not in pair[0]]
        if self.named:
            left.sort(key=lambda pair: name not in pair[1])
        if self.shorter:
            left.sort(key=lambda pair: len(pair[1]))
        return [text for _, text in left]


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """CopyAnswer."""
    facts = data["facts"]
    language = "zh" if facts.get("language") == "zh" else "en"
    constraints = data.get("constraints", [])
    wishes = _Wishes(constraints)
    known = json.dumps(facts, sort_keys=True, ensure_ascii=False)
    texts = []
    for slot in data["slots"]:
        seed = hashlib.sha256(f"{slot['name']}|{known}".encode()).digest()
        start = int.from_bytes(seed[:4], "big") + len(constraints)
        one = _one(str(slot["name"]))
        text = _write(slot | {"name": one}, facts, language, start, wishes)
        if one != slot["name"]:
            wishes.rejected.add(text)  # the next one is to say it differently
        texts.append({"slot": str(slot["name"]), "text": text})
    return {"texts": texts}


def _write(slot: dict[str, Any], facts: dict[str, Any], language: str, start: int, wishes: _Wishes) -> str:
    limit = int(slot["max_chars"])
    name = _name(facts, language, limit)
    patterns = _patterns(str(slot["name"]), facts, language, name)
    # A name stands first where it says enough by itself; else facts decide where to begin.
    fixed = patterns[:1] if patterns[0] in ("{f}", "{s}", "{t}") else ()
    rest = patterns[len(fixed) :]
    turned = [*rest[start % len(rest) :], *rest[: start % len(rest)]]
    turned.sort(key=lambda pattern: not re.search(r"\{[npqbck]\}", pattern))  # what says something before what invites
    turned = [*fixed, *turned]
    values = _values(facts, language, name)
    texts = [(pattern, text) for pattern in turned if (text := _filled(pattern, values)) and len(text) <= limit]
    names = [str(facts.get(key) or "") for key in ("floor_title", "theme_name")]
    offered = [*wishes.order(texts, name), *_bare(name, limit), *LAST_RESORT[language]]
    owed = wishes.owed(str(slot["name"]))
    if owed:
        comma = "，" if language == "zh" else ", "
        offered = [
            *(text for text in offered if all(says(text, phrase) for phrase in owed)),
            *(comma.join((text, *owed)) for text in offered),
        ]
    # A slogan or a long name may promise what these goods do not keep; so may words that a reviewer asked for.
    known = Facts.of(facts)
    withheld = [str(word) for word in facts.get("withheld", ())]
    usable = (
        text
        for text in offered
        if text
        and len(text) <= limit
        and text not in wishes.rejected
        and not any(says(text, word) for word in withheld)
        and not _forbidden(text)
        and not ungrounded(text, known)
    )
    spare = ""
    for text in usable:
        if not wishes.refuse(text, str(slot["name"]), names):
            return text
        spare = spare or text
    return spare or LAST_RESORT[language][0][:limit]


def _patterns(slot: str, facts: dict[str, Any], language: str, name: str) -> tuple[str, ...]:
    if facts.get("floor_title") and slot != "point":
        return FLOOR_TITLES[language] if slot == "title" else FLOORS[language]
    if slot in ("alt", "point"):
        return (ALTS if slot == "alt" else POINTS)[language]
    if slot in ("share", "share_text", "text"):
        return SHARES[language]
    if slot == "title":
        return (PLAIN_TITLES if _PROMOTION[language].search(name) else TITLES)[language]
    return {"slogan": SLOGANS}.get(slot, SUBTITLES)[language]


def _name(facts: dict[str, Any], language: str, limit: int) -> str:
    """What the text is about, in its language and sayable; "" where there is no such name."""
    zh = language == "zh"
    raw = str(facts.get("floor_title") or facts.get("theme_name") or "")
    name = re.sub(r"[<>{}`]+", " ", raw)
    name = re.sub(r"\s+", " ", name).strip(" -–—·,，.。!！?？:：")
    if name and not _speaks(name, zh):
        name = shelf_name(name, zh)
    if _forbidden(name) or ungrounded(name, Facts.of(facts)):
        return ""
    return next(iter(_bare(name, limit)), "")


def _speaks(text: str, zh: bool) -> bool:
    """Whether a text reads as this language: Chinese with at least as many characters as Latin words."""
    han, latin = len(HAN.findall(text)), len(re.findall(r"[A-Za-z]{2,}", text))
    return (han >= latin and han > 0) if zh else latin > han


def _bare(name: str, limit: int) -> Iterable[str]:
    """The name, or as many of its words as fit: no word is cut, and nothing ends in "and"."""
    if len(name) <= limit:
        yield name
        return
    if HAN.search(name):
        # The goods in a long name say most: 早秋新款法式复古收腰碎花连衣裙 is about 碎花连衣裙.
        ends = [match.end for match in find(name) if match.group.names_goods]
        tail = name[: ends[-1]][-limit:] if ends else name[:limit]
        begun = next((match.start for match in find(tail)), 0)
        yield tail[begun:]
        return
    first, _, rest = name.partition(" and ")
    if rest and len(f"{first} and More") <= limit:  # no half of a name: "Pencil Cases and School Bags"
        yield f"{first} and More"
    words = name.split()
    # What stands before "for" is sold; what stands after it is whom or where it is for.
    sold = re.split(r"\s(?:for|with|from|in|of|by)\s", name)[0]
    ends = [match.end for match in find(sold) if match.group.names_goods]
    if ends and len(name[: ends[-1]]) > limit:  # "Back to School Stationery": what is sold, before when
        goods = name[: ends[-1]].split()
        while goods and (len(" ".join(goods)) > limit or goods[0].lower() in _SMALL):
            goods.pop(0)
        if goods:
            yield " ".join(goods)
    while words and (len(" ".join(words)) > limit or words[-1].lower() in _SMALL):
        words.pop()
    yield " ".join(words)


def _values(facts: dict[str, Any], language: str, name: str) -> dict[str, str]:
    """What the facts give for each mark of a pattern; a missing one makes its patterns unusable."""
    zh = language == "zh"
    values = {"t": name, "f": name}
    count = facts.get("product_count")
    if isinstance(count, int) and count > 1:
        values["n"] = str(count)
    currency = facts.get("currency")
    low, high = facts.get("price_min"), facts.get("price_max")
    if currency and _sayable(low):
        sign = _CURRENCY.get(str(currency), f"{currency} ")
        values["p"] = f"{sign}{low}"
        if _sayable(high) and str(high) != str(low):
            values["q"] = f"{sign}{high}"
    # Only what holds for every product may be said of all of them.
    held = [
        _BENEFITS[language][entry["code"]]
        for entry in facts.get("benefits", [])
        if entry["share"] >= 1 and entry["code"] in _BENEFITS[language]
    ]
    if held:
        values["b"] = held[0]
        values["c"] = held[1][:1].upper() + held[1][1:] if len(held) > 1 else ""
    slogan = str(facts.get("slogan") or "").strip()
    if slogan and _speaks(slogan, zh):
        values["s"] = slogan
    kinds = [
        word
        for word in map(str, facts.get("keywords", []))
        if _speaks(word, zh) and word.lower() not in name.lower() and name.lower() not in word.lower() and 1 < len(word) <= 16
    ]
    kinds = _different(kinds)
    if len(kinds) > 1:
        values["k"] = f"{kinds[0]}、{kinds[1]}" if zh else f"{kinds[0][:1].upper()}{kinds[0][1:]}, {kinds[1]}"
    return values


def _different(words: Sequence[str]) -> list[str]:
    """Those that name goods, one for each kind: 女士服装、女式服装 is the same said twice."""
    kept: dict[str, str] = {}
    for word in words:
        if groups := [match.group for match in find(word) if match.group.names_goods]:
            kept.setdefault(groups[-1].en[0], word)
    return list(kept.values())


def _sayable(price: Any) -> bool:
    """A price is said exactly as the facts have it (12.80); 12.00 would have to be shortened, and is left unsaid."""
    return price is not None and re.fullmatch(r"\d+(?:\.\d*[1-9]\d?)?", str(price)) is not None


def _filled(pattern: str, values: dict[str, str]) -> str:
    marks = re.findall(r"\{(\w)\}", pattern)
    if any(not values.get(mark) for mark in marks):
        return ""
    text = pattern.format(**values).strip()
    return "" if _forbidden(text) else text
