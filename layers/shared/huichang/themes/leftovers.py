"""What an operator said and nobody understood, so that it is told instead of being dropped in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable

from huichang.selection.words import bigrams, english_words, fold, han_runs, without_scenes

# Words of asking, counting and connecting: a sentence has them whatever it wants.
_ZH = re.compile(
    r"帮我们?|帮忙|给我们?|请|麻烦|我们?|你们?|想要?|需要|希望|打算|准备|计划|生成|制作|做|建|搭建?|创建|弄|搞|策划|设计|打造|上线|推出|推|来|开|办|上|要|出|"
    r"一下|一些|一批|各|每[种类个]?|分别|[零一二两三四五六七八九十百千]+|[个场款批种次页些套]|会场|专场|专题|页面|大促|促销|活动|主题|品类|类目|"
    r"预热|返场|焕新|换新|上新|推荐|好物|爆款|热卖|热销|畅销|卖得?最?好|涨得?最?快|上升|新品|最近|现在|当下|本季|当季|应季|快|最|更|很|都|也|再|就|还|"
    r"的|地|得|和|与|跟|及|或|而|以|为|给|从|到|在|里|中|前|后|内|外|之|这|那|有|是|能|可以|让|把|被|对|向|用|吧|呢|吗|哦|啊|了|着|过|等|们|"
    r"面向|针对|适合|关于|用于|包括|比如|例如|风格|氛围|调性|感|季|节|期间|左右|元|块|以下|以上|以内|天|月|日|号|年|周末|下?周|今年|明年|越快越好|尽快|谢谢"
)
_EN = frozenset(
    """
    a an the and or but for of in on with to by from at as my me our us we i you your it its is are be was were this that these
    those all any some each every both please make create build generate give want need like would could can prepare plan launch
    run help show do put together venue venues page pages promotion promotions promo promos campaign campaigns theme themes event
    events sale sales deal deals offer offers special specials collection collections products product goods items things stuff
    shop store around about under over below above between before after during until next week weekend weekends month day days
    today tomorrow year now right best top most what which sells selling sell sold rising trending new newest arrivals latest
    popular season seasonal one two three four five six seven eight nine ten eleven twelve dozen couple few several many much more
    less big small great good nice quick soon asap thanks thank piece pieces per up down out off into then than so not no only
    just also too very style tone feel look mood gift gifts refresh ideas idea
    """.split()  # noqa: SIM905 - reads better in lines than as a list
)
_MOST = 8


def leftovers(sentence: str, understood: Iterable[str]) -> tuple[str, ...]:
    """Stretches of the sentence that neither stand in what was understood nor share a word with it; verbatim, in order.

    Words of asking, generic words of the trade, occasions and numbers are no stretches.
    """
    kept = [fold(text) for text in understood if text.strip()]
    known_words = {word for text in kept for word in english_words(text)}
    known_pairs = {pair for text in kept for pair in bigrams(text)}
    rest = fold(sentence)
    for text in sorted(kept, key=len, reverse=True):
        rest = rest.replace(text, "；" * len(text))
    found: list[str] = []
    for run in han_runs(rest):
        for piece in _ZH.sub("；", without_scenes(run)).split("；"):
            tidy = piece.strip()
            if len(tidy) > 1 and not any(tidy[i : i + 2] in known_pairs for i in range(len(tidy) - 1)):
                found.append(tidy)
    for clause in re.split(r"[^a-z0-9'’ -]+", rest):
        run_words: list[str] = []
        for word in [*clause.split(), ""]:
            bare = word.strip("-'’")
            plain = english_words(bare)
            if plain and bare.isascii() and not any(char.isdigit() for char in bare) and not _understood(bare, plain, known_words):
                run_words.append(bare)
            elif run_words:
                found.append(" ".join(run_words))
                run_words = []
    return tuple(dict.fromkeys(text[:60] for text in found if len(text) > 1))[:_MOST]


def _understood(word: str, plain: tuple[str, ...], known: set[str]) -> bool:
    return word in _EN or all(part in known or part in _EN for part in plain) or not without_scenes(word)
