"""What the offline model calls a theme, and its slogan: words of the lexicon and of the facts, nothing composed at random."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from infra.local.models.meaning import Wanted, in_language, understood
from infra.local.models.words import HAN, contains, find, titled

SLOGANS = {
    ("zh", "seasonal"): ("{s}正当时", "{s}好物早备齐", "赶在{s}前备好"),
    ("en", "seasonal"): ("In time for {s}", "Ready for {s}", "All set for {s}"),
    ("zh", "event"): ("热度正高，都在这里", "大家都在聊，这里有货", "趁热来看，正是时候"),
    ("en", "event"): ("The talk of the week", "What people ask for", "While it is hot"),
    ("zh", "industry"): ("跟着风向挑", "新风向，先看到", "正流行的都在这"),
    ("en", "industry"): ("Right on trend", "Follow the trend", "What people are after"),
    ("zh", "sells"): ("大家都在买", "卖得最好的都在这", "热卖款，一页看完"),
    ("en", "sells"): ("What everybody buys", "Best sellers on one page", "Bought again and again"),
    ("zh", "rises"): ("这周涨得最快", "越来越多人在买", "正流行，早一步挑"),
    ("en", "rises"): ("Rising fast this week", "More buyers every day", "Catching on right now"),
    ("zh", "new"): ("刚上的新货", "新品先看到", "新到的都在这"),
    ("en", "new"): ("Just in", "New here, see it first", "Fresh arrivals"),
    ("zh", "created"): (
        "一站配齐，轻松挑选", "挑得安心，用得开心", "常用好物，随手配齐", "想买的，这里都有", "好看好配，省心挑选", "精挑细选，放心下单",
        "一页看完，一次配齐", "选得省心，用得放心", "给日子添点新意", "好货成堆，慢慢挑",
    ),
    ("en", "created"): (
        "Everything in one place", "All you need in one go", "Picked for you", "Ready when you are", "One page, one order", "Chosen with care",
        "Choose with ease", "Good things, well priced", "Made for every day", "See it, love it",
    ),
}  # fmt: skip


_WHOM = frozenset({"women", "men", "girls", "boys", "kids", "children", "ladies", "babies", "toddlers"})


def main_name(brief: dict[str, Any], subjects: list[str], wanted: Wanted, zh: bool) -> str:
    """The name of the theme that is the brief itself."""
    said = [subject for subject in subjects if bool(HAN.search(subject)) == zh] or [in_language(subject, zh) for subject in subjects]
    said = [word for word in said if word] or [str(brief.get("idea", ""))]
    idea = str(brief.get("idea", ""))
    if bool(HAN.search(idea)) == zh and 2 <= (len(idea) if zh else len(idea.split())) <= (9 if zh else 4) and "、" not in idea:
        said = [idea]
    pieces: list[str] = []
    for word in said:
        if not any(word in longer or longer in word for longer in pieces):
            pieces.append(word)
    if zh:
        name = pieces[0] if len(pieces) == 1 or len("".join(pieces[:2])) > 9 else f"{pieces[0]}与{pieces[1]}"
        return name[:14]
    scenes = [word for word in pieces if understood([word]).occasions and not understood([word]).goods]
    goods = [word for word in pieces if word not in scenes]
    name = f"{goods[0]} and {goods[1]}" if len(goods) > 1 and len(" ".join(goods[:2]).split()) <= 4 else (goods or scenes)[0]
    if goods and scenes and len(f"{scenes[0]} {name}".split()) <= 5:
        name = f"{scenes[0]} {name}"
    name = titled(_goods_of(name))
    whom = str(brief.get("audience") or "").lower()
    # Said behind the goods, so that a venue of shoes for women is not one of shoes.
    return f"{name} for {titled(whom)}" if whom in _WHOM and len(name.split()) <= 3 and not contains(name, whom) else name


def _goods_of(name: str) -> str:
    """The bare word of a trade completed to its goods, as the lexicon has them: "pet supplies" and not "Pet"."""
    for match in find(name):
        if match.group.kind == "broad" and match.word.lower() == name.lower():
            whole = (word for word in match.group.en if word.lower().startswith(name.lower()))
            return next((word for word in whole if len(word) > len(name) + 1), name)
    return name


def goods_words(shelf: str) -> list[str]:
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


def close_to(name: str, others: Iterable[str]) -> bool:
    """Whether a name repeats another but for a word: half of its pairs of letters are the same."""
    mine = _pairs(name)
    return any(len(mine & (theirs := _pairs(str(other)))) >= 0.6 * len(mine | theirs) for other in others)


def _pairs(name: str) -> frozenset[str]:
    tight = re.sub(r"[\s&·、，,-]+", "", name.lower())
    return frozenset(tight[i : i + 2] for i in range(len(tight) - 1)) or frozenset({tight})
