"""plan_themes: the brief's own goods first, then the shelves they stand on, then trends that are about them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from infra.local.models.embeddings import Embedder
from infra.local.models.meaning import Wanted, in_language, shelf_name, synonyms, understood
from infra.local.models.words import HAN, Group, contains, find, goods_in, group_named, plural, titled

_COUNT = re.compile(r"Propose (\d+) themes")
# Some proposals will turn out short of stock or too like another; "a few more" keep the promised number of venues.
_SPARE = 3
_LOW_PRICE = {
    "zh": re.compile(r"低价|平价|实惠|特价"),
    "en": re.compile(r"\b(low[\s-]price|budget|affordable|cheap|inexpensive)", re.IGNORECASE),
}
SLOGANS = {
    ("zh", "seasonal"): ("{s}备货正当时", "{s}好物早备齐", "赶在{s}前上架"),
    ("en", "seasonal"): ("In time for {s}", "Ready for {s}", "Stock up for {s}"),
    ("zh", "event"): ("热度正高，货已备好", "大家都在聊，这里有货", "趁热上架，正是时候"),
    ("en", "event"): ("The talk of the week", "What people ask for", "While it is hot"),
    ("zh", "industry"): ("跟着风向选货", "风向在哪，货在哪", "新风向，早上架"),
    ("en", "industry"): ("Right on trend", "Follow the trend", "What shops ask for"),
    ("zh", "created"): (
        "一站配齐，轻松补货", "挑得安心，卖得开心", "常备常销，货架不空", "店里缺的，这里有", "好卖好配，省心进货", "精挑细选，随时补货",
        "一页看完，一次配齐", "选得省心，卖得放心", "给货架添点新意", "好货成堆，慢慢挑",
    ),
    ("en", "created"): (
        "Fill your shelves", "Restock in one go", "Picked for your shop", "Ready when you are", "One page, one order", "Chosen with care",
        "Stock with ease", "For shelves that sell", "Made to restock", "See it, stock it",
    ),
}  # fmt: skip


@dataclass
class _Plan:
    """Proposals so far. Names and slogans do not repeat."""

    zh: bool
    count: int
    industry: str | None
    live: set[str]
    shelves: list[str]
    themes: list[dict[str, Any]] = field(default_factory=list)
    slogans: set[str] = field(default_factory=set)

    def add(
        self,
        name: str,
        keywords: list[str],
        reason: str,
        *,
        trend: dict[str, Any] | None = None,
        occasion: Group | None = None,
        even_if_live: bool = False,
    ) -> None:
        """One more proposal, unless there are enough or it would repeat another."""
        name = name.strip()[:60]
        if not name or len(self.themes) >= self.count:
            return
        if _close(name, (theme["name"] for theme in self.themes)) or (not even_if_live and _close(name, self.live)):
            return
        words = list(dict.fromkeys(word.strip() for word in keywords if word.strip()))[:20] or [name]
        wanted = understood([name, *words[:6]])
        about = [group.industry for group in wanted.goods if group.industry]
        self.themes.append(
            {
                "name": name,
                "slogan": self._slogan(name, trend, occasion),
                "industry": about[0] if about else (trend or {}).get("industry") or self.industry,
                "kind": trend["kind"] if trend else "created",
                "keywords": words,
                "subthemes": self._subthemes(name, words),
                "trend_ids": [str(trend["id"])] if trend else [],
                "reason": reason[:400],
            }
        )

    def _slogan(self, name: str, trend: dict[str, Any] | None, occasion: Group | None) -> str:
        kind = str(trend["kind"]) if trend else "created"
        if occasion and occasion.kind != "season":
            occasion = None
        broad = any(group.kind == "broad" for group in understood([name]).goods)
        if occasion is None and kind == "seasonal" and trend and not broad:
            seasons = [match.group for text in _said(trend) for match in find(text) if match.group.kind == "season"]
            occasion = seasons[0] if seasons else None
        if occasion:
            kind = "seasonal"
        elif kind == "seasonal":
            kind = "created"
        season = (occasion.zh[0] if self.zh else _occasion_en(occasion)) if occasion else ""
        offered = [text.format(s=season) for text in SLOGANS["zh" if self.zh else "en", kind]]
        offered += SLOGANS["zh" if self.zh else "en", "created"]
        start = sum(map(ord, name)) % (3 if kind != "created" else 10)
        turned = offered[start:] + offered[:start]
        fresh = [text for text in turned if text not in self.slogans]
        chosen = (fresh or turned)[0]
        self.slogans.add(chosen)
        return chosen[:80]

    def _subthemes(self, name: str, keywords: list[str]) -> list[dict[str, Any]]:
        wanted = understood([name, *(word for word in keywords if bool(HAN.search(word)) == self.zh)])
        tabs: dict[str, list[str]] = {}
        for shelf in _ranked(wanted, self.shelves):
            tab = shelf_name(shelf, self.zh)
            if tab and tab != name:
                tabs.setdefault(tab[:40], []).append(shelf)
        if len(tabs) < 3:
            near = [word for group in wanted.goods for word in (group.zh if self.zh else group.en)[:4]]
            for word in (*keywords, *near):
                if bool(HAN.search(word)) == self.zh and goods_in([word]) and len(tabs) < 3:
                    tab = word if self.zh else titled(plural(word))
                    if not _close(tab, [name, *tabs]):
                        tabs[tab[:40]] = [word]
        return [{"name": tab, "keywords": words[:4]} for tab, words in list(tabs.items())[:6]]


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """ThemePlanAnswer."""
    brief = data["brief"]
    zh = brief["language"] == "zh"
    venues = int(brief.get("venues", 1))
    asked = _COUNT.search(user)
    subjects = [str(word) for word in brief.get("subjects", [])]
    wanted = understood(subjects)
    plan = _Plan(
        zh=zh,
        count=(int(asked[1]) if asked else venues + 2) + (_SPARE if venues > 1 else 0),
        industry=(brief.get("industries") or [None])[0],
        live={str(name) for name in data.get("live_names", [])},
        shelves=[str(entry["category"]) for entry in data.get("categories", [])],
    )
    trends = [(score, trend) for trend in data.get("trends", []) if (score := _closeness(trend, wanted)) > 0]
    trends.sort(key=lambda pair: -pair[0])  # stable: the hotter stays before the cooler
    related = [trend for _, trend in trends]
    occasion = wanted.occasions[0] if wanted.occasions else None

    apart = _separate(subjects, wanted) if venues > 1 else []
    if len(apart) > venues or not apart:
        _own(plan, brief, subjects, wanted, related[0] if related else None, occasion)
    if venues > 1:
        for phrase in apart:
            name = phrase if zh else titled(phrase)
            reason = "一句话里点名的商品" if zh else "named in the brief"
            plan.add(name, synonyms(phrase), reason, trend=_about(phrase, related))
        for shelf in _ranked(wanted, plan.shelves):
            name = shelf_name(shelf, zh)
            if not name:
                continue
            if occasion and occasion.kind == "season" and not contains(name, occasion.zh[0]):
                name = f"{occasion.zh[0]}{name}" if zh else f"{titled(_occasion_en(occasion))} {name}"
            # The planner searches a cited trend's words as well: one that names other goods would widen the theme.
            reason = f"货架「{shelf}」与需求相符，货源充足" if zh else f'the shelf "{shelf}" holds such goods'
            words = sorted([shelf, *_goods_words(shelf)], key=lambda word: bool(HAN.search(word)) != zh)
            plan.add(name, words, reason, trend=_only_about(name, related), occasion=occasion)
        for trend in related:
            words = [str(word) for word in trend.get("keywords", [])]
            fitting = [word for word in words if wanted.fits(word)] or words
            reason = f"热点「{trend['title']}」与需求相符" if zh else f'the trend "{trend["title"]}" fits the brief'
            name = _trend_name(trend, wanted, zh)
            plan.add(name, [*fitting, *_goods_words(name)], reason, trend=trend)
        _own(plan, brief, subjects, wanted, related[0] if related else None, occasion)  # where it was not said before
    return {"themes": plan.themes}


def _own(
    plan: _Plan,
    brief: dict[str, Any],
    subjects: list[str],
    wanted: Wanted,
    trend: dict[str, Any] | None,
    occasion: Group | None,
) -> None:
    zh = plan.zh
    keywords = [word for subject in subjects[:4] for word in synonyms(subject)]
    keywords = [*subjects, *(word for word in keywords if word not in subjects)]
    keywords = keywords[:12]
    # An occasion, or the name of an assortment (露营装备): the goods it calls for are what can be searched.
    held = [group_named(member) for group in wanted.goods for member in group.members] if wanted.goods else wanted.kinds
    keywords += [group.zh[0] if zh else group.en[0] for group in held] + [group.en[0] if zh else group.zh[0] for group in held]
    if trend:
        fits = f"热点「{trend['title']}」与之相关" if zh else f'the trend "{trend["title"]}" is about it'
        reason = f"需求来自一句话；{fits}" if zh else f"asked for in the brief; {fits}"
    else:
        reason = "需求来自一句话，货架上有对应商品" if zh else "asked for in the brief, and the shelves hold such goods"
    plan.add(_main_name(brief, subjects, wanted, zh), keywords, reason, trend=trend, occasion=occasion, even_if_live=True)


def _main_name(brief: dict[str, Any], subjects: list[str], wanted: Wanted, zh: bool) -> str:
    said = [subject for subject in subjects if bool(HAN.search(subject)) == zh] or [in_language(subject, zh) for subject in subjects]
    said = [word for word in said if word] or [str(brief.get("idea", ""))]
    idea = str(brief.get("idea", ""))
    if bool(HAN.search(idea)) == zh and 2 <= (len(idea) if zh else len(idea.split())) <= (9 if zh else 4) and "、" not in idea:
        said = [idea]
    pieces: list[str] = []
    for word in said:
        if not any(word in longer or longer in word for longer in pieces):
            pieces.append(word)
    cheap = next((found[0] for text in brief.get("constraints", []) if (found := _LOW_PRICE["zh" if zh else "en"].search(str(text)))), "")
    if zh:
        name = pieces[0] if len(pieces) == 1 or len("".join(pieces[:2])) > 9 else f"{pieces[0]}与{pieces[1]}"
        if not wanted.goods and wanted.occasions and name == pieces[0] and not name.endswith(("好物", "礼盒")):
            name = f"{name.removesuffix('季').removesuffix('节') if len(name) > 3 else name}好物"
        return f"{cheap}{name}"[:14]
    scenes = [word for word in pieces if understood([word]).occasions and not understood([word]).goods]
    goods = [word for word in pieces if word not in scenes]
    name = f"{goods[0]} and {goods[1]}" if len(goods) > 1 and len(" ".join(goods[:2]).split()) <= 4 else (goods or scenes)[0]
    if goods and scenes and len(f"{scenes[0]} {name}".split()) <= 5:
        name = f"{scenes[0]} {name}"
    prefix = {"": "", "low": "Low-Price ", "bud": "Budget ", "aff": "Affordable ", "che": "Budget ", "ine": "Budget "}[cheap[:3].lower()]
    return prefix + titled(name)


def _separate(subjects: list[str], wanted: Wanted) -> list[str]:
    """The brief's different goods, one phrase each; nothing where it names only one kind."""
    if len(wanted.goods) < 2:
        return []
    phrases: dict[Group, str] = {}
    for subject in subjects:
        for group in understood([subject]).goods:
            phrases.setdefault(group, subject)
    return list(phrases.values())


