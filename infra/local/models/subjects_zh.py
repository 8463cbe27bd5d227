"""The goods that a Chinese sentence names, as search words."""

from __future__ import annotations

import re

from infra.local.models.words import HAN, Match, find

_ZH_REQUEST = re.compile(
    r"(?:请|麻烦|帮我们?|帮忙|给我们?|我们?想要?|我们?要|我们?需要|想要|需要|能不能|可不可以|可以|希望|打算|准备|计划|快速?)*"
    r"(?:自动)?(?:生成|做|建|搭建?|创建|弄|搞|策划|设计|出|上线|打造|开|办|来|推)(?:一下|出|成|做)?(?=[一二两三四五六七八九十\d]|个|场|些|套|$|[\s，,。]|关于|以)"
    r"|(?:请|麻烦|帮我们?|帮忙|给我们?)(?:快速)?(?:自动)?(?:生成|做|建|搭建?|创建|弄|搞|策划|设计|出|上线|打造|开|办|推)?"
    r"|我们?想要?(?:推广|卖|上|做|推)?|我们?要(?:推广|卖|上|做|推)?|我们?需要|我想|想要|需要|推广|主推|推一下|生成|搭建|打造|策划"
    r"|周年庆典?|店庆|会员日|开业大吉|开业|促销会场|大促会场|活动会场|会场|专场|专题页?|促销页面?|活动页面?|页面|落地页|主题页|大促|促销|企业团购|团购|集采|活动|预热|返场|特卖会?|清仓|囤货|采购|备货|进货|补货"
    r"|好物推荐|好物|好货|精选|优选|必备|推荐|专区|合集|大全|主题|系列|相关|商品|产品|货品|货源|吧|呢|哦|啊|谢谢|辛苦|老板|越快越好|尽快|今天|明天|下周|本周|这周|今年|最近|当季|应季"
)
_ZH_MEASURE = re.compile(r"(?:[一两几这那]|\d+|□+)(?:个|场|款|批|种|次|页|些|套(?!装))|(?<![\u4e00-\u9fff])个|第[一二三\d]+")
_ZH_GLUE = re.compile(
    r"的|地|和|与|跟|及|以及|或者?|还有|包括|比如|例如|一些|各种|各类|所有|全部|多种|不同|适合|面向|针对|用于|关于|以|给|为|要|有|是|在|里|上|用|支持"
)
_ZH_JUNK = re.compile(
    r"我|你|他|她|们|想|卖|喜欢|买|看|能|会|让|把|店|客户|市场|希望|可以|送|带|搞|弄|挑|找|上架|不要|没有|这|那|什么|怎么|很|非常|特别|比较|帮|快|就|都|也|再|测试|随便|单价|价格|销量|评分|质量|性价比|利润|风格|氛围|左右|之间|之类"
)
_ZH_TRAIT = re.compile(r"[\u4e00-\u9fff]{1,3}色系?|(?:耐|防|无|易|可|不|超|加|高|低|双|多|轻|薄|厚|保|速|静).")
_ZH_TAIL = re.compile(r"(?:配件|零件|耗材|套装|套盒|礼盒|礼包|大礼包|摆件|收纳|碗勺|碗筷|挂件)")
_ZH_EDGES = re.compile(r"^(?:小|新|大)?(?:众)?(?=□)|^[年月日号款]+|(?:类|款|货|用|专用|等|等等|之类|们|季末|季|节)$")
# Words that name no goods by themselves.
_BARE = ("礼物", "礼品", "礼盒", "装备", "用品", "神器", "东西", "百货")


def subjects_zh(text: str) -> list[str]:
    """Those the lexicon knows first; an occasion where there are none."""
    goods: list[str] = []
    others: list[str] = []
    traits: list[str] = []  # what goods are like; no subject where goods are named
    for piece in _pieces_zh(text):
        matches = find(piece)
        named = [match for match in matches if match.group.names_goods]
        if named:
            goods += _named_zh(piece, matches, named)
        elif any(match.group.kind in ("motif", "season", "scene", "style", "material") for match in matches):
            telling = [match for match in matches if match.group.kind in ("motif", "season", "scene")]
            if telling:
                others.append(_tidy_zh(piece[telling[0].start : telling[-1].end]))
            else:
                traits.append(_tidy_zh(piece))
        elif _ZH_TRAIT.fullmatch(piece):
            traits.append(piece)
        elif not _ZH_JUNK.search(piece) and (not matches or matches[0].group.kind != "audience"):
            others.append(_tidy_zh(piece)[:12])
    # What the lexicon knows as goods comes first; an occasion without goods is still something to plan for.
    return [word for word in dict.fromkeys([*goods, *others] or traits) if len(word) > 1 and word not in _BARE]


