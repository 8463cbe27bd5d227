"""plan_themes: the brief's own goods first, then what the facts in the prompt say of the shelves around them.

Only what was sent is used. Shelves too thin to stand alone are put together with their neighbours; what is led by sales,
growth or novelty says so; several kinds of goods share the venues evenly; trends are cited where they are about the theme.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from infra.local.models.embeddings import Embedder
from infra.local.models.meaning import Wanted, synonyms, understood
from infra.local.models.qualities import Qualities, completed, qualities
from infra.local.models.theme_names import SLOGANS, close_to, goods_words, main_name
from infra.local.models.theme_trends import about, closeness, only_about, said, trend_name
from infra.local.models.theme_units import Fact, Unit, figures, fits, grouped, lead, name_of_shelf, turned, unit_name
from infra.local.models.words import HAN, Group, find, goods_in, group_named, plural, titled

_COUNT = re.compile(r"Propose (\d+) themes")
# Days of shopping rather than of goods: 国庆帐篷 are tents like any others.
_MIXED = 16
_OF_THE_YEAR = frozenset({"春季", "夏季", "秋季", "秋冬", "冬季", "换季", "雨季"})
_PLAIN = frozenset({"国庆", "劳动节", "双11", "双12", "618", "黑五", "排灯节", "开斋节", "暑假", "寒假", "元旦", "换季"})


@dataclass
class _Plan:
    """Proposals so far. Names and slogans do not repeat."""

    zh: bool
    count: int
    industry: str | None
    taken: list[str]
    shelves: list[Fact]
    qualities: Qualities
    signal: str = ""
    themes: list[dict[str, Any]] = field(default_factory=list)
    slogans: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    bare: list[str] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether there are as many as were asked for."""
        return len(self.themes) >= self.count

    def add(
        self,
        name: str,
        keywords: Sequence[str],
        reason: str,
        *,
        trend: dict[str, Any] | None = None,
        facts: Sequence[Fact] = (),
        occasion: Group | None = None,
        about: str = "",
        even_if_live: bool = False,
        seasonal: bool = True,
    ) -> bool:
        """One more proposal, unless there are enough or it would repeat another. Whether it was added.

        The name gets what the brief asks of its goods, as long as it stays apart from the others. `seasonal`: the goods belong to
        the brief's occasion, and may be named after it.
        """
        bare = completed(name.strip()[:60], self.zh)
        if not bare or self.full or close_to(bare, self.bare):
            return False
        said = self.qualities if seasonal else replace(self.qualities, season="")
        others = [theme["name"] for theme in self.themes]
        possible = list(said.names(bare))
        if not even_if_live and (close_to(bare, self.taken) or any(each in self.taken for each in possible)):
            return False
        known = others if even_if_live else [*others, *self.taken]
        name = next((each for each in possible if not close_to(each, known)), "")
        if not name:
            return False
        self.bare.append(bare)
        words = list(dict.fromkeys(word.strip() for word in keywords if word.strip()))[:20] or [name]
        wanted = understood([name, *words[:6]])
        trades = [fact["industry"] for fact in facts if fact.get("industry")]
        trades += [group.industry for group in wanted.goods if group.industry]
        tabs = self._tabs(name, words, facts)
        self.themes.append(
            {
                "name": name,
                "slogan": self._slogan(name, trend, occasion, facts),
                "industry": trades[0] if trades else (trend or {}).get("industry") or self.industry,
                "kind": trend["kind"] if trend else "created",
                "keywords": words,
                "subthemes": tabs,
                "trend_ids": [str(trend["id"])] if trend else [],
                "fact_ids": [str(fact["id"]) for fact in facts],
                "about": about,
                "text": ("、" if self.zh else ", ").join([name, *words[:8], *(tab["name"] for tab in tabs)])[:600],
                "reason": reason[:400],
            }
        )
        return True

    def _slogan(self, name: str, trend: dict[str, Any] | None, occasion: Group | None, facts: Sequence[Fact]) -> str:
        language = "zh" if self.zh else "en"
        signals = [signal for fact in facts for signal in fact.get("signals", [])]
        kind = str(trend["kind"]) if trend else (signals[0] if signals else "created")
        if occasion and occasion.kind != "season":
            occasion = None
        broad = any(group.kind == "broad" for group in understood([name]).goods)
        if occasion is None and kind == "seasonal" and trend and not broad:
            seasons = [match.group for text in said(trend) for match in find(text) if match.group.kind == "season"]
            occasion = seasons[0] if seasons else None
        if occasion and not signals:
            kind = "seasonal"
        elif kind == "seasonal":
            kind = "created"
        season = (occasion.zh[0] if self.zh else titled(occasion.en[0])) if occasion else ""
        offered = [text.format(s=season) for text in SLOGANS[language, kind]] + list(SLOGANS[language, "created"])
        start = sum(map(ord, name)) % (3 if kind != "created" else 10)
        turned = offered[start:] + offered[:start]
        chosen = next((text for text in turned if text not in self.slogans), turned[0])
        self.slogans.add(chosen)
        return chosen[:80]

    def _tabs(self, name: str, keywords: Sequence[str], facts: Sequence[Fact]) -> list[dict[str, Any]]:
        tabs: dict[str, list[str]] = {}
        own = [fact for fact in facts if fact.get("kind") == "shelf"]
        wanted = understood([name, *(word for word in keywords if bool(HAN.search(word)) == self.zh)])
        for fact in own if len(own) > 1 else _ranked(wanted, self.shelves):
            tab = name_of_shelf(fact, self.zh)
            if tab and tab != name:
                tabs.setdefault(tab[:40], []).extend(map(str, fact.get("words", [])))
        if len(tabs) < 3:
            near = [word for group in wanted.goods for word in (group.zh if self.zh else group.en)[:4]]
            for word in (*keywords, *near):
                if bool(HAN.search(word)) == self.zh and goods_in([word]) and len(tabs) < 3:
                    tab = word if self.zh else titled(plural(word))
                    if not close_to(tab, [name, *tabs]):
                        tabs[tab[:40]] = [word]
        return [{"name": tab, "keywords": list(dict.fromkeys(words))[:4]} for tab, words in list(tabs.items())[:6]]


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """ThemePlanAnswer."""
    brief = data["brief"]
    zh = brief["language"] == "zh"
    venues = int(brief.get("venues", 1))
    asked = _COUNT.search(user)
    facts: list[Fact] = [fact for fact in data.get("facts", []) if isinstance(fact, dict)]
    subjects = [str(word) for word in brief.get("subjects", [])]
    wanted = understood(subjects)
    plan = _Plan(
        zh=zh,
        count=int(asked[1]) if asked else venues + 2,
        industry=(brief.get("industries") or [None])[0],
        taken=[str(name) for name in (*data.get("live_names", []), *data.get("kept", []))],
        shelves=[fact for fact in facts if fact.get("kind") == "shelf"],
        signal=str(brief.get("signal") or ""),
        qualities=qualities([str(each) for each in brief.get("constraints", [])], zh, _season(brief, wanted, zh)),
        slogans={str(slogan) for slogan in data.get("kept_slogans", [])},
    )
    rejected = [str(each.get("name", "")) for each in data.get("rejected", [])]
    again = bool(data.get("kept") or rejected)
    plan.taken += rejected
    scored = [(score, trend) for trend in data.get("trends", []) if (score := closeness(trend, wanted)) > 0]
    related = [trend for _, trend in sorted(scored, key=lambda pair: -pair[0])]  # stable: the hotter before the cooler
    together = [fact for fact in facts if fact.get("kind") == "together"]
    occasion = next(iter(wanted.occasions), None)
    apart = _separate(subjects, wanted) if venues > 1 else []
    if apart and len(apart) <= venues:
        lanes = [_lane(plan, phrase, venues // len(apart), related, together) for phrase in apart]
        _in_turns(plan, lanes)
        return {"themes": plan.themes}
    if subjects and not again:
        _own(plan, brief, subjects, wanted, related[0] if related else None, occasion)
    if venues == 1 and not subjects:
        _mixed(plan, set(brief.get("industries") or []))
    if venues > 1:
        _around(plan, brief, wanted, occasion, related, together, venues)
        if subjects and not again:
            _own(plan, brief, subjects, wanted, related[0] if related else None, occasion)  # where it was not said before
    return {"themes": plan.themes}


def _season(brief: dict[str, Any], wanted: Wanted, zh: bool) -> str:
    """The season or festival of the brief, as a name begins with it; "" where it has none.

    A day of shopping is no subject (618爆款数码), and stands in the sentence only; a season of the year that stands there alone
    may be a word about the goods (warm, cooling).
    """
    sentence = str(brief.get("sentence") or "")
    for phrase in map(str, brief.get("constraints", [])):
        sentence = sentence.replace(phrase, "；" * len(phrase))
    said = [match.group for match in find(sentence) if match.group.kind == "season" and match.group.zh[0] not in _OF_THE_YEAR]
    found = next((group for group in (*wanted.occasions, *said) if group.kind == "season"), None)
    return "" if found is None else found.zh[0] if zh else titled(found.en[0])


def _mixed(plan: _Plan, industries: set[str]) -> None:
    """One venue for a brief that names no goods: what sells best on each of the shelves, named after the brief's conditions."""
    shelves = [fact for fact in plan.shelves if not industries or fact.get("industry") in industries]
    units = turned([Unit((fact,)) for fact in shelves], "")[:_MIXED]
    facts = [unit.shelves[0] for unit in units]
    words = [word for fact in facts if (word := name_of_shelf(fact, plan.zh))]
    words += [str(fact["name"]) for fact in facts if str(fact["name"]) not in words]
    products = sum(int(fact.get("products", 0)) for fact in facts)
    names = ("、" if plan.zh else ", ").join(words[:4])
    reason = (
        f"符合要求的商品里卖得好的类目：{names}等，共 {products} 件"
        if plan.zh
        else f"what sells among the goods asked for: {names}; {products} in all"
    )
    if words:
        plan.add("好物" if plan.zh else "Finds", words, reason, facts=facts, even_if_live=True)


# --- lanes: one for each kind of goods that the brief names -----------------------------------------------------------


def _lane(
    plan: _Plan, phrase: str, share: int, related: Sequence[dict[str, Any]], together: Sequence[Fact]
) -> Iterator[Callable[[], bool]]:
    """Proposals about one phrase, best first. The phrase itself is a theme only where it gets one venue, or very many:
    beside two or three parts of it, the whole would only repeat them."""
    wanted = understood([phrase])

    def whole() -> bool:
        name = phrase if plan.zh else titled(phrase)
        reason = "一句话里点名的商品" if plan.zh else "named in the brief"
        return plan.add(name, synonyms(phrase), reason, trend=about(phrase, list(related)), about=phrase)

    if share <= 1 or share > 4:
        yield whole
    for unit in _units(plan, wanted, max(2, share)):
        yield lambda unit=unit: _propose(plan, unit, related, None, about=phrase)  # type: ignore[misc]
    for fact in together:
        yield lambda fact=fact: _across(plan, fact, wanted, phrase, about=phrase)  # type: ignore[misc]
    if 1 < share <= 4:
        yield whole


def _in_turns(plan: _Plan, lanes: Sequence[Iterator[Callable[[], bool]]]) -> None:
    """One proposal of each lane after the other, until there are enough or every lane is empty."""
    open_lanes = list(lanes)
    while open_lanes and not plan.full:
        for lane in list(open_lanes):
            if not any(propose() for propose in lane):
                open_lanes.remove(lane)


def _around(
    plan: _Plan,
    brief: dict[str, Any],
    wanted: Wanted,
    occasion: Group | None,
    related: Sequence[dict[str, Any]],
    together: Sequence[Fact],
    venues: int,
) -> None:
    """Themes around one wish: its shelves, trends about it, what runs through it; an occasion without goods takes in the
    whole shop, one industry after the other."""
    for unit in _units(plan, wanted, venues):
        _propose(plan, unit, related, occasion)
    for trend in (trend for trend in related if closeness(trend, wanted) >= 1):  # an occasion in common is not enough
        words = [str(word) for word in trend.get("keywords", [])]
        fitting = [word for word in words if wanted.fits(word)] or words
        reason = f"热点「{trend['title']}」与需求相符" if plan.zh else f'the trend "{trend["title"]}" fits the brief'
        name = trend_name(trend, wanted, plan.zh)
        plan.add(name, [*fitting, *goods_words(name)], reason, trend=trend)
    goods = next((subject for subject in map(str, brief.get("subjects", [])) if goods_in([subject])), "")
    if wanted.goods and goods:
        for fact in together:
            _across(plan, fact, wanted, goods)
    if not wanted.goods and not wanted.motifs and (wanted.occasions or plan.signal or not brief.get("subjects")):
        # A day of shopping sells everything; another occasion only what its trades have, and no suits for mooncakes.
        shopping = not wanted.occasions or any(group.zh[0] in _PLAIN for group in wanted.occasions)
        within = set(brief.get("industries") or []) if not wanted.occasions else set()
        if not shopping:
            within = {fact.get("industry") for fact in plan.shelves if fits(wanted, fact)}
        rest = [
            fact for fact in plan.shelves if fact["id"] not in plan.used and ((shopping and not within) or fact.get("industry") in within)
        ]
        for unit in turned(grouped(rest, 0 if plan.signal else venues), plan.signal):
            _propose(plan, unit, related, occasion if shopping else None, seasonal=shopping)
        for fact in together:
            if any(match.group.kind in ("scene", "season", "motif") for match in find(str(fact["name"]))):
                _across(plan, fact, wanted, "")


# --- units: shelves that make a theme -----------------------------------------------------------------------------------


def _units(plan: _Plan, wanted: Wanted, share: int) -> list[Unit]:
    """What is wanted, as units: whole groups of shelves where there are more shelves than venues, else single shelves;
    thin ones with their neighbours. Those that fit best come first, then those that lead."""
    fitting = [(score, fact) for fact in plan.shelves if (score := fits(wanted, fact))]
    best = max((score for score, _ in fitting), default=0)
    trades = {group.industry for group in wanted.goods if group.kind == "broad" and group.industry}
    if trades:  # a shelf of the trade that nobody counted among its goods still belongs to it
        known = {fact["id"] for _, fact in fitting}
        fitting += [(1, fact) for fact in plan.shelves if fact.get("industry") in trades and fact["id"] not in known]
    elif best >= 4:
        fitting = [(score, fact) for score, fact in fitting if score >= 3]
    scores = {fact["id"]: score for score, fact in fitting}
    # Of an occasion, rabbits, dogs and bears are one theme and no three.
    units = grouped([fact for _, fact in fitting], 1 if wanted.occasions and not wanted.goods and len(fitting) > 4 else share)

    def order(unit: Unit) -> tuple[float, float]:
        return (-max(scores[fact["id"]] for fact in unit.shelves), -lead(unit, plan.signal))

    return sorted(units, key=order)


# --- proposals ------------------------------------------------------------------------------------------------------------


def _propose(
    plan: _Plan, unit: Unit, related: Sequence[dict[str, Any]], occasion: Group | None, about: str = "", seasonal: bool = True
) -> bool:
    if any(fact["id"] in plan.used for fact in unit.shelves):
        return False  # 椅子 beside 椅子与沙发 would be half of the same venue
    name = unit_name(unit, plan.zh)
    if not name:
        return False
    # The shelf's own word and the brief's; a translation of several words would find its parts on other shelves.
    keywords = [str(word) for fact in unit.shelves for word in (fact["name"], *fact.get("words", [])[:1])]
    keywords.sort(key=lambda word: bool(HAN.search(word)) != plan.zh)  # stable: the brief's language first
    trend = only_about(name, list(related))
    added = plan.add(
        name,
        keywords,
        figures(unit, plan.zh, plan.signal),
        trend=trend,
        facts=unit.shelves[:4],
        occasion=occasion,
        about=about,
        seasonal=seasonal,
    )
    if added:
        plan.used.update(fact["id"] for fact in unit.shelves)
    return added


def _across(plan: _Plan, fact: Fact, wanted: Wanted, goods: str, about: str = "") -> bool:
    """What runs through several shelves, as a theme: 小个子女装, "Dresses for Work"; without goods: 露营好物."""
    value = str(fact["name"])
    if bool(HAN.search(value)) != plan.zh or not find(value):
        return False
    fitting = [shelf for shelf in map(str, fact.get("categories", [])) if not goods or wanted.fits(shelf)]
    if len(fitting) < (1 if goods else 3):
        return False
    bare = re.sub(r"^(?:for|as) (?:the |an? )?", "", value)
    if plan.zh:
        name = f"{value}{goods or '好物'}"
    else:
        name = f"{titled(goods or bare)} {value if bare != value else ''}".strip() if goods else f"{titled(bare)} Essentials"
        name = titled(f"{value} {goods}") if goods and bare == value else titled(name)
    count, shelves = int(fact.get("products", 0)), ("、" if plan.zh else ", ").join(fitting[:4])
    reason = (
        f"「{value}」贯穿 {len(fitting)} 个类目、{count} 件商品：{shelves}"
        if plan.zh
        else f'"{value}" runs through {len(fitting)} shelves and {count} products'
    )
    return plan.add(name, [value], reason, facts=[fact], about=about)


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
    plan.add(main_name(brief, subjects, wanted, zh), keywords, reason, trend=trend, occasion=occasion, even_if_live=True)


def _separate(subjects: list[str], wanted: Wanted) -> list[str]:
    """The brief's different goods, one phrase each; nothing where it names only one kind."""
    phrases: dict[Group, str] = {}
    for subject in subjects:
        meant = understood([subject])
        # 浴室和卧室: two places that call for their own goods are two kinds as well.
        places = [group for group in meant.occasions if group.kind == "scene" and group.members] if not wanted.goods else []
        for group in meant.goods or places:
            phrases.setdefault(group, subject)
    return list(phrases.values()) if len(phrases) > 1 else []


def _ranked(wanted: Wanted, shelves: Sequence[Fact]) -> list[Fact]:
    """Shelves that hold what is wanted, the closest first; the order they came in decides between equals."""
    scored = [(fits(wanted, shelf), shelf) for shelf in shelves]
    return [shelf for score, shelf in sorted(scored, key=lambda pair: -pair[0]) if score]