def _ranked(wanted: Wanted, shelves: list[str]) -> list[str]:
    """Shelves that hold what is wanted, the closest first; the order they came in decides between equals."""
    scored = [(wanted.fits(shelf), shelf) for shelf in dict.fromkeys(shelves)]
    return [shelf for score, shelf in sorted(scored, key=lambda pair: -pair[0]) if score]


def _goods_words(shelf: str) -> list[str]:
    """Words to search a shelf's goods by, in both languages."""
    found: list[str] = []
    for zh in (True, False):
        said = in_language(shelf, zh)
        if said and said != shelf:
            found.append(said)
    shown = [match.group for match in find(shelf) if match.group.kind == "motif"]
    for match in find(shelf):
        if match.group.names_goods and not shown:
            found += [match.word, match.group.zh[0], match.group.en[0]]
    return found


def _said(trend: dict[str, Any]) -> list[str]:
    return [str(trend.get("title", "")), *(str(word) for word in trend.get("keywords", []))]


def _closeness(trend: dict[str, Any], wanted: Wanted) -> float:
    """How much a trend is about what is wanted: 0 for what only shares an industry with a narrow wish."""
    texts = _said(trend)
    about = understood(texts)
    score = 0.0
    if wanted.motifs:
        score += 3 * any(group in wanted.motifs for group in about.motifs)
        return score + 0.5 * any(group in wanted.goods for group in about.goods) if score else 0.0
    score += 2 * any(group in wanted.goods for group in about.goods)
    seasons = [group for group in wanted.occasions if group.kind == "season"]
    score += 2 * any(group in seasons for group in about.occasions)
    score += 0.5 * any(group in wanted.occasions for group in about.occasions if group.kind == "scene")
    score += 1.5 * any(word and len(word) > 1 and contains(text, word) for word in wanted.words for text in texts[:1])
    broad = [group for group in wanted.goods if group.kind == "broad"]
    if not score and broad and any(trend.get("industry") == group.industry for group in broad):
        score += 1 if not broad[0].members or any(wanted.fits(text) for text in texts) else 0
    return score