def _pieces_zh(text: str) -> list[str]:
    """Stretches without request words, punctuation and glue; words of the lexicon are never cut (有机, 和风)."""
    bare = _ZH_MEASURE.sub("；", _keeping(_ZH_REQUEST, text))
    bare = _keeping(_ZH_GLUE, bare)
    bare = re.sub(r"(?:19|20)\d\d年?|□+", "；", bare)
    pieces = re.findall(
        r"[A-Za-z0-9][A-Za-z0-9'.+ -]*[\u4e00-\u9fff]+|[\u4e00-\u9fff][\u4e00-\u9fffA-Za-z0-9]*|[A-Za-z][A-Za-z' -]{2,}", bare
    )
    return [piece for raw in pieces if len(piece := raw.strip(" .-'")) > 1]


def _keeping(pattern: re.Pattern[str], text: str) -> str:
    """Blot out what the pattern finds, but no part of a word of the lexicon."""
    known = [(match.start, match.end) for match in find(text) if match.end - match.start > 1]

    def blot(m: re.Match[str]) -> str:
        # A whole request word may hold a word of the lexicon (活动); only a part of a longer known word is protected.
        if any(a < m.end() and m.start() < b and not (m.start() <= a and b <= m.end()) for a, b in known):
            return m[0]
        return "；" * len(m[0])

    return pattern.sub(blot, text)


def _named_zh(piece: str, matches: list[Match], named: list[Match]) -> list[str]:
    head = named[-1]
    # 月饼礼盒 are mooncakes still, and looked for as such.
    tail = _ZH_TAIL.match(piece, head.end)
    end = tail.end() if tail else head.end
    whole = _tidy_zh(piece[:end])
    start = 0
    if _width(whole) > 20 or _ZH_JUNK.search(_outside(piece, matches)):
        # Too long to be one name: the goods with what the lexicon knows to stand right before them.
        start = head.start
        for match in reversed([match for match in matches if match.end <= head.start]):
            if match.end < start and piece[match.end : start] not in ("", "之"):
                break
            start = match.start
        whole = _tidy_zh(piece[start:end])
    row = [head]
    for match in reversed(named[:-1]):
        if match.end == row[0].start and match.group.kind == head.group.kind == "goods" and match.group != row[0].group:
            row.insert(0, match)
    if len(row) > 2 or (len(row) == 2 and row[0].group.industry == head.group.industry):
        return [match.word for match in row]  # 毛巾枕头, 项链耳环: kinds side by side, no compound
    if len(named) > 1 and named[-2].group == head.group and named[-2].end == head.start:
        return [named[-2].word, head.word]  # 四件套床品: two words for one thing, and no title has both
    before = [match.group.kind for match in matches if start <= match.start and match.end <= head.start]
    narrows = any(kind in ("motif", "material", "goods", "broad") for kind in before)
    found = [whole]
    if whole != head.word and not narrows and head.word not in ("装备", "用品"):
        found.append(head.word)
    return found


def _width(text: str) -> int:
    return sum(2 if HAN.match(char) else 1 for char in text)


def _outside(piece: str, matches: list[Match]) -> str:
    for match in reversed(matches):
        piece = piece[: match.start] + " " + piece[match.end :]
    return piece


def _tidy_zh(piece: str) -> str:
    tidy = piece.strip(" .-")
    while (cut := _ZH_EDGES.sub("", tidy)) != tidy and len(cut) > 1:
        if any(match.end == len(tidy) and match.end - match.start > 1 for match in find(tidy)):
            break  # the last characters are a word of their own: 开学季
        tidy = cut
    return tidy