def _only_about(name: str, related: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The first trend that names these goods and no others."""
    goods = set(understood([name]).goods)
    for trend in related:
        named = {group for group in understood(_said(trend)).goods if group.kind == "goods"}
        if named and named <= goods:
            return trend
    return None


def _about(phrase: str, related: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The trend that is closest to a phrase, if any is close."""
    wanted = understood([phrase])
    scored = [(score, -place) for place, trend in enumerate(related) if (score := _closeness(trend, wanted)) > 0]
    return related[-max(scored)[1]] if scored else None


def _trend_name(trend: dict[str, Any], wanted: Wanted, zh: bool) -> str:
    """A banner's words for a trend: its title where that is a name of goods, else its goods with what sets them apart."""
    title = str(trend["title"])
    matches = find(title)
    named = [match for match in matches if match.group.names_goods]
    fits_language = bool(HAN.search(title)) == zh
    short = len(title) <= 10 if zh else len(title.split()) <= 5
    if trend.get("kind") != "event" and fits_language and short and named and named[-1].end == len(title.rstrip()):
        return title if zh else titled(title)
    goods = next((word for word in map(str, trend.get("keywords", [])) if wanted.fits(word) and understood([word]).goods), "")
    goods = in_language(goods, zh) if goods else ""
    if not goods:
        return ""
    around = [match.group for text in _said(trend) for match in find(text)]
    apart = next(
        (
            group
            for group in around
            if group.kind in ("style", "season", "material", "motif")
            and group.zh[0] != "文创"
            and not any(contains(goods, word) for word in (group.zh if zh else group.en))
        ),
        None,
    )
    if zh:
        return f"{apart.zh[0] if apart else ''}{goods}"
    return titled(f"{apart.en[0] if apart else ''} {plural(goods)}".strip())


def _occasion_en(group: Group) -> str:
    return titled(group.en[0])


def _close(name: str, others: Any) -> bool:
    """Whether a name repeats another but for a word: half of its pairs of letters are the same."""
    mine = _pairs(name)
    return any(len(mine & (theirs := _pairs(str(other)))) >= 0.6 * len(mine | theirs) for other in others)


def _pairs(name: str) -> frozenset[str]:
    tight = re.sub(r"[\s&·、，,-]+", "", name.lower())
    return frozenset(tight[i : i + 2] for i in range(len(tight) - 1)) or frozenset({tight})
