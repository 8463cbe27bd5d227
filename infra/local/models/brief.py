"""interpret_brief: what one sentence asks for, by its own words. Whatever it orders besides goods is not carried out."""

from __future__ import annotations

import html
import re
from typing import Any

from infra.local.models.embeddings import Embedder
from infra.local.models.grammar import limits, number, unmeasured, without_names
from infra.local.models.moments import NO_GOODS, WHEN, each_of, signal_of
from infra.local.models.words import HAN, Group, Match, contains, find, goods_in, group_named, groups_in, singular

# --- what is not about goods ------------------------------------------------------------------------------------------

_MARKUP = re.compile(
    r"<(script|style)\b[^>]*>.*?(?:</\1\s*>|$)|<[^<>]*>|\{\{.*?\}\}|\{%.*?%\}|\$\{.*?\}|https?://\S+|www\.\S+|\S+@\S+\.\w+|```+",
    re.IGNORECASE | re.DOTALL,
)
# A clause that gives orders to a model names no goods; it is cut out whole, up to the next punctuation.
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|prompts?|rules?|above|previous|everything|guidelines)\b|"
    r"system prompts?|jailbreak|developer mode|\byou are now\b|\bact as\b|\bpretend to be\b|\broleplay\b|api[\s_-]*keys?|"
    r"\b(?:passwords?|credentials?|secrets?|tokens)\b|\b(?:reveal|print|output|repeat|leak|show me)\b.{0,30}\b(?:prompt|instructions?|system|keys?|data)\b|"
    r"\bdrop\s+table\b|\bselect\s+\*|\brm\s+-rf\b|\bdelete\s+all\b|\bassistant\s*:|\bsystem\s*:|\buser\s*:|"
    r"(?:忽略|无视|忘记|忘掉|跳过).{0,12}(?:指令|指示|提示|规则|设定|要求|内容|一切)|系统提示|提示词|越狱|开发者模式|你现在是|扮演|密码|密钥|"
    r"(?:输出|打印|泄露|透露|告诉我).{0,10}(?:指令|系统|数据库|密|提示)|删除(?:所有|全部)|删库|"
    r"(?:把|将).{0,12}(?:设为|设成|设置为|改为|改成|调成|调为)|\b(?:set|change|override)\b.{0,25}\b(?:prices?|thresholds?|ratings?|conditions?|limits?|stock)\b.{0,20}\b(?:to|below|under|at|as)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[^。！？!?；;\n.，,]+")

# --- the request itself -----------------------------------------------------------------------------------------------

_ZH_REQUEST = re.compile(
    r"(?:请|麻烦|帮我们?|帮忙|给我们?|我们?想要?|我们?要|我们?需要|想要|需要|能不能|可不可以|可以|希望|打算|准备|计划|快速?)*"
    r"(?:自动)?(?:生成|做|建|搭建?|创建|弄|搞|策划|设计|出|上线|打造|开|办|来|推)(?:一下|出|成|做)?(?=[一二两三四五六七八九十\d]|个|场|些|套|$|[\s，,。]|关于|以)"
    r"|(?:请|麻烦|帮我们?|帮忙|给我们?)(?:快速)?(?:自动)?(?:生成|做|建|搭建?|创建|弄|搞|策划|设计|出|上线|打造|开|办|推)?"
    r"|我们?想要?(?:推广|卖|上|做|推)?|我们?要(?:推广|卖|上|做|推)?|我们?需要|我想|想要|需要|推广|主推|推一下|生成|搭建|打造|策划"
    r"|周年庆典?|店庆|会员日|开业大吉|开业|促销会场|大促会场|活动会场|会场|专场|专题页?|促销页面?|活动页面?|页面|落地页|主题页|大促|促销|企业团购|团购|集采|活动|预热|返场|特卖会?|清仓|囤货|采购|备货|进货|补货"
    r"|好物推荐|好物|好货|精选|优选|必备|推荐|专区|合集|大全|主题|系列|相关|商品|产品|货品|货源|吧|呢|哦|啊|谢谢|辛苦|老板|越快越好|尽快|今天|明天|下周|本周|这周|今年|最近|当季|应季"
)
_ZH_MEASURE = re.compile(r"(?:[一两几这那]|\d+|□+)(?:个|场|款|批|种|次|页|些|套(?!装))|(?<![\u4e00-\u9fff])个|第[一二三\d]+")
_EN_REQUEST = re.compile(
    r"\b(?:please|can you|could you|would you|i want|i need|i'd like|i would like|we want|we need|we'd like|we are|i am|i'm|we're|help me|help us|let's|"
    r"make|create|build|generate|prepare|design|set up|plan|planning|launch|launching|run|running(?=\s+an?\b)|give me|give us|show|do|put together|promote|promoting|sell|selling|"
    r"venues?|promotional|promotions?|promos?|campaigns?|landing|pages?|web ?sites?|events?|sales?|deals?|offers?|specials?|discounts?|clearance|anniversary|grand opening|members'? day|"
    r"flash|sizes?\s+[\d/-]+|collections?|selections?|assortments?|ranges?|thanks?|thank you|asap|today|tomorrow|next week|this week|this year|season)\b",
    re.IGNORECASE,
)
_ZH_COUNT = re.compile(
    r"(?<![\d.])(\d[\d,]*|[零一二两三四五六七八九十百千万]+)\s*(?:多|\+)?\s*(?:个|场|页)\s*(?=[^，。,.；;]{0,24}?(?:会场|专场|专题|页面?|主题))"
)
_EN_COUNT = re.compile(
    r"(?<![\d.,$])\b(\d{1,3}(?:,\d{3})+|\d+|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|a dozen|a hundred|a couple of)\+?\s+"
    r"(?:[\w'-]+[\s-]+){0,5}?(?:venues|pages|promotions|campaigns|themes)\b",
    re.IGNORECASE,
)
_ZH_PEOPLE = (
    "学生党|大学生|中学生|小学生|学生|宝妈|宝爸|上班族|打工人|白领|情侣|孩子们?|小朋友|儿童|老人家?|长辈|父母|爸妈|年轻人|女生|男生|女孩子?|男孩子?|新手|孕妇|孕妈|"
    "批发商|零售店主|小店主|店主|便利店|民宿主?|养宠人|铲屎官|车主|钓友|跑友|露营爱好者|游戏玩家|商务人士|企业客户|海外买家|妈妈|爸爸|老师|女朋友|男朋友|闺蜜|东南亚|欧美|日韩|北美|欧洲|中东|海外|国内"
)
_ZH_AUDIENCE = re.compile(
    rf"(?:面向|针对|适合|送给|献给|给|为|卖给|吸引)\s*({_ZH_PEOPLE})(?:们)?(?:用|穿|戴|吃|玩|看|买|准备|做|的)?(?:的)?|({_ZH_PEOPLE})(?:专用|专属|喜欢|爱用|用的|穿的)的?|"
    r"(?<![\u4e00-\u9fff])(学生党|宝妈|上班族|打工人|白领|铲屎官|批发商)"
)
_EN_AUDIENCE = re.compile(
    r"\b(?:for|to|aimed at|targeting|targeted at)\s+((?:young |new |busy |small |first[- ]time |home |european |american |overseas )?(?:students|mums|moms|mothers|fathers|dads|kids|"
    r"children|toddlers|babies|couples|teenagers|teens|gamers|commuters|retailers|shop ?owners|shopkeepers|resellers|campers|runners|office workers|beginners|"
    r"seniors|pet owners|cat owners|dog owners|women|men|girls|boys|ladies|parents|travell?ers|hikers|teachers|brides|boutiques|hotels|cafes|importers|buyers))\b",
    re.IGNORECASE,
)
_ZH_TONE = re.compile(
    r"(温馨|可爱|高级感?|活泼|清新|喜庆|浪漫|热闹|治愈|简约|国潮|复古|年轻化?|专业)(?:一点|一些|点)?(?:的)?(风格|风|氛围|感觉|调性|调调)?(的)?"
)
_EN_TONE = re.compile(
    r"\b(cosy|cozy|cute|playful|elegant|minimal|minimalist|festive|romantic|retro|fresh|fun|cheerful|warm|calm)\b(?:\s+(?:and\s+\w+\s+)?(tone|mood|style|look|feel|feeling|vibe))?",
    re.IGNORECASE,
)
_ZH_GLUE = re.compile(
    r"的|地|和|与|跟|及|以及|或者?|还有|包括|比如|例如|一些|各种|各类|所有|全部|多种|不同|适合|面向|针对|用于|关于|以|给|为|要|有|是|在|里|上|用|支持"
)
_ZH_JUNK = re.compile(
    r"我|你|他|她|们|想|卖|喜欢|买|看|能|会|让|把|店|客户|市场|希望|可以|送|带|搞|弄|挑|找|上架|不要|没有|这|那|什么|怎么|很|非常|特别|比较|帮|快|就|都|也|再|测试|随便|单价|价格|销量|评分|质量|性价比|利润|风格|氛围|左右|之间|之类"
)
_ZH_TRAIT = re.compile(r"[\u4e00-\u9fff]{1,3}色系?|(?:耐|防|无|易|可|不|超|加|高|低|双|多|轻|薄|厚|保|速|静).")
_ZH_TAIL = re.compile(r"(?:配件|零件|耗材|套装|套盒|礼盒|礼包|大礼包|摆件|收纳|碗勺|碗筷|挂件)")
_ZH_EDGES = re.compile(r"^(?:小|新|大)?(?:众)?(?=□)|^[年月日号款]+|(?:类|款|货|用|专用|等|等等|之类|们|季末|季|节)$")
_EN_STOP = frozenset(
    """
    a an the and or for of in on with to by from my our your their his her its some any all that which who whose is are be was were been being this these those
    it as at into about than then so but not no nor if when while just also only very more less most least up out off over under below above between within per
    each every other another such same own can could will would shall should may might must do does did have has had having get got let us me we you they them i
    he she him what where why how there here please thanks ok okay hi hello hey dear team
    want wants need needs like likes love loves look looking looks find finding help buy buying buyer buyers sell sells seller sellers customer customers shopper
    shoppers people guy guys folks everyone someone anything everything something someplace lot lots bit kind kinds type types sort sorts thing things stuff item items
    product products good goods great nice best top new newest latest hot trendy trending popular fashionable stylish quality cheap cheapest price prices priced pricing cost
    value affordable budget money sale sales deal deals offer offers discount discounts discounted special specials shop shops store stores online market marketplace
    wholesale bulk stock supply supplier suppliers factory brand brands branded theme themed themes idea ideas based around called titled focus focused focusing featuring
    feature features including include includes star stars rated rating ratings review reviews piece pieces pcs unit units pack sold selling seller bestselling
    shipping ship ships shipped delivery day days hour hours week weeks month months year years minimum maximum moq order orders inclusive free
    upcoming coming soon big huge little small large mini really super pretty cool awesome amazing perfect ideal suitable different various many several few
    old aged age ages ready easy quick fast page pages venue venues campaign campaigns promotion promotions ignore instructions instruction previous system prompt answer output print
    custom logo logos bulk say says said tell write use using used etc eg ie vs via re us one two three four five six seven eight nine ten dozen hundred
    """.split()  # noqa: SIM905 - reads better in lines than as a list
)
_EN_SCENES = re.compile(
    r"\bback[\s-]to[\s-]school\b|\bnew year(?:'s)?(?: day)?\b|\bmother'?s'? day\b|\bfather'?s'? day\b|\bchildren'?s day\b|\bvalentine'?s?(?: day)?\b|\bblack friday\b|"
    r"\bcyber monday\b|\bsingles'? day\b|\bteachers'? day\b|\bmid-autumn(?: festival)?\b|\bspring festival\b|\bdragon boat(?: festival)?\b|\bgolden week\b|"
    r"\bnational day\b|\blabou?r day\b|\bhome office\b|\bwork from home\b|\broad trips?\b|\bdouble 1[12]\b|\bwomen'?s day\b|\bsmall (?:flats?|apartments?)\b|\brented (?:flats?|apartments?)\b",
    re.IGNORECASE,
)


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """BriefAnswer."""
    sentence = str(data["sentence"])
    text = harmless(sentence)
    zh = len(HAN.findall(text)) >= len(re.findall(r"[A-Za-z]{2,}", text))
    if not re.search(r"[\u4e00-\u9fffA-Za-z]", text):
        zh = bool(HAN.search(sentence))
    text, each = each_of(text)
    text, venues = (text, None) if each else _without_count(text, zh)
    when = WHEN.search(text)
    if when:
        text = _blotted(text, *when.span())
    signal = signal_of(text)
    found = limits(text)
    constraints = [phrase for phrase in dict.fromkeys(limit.phrase for limit in found) if phrase in sentence]
    for limit in found:
        text = _blotted(text, limit.start, limit.start + len(limit.phrase))
    for wish in unmeasured(text):
        text = text.replace(wish, "；" * len(wish))
        constraints += [wish] if wish in sentence and wish not in constraints else []
    text, audience = _taken(text, _ZH_AUDIENCE if zh else _EN_AUDIENCE)
    text, tone = _tone(text, zh)
    names = _subjects_zh(text) if zh else _subjects_en(text)
    names = [name for name in names if name not in NO_GOODS]
    subjects = list(dict.fromkeys(_searchable(name) for name in names))
    if each and subjects:
        # 厨房+收纳+宠物 are three kinds; a name beside them that nobody knows is none.
        kinds = {heads[-1] for subject in subjects if (heads := goods_in([subject]))}
        venues = min(10_000, each * (len(kinds) or len(set(subjects))))
    return {
        "language": "zh" if zh else "en",
        "idea": _idea(names, zh)[:300],
        "industries": _industries(data, sentence, subjects),
        "subjects": subjects[:20],
        "constraints": [phrase[:100] for phrase in constraints[:20]],
        "audience": audience[:100],
        "tone": tone[:100],
        "venues": venues,
        "window": when[0].strip()[:100] if when and when[0].strip() in sentence else "",
        # Beside goods of its own, 爆款 is a condition on them and nothing to go looking for.
        "signal": signal if not subjects else "",
    }


def harmless(sentence: str) -> str:
    """The sentence without markup, addresses and clauses that give orders to a model; nothing is joined that stood apart."""
    text = html.unescape(sentence)
    text = _MARKUP.sub(lambda m: " " if re.fullmatch(r"</?\w{1,8}>", m[0]) else " ； ", text)
    return _CLAUSE.sub(lambda m: "；" if _ORDERS.search(m[0]) else m[0], text)


def _blotted(text: str, start: int, end: int) -> str:
    return text[:start] + "；" * (end - start) + text[end:]


def _without_count(text: str, zh: bool) -> tuple[str, int | None]:
    found = (_ZH_COUNT if zh else _EN_COUNT).search(without_names(text))
    if not found:
        return text, None
    said = found[1].lower()
    value = 2.0 if said == "a couple of" else number(said)
    if value is None:
        return text, None
    return text[: found.start(1)] + " " * len(found[1]) + text[found.end(1) :], min(10_000, int(value))


def _taken(text: str, pattern: re.Pattern[str]) -> tuple[str, str]:
    """The text without what the pattern found, and its first group that said something."""
    found = pattern.search(text)
    if not found:
        return text, ""
    said = next(group for group in found.groups() if group)
    # 儿童餐具 are goods for children, and stay so; 给儿童 is only whom.
    return _blotted(text, *found.span()), said


def _tone(text: str, zh: bool) -> tuple[str, str]:
    for found in (_ZH_TONE if zh else _EN_TONE).finditer(text):
        if zh:
            # 复古跑鞋 are a kind of shoes; 复古风格 is how the page shall look.
            after = text[found.end() : found.end() + 1]
            of_page = found[2] not in (None, "风") or (found[2] == "风" and not HAN.match(after) and not after.isalpha())
            if not of_page and not (found[0].endswith("的") and found[1] in ("温馨", "喜庆", "浪漫", "活泼", "热闹", "清新")):
                continue
        elif not found[2] and found[1].lower() not in ("cosy", "cozy", "playful", "festive", "romantic", "cheerful"):
            continue
        return _blotted(text, *found.span()), found[1]
    return text, ""


# Words that name no goods by themselves.
_BARE = ("礼物", "礼品", "礼盒", "装备", "用品", "神器", "东西", "百货")

# --- subjects ---------------------------------------------------------------------------------------------------------


def _subjects_zh(text: str) -> list[str]:
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


def _subjects_en(text: str) -> list[str]:
    goods: list[str] = []
    others: list[str] = []
    unknown: list[str] = []
    scenes = [re.sub(r"[\s-]+", " ", found[0]).lower() for found in _EN_SCENES.finditer(text)]
    bare = _EN_REQUEST.sub(" ； ", _EN_SCENES.sub(" ； ", text))
    for run in re.split(r"[^\w\s'’-]+", bare):
        for words in _runs_en(run):
            phrase = " ".join(words)
            matches = find(phrase)
            if any(match.group.names_goods for match in matches):
                goods += _named_en(phrase, matches)
            elif any(match.group.kind != "audience" for match in matches):
                others.append(" ".join(words[-3:]))
            elif not matches:
                unknown.append(" ".join(words[-3:]))
    if goods:  # beside goods, a lone word that is no plural is an adjective or a scrap of the sentence
        unknown = [phrase for phrase in unknown if " " in phrase or re.search(r"[^s]s$", phrase)]
        others = [phrase for phrase in others if any(match.group.kind in ("motif", "season", "scene") for match in find(phrase))]
    unknown = [phrase for phrase in unknown if phrase not in ("gifts", "presents")]
    others = [phrase for phrase in others if phrase not in ("gift", "gifts", "present", "presents", "gift boxes")]
    han = re.findall(r"[\u4e00-\u9fff]+", text)
    return list(dict.fromkeys([*goods, *_subjects_zh("；".join(han)), *unknown, *others, *scenes]))


def _runs_en(text: str) -> list[list[str]]:
    """Stretches of content words, lower case, as they are written (plurals kept)."""
    runs: list[list[str]] = [[]]
    for word in re.findall(r"[A-Za-z][A-Za-z0-9'’]*(?:-[A-Za-z0-9]+)*|\d[\w-]*", text.lower().replace("’", "'")):
        bare = word.strip("'-")
        if bare in _EN_STOP or singular(bare) in _EN_STOP or len(bare) < 2 or not re.search(r"[a-z]{2}", bare):
            runs.append([])
        else:
            runs[-1].append(bare)
    return [run for run in runs if run]


def _named_en(phrase: str, matches: list[Match]) -> list[str]:
    found: list[str] = []
    named = [match for match in matches if match.group.names_goods]
    cut = 0
    for place, match in enumerate(named):
        following = named[place + 1] if place + 1 < len(named) else None
        if following and following.start - match.end <= 1 and len(phrase[match.start : following.end].split()) <= 4:
            continue  # "toy storage boxes": the last noun says what it is
        before = phrase[cut : match.start].split()
        known = [other for other in matches if cut <= other.start and other.end <= match.start]
        modifiers = before[-2:]
        for other in known:  # half of "eco-friendly" would be nonsense
            inside = len(phrase[other.start : match.start].split())
            if other.start < match.start - len(" ".join(modifiers)) - 1 < other.end:
                modifiers = before[-inside:] if inside <= 3 else before[len(before) - inside + len(other.word.split()) :]
        whole = " ".join([*modifiers, match.word])
        found.append(whole)
        narrows = any(other.group.kind in ("motif", "material", "goods", "broad") for other in known)
        if modifiers and not narrows:
            found.append(match.word)
        cut = match.end
    return found


def _searchable(name: str) -> str:
    """A name without a last word that no title carries: 露营装备 are found by 露营, "camping gear" by "camping"."""
    bare = re.sub(r"(?:装备|神器)$|\s(?:gear|equipment|kit|essentials|supplies)$", "", name)
    return bare if len(bare) > 1 and find(bare) else name


def _idea(subjects: list[str], zh: bool) -> str:
    """The subjects as one phrase; what repeats a part of a longer one is left out."""
    kept: list[str] = []
    for subject in subjects:
        if not any(subject in longer for longer in kept) and len(kept) < 3:
            kept.append(subject)
    if zh:
        occasions = [word for word in kept if (found := find(word)) and all(m.group.kind == "season" for m in found)]
        goods = [word for word in kept if word not in occasions]
        if occasions and goods and len(occasions[0] + goods[0]) <= 10:
            return occasions[0] + goods[0]
        return "、".join(kept)
    seasons = [word for word in kept if " " not in word and any(m.group.kind == "season" for m in find(word))]
    kept = [word for word in kept if word not in seasons] or kept  # a season said aside: "stock up for winter"
    if len(kept) > 1 and _EN_SCENES.fullmatch(kept[-1]):
        return f"{kept[-1]} {kept[0]}"
    return kept[0] if len(kept) == 1 else " and ".join([", ".join(kept[:-1]), kept[-1]]) if kept else ""


# --- industries -------------------------------------------------------------------------------------------------------


def _industries(data: dict[str, Any], sentence: str, subjects: list[str]) -> list[str]:
    listed = [entry for entry in data.get("industries", []) if entry.get("code")]
    codes = {str(entry["code"]) for entry in listed}
    hint = data.get("industry_hint")
    found = [str(hint)] if hint else []
    heads: list[Group] = []
    for subject in subjects:
        heads += goods_in([subject])[-1:]
    if not heads:  # an occasion: the industries of what it calls for
        heads = [group_named(member) for group in groups_in(subjects) for member in group.members]
    found += [group.industry for group in heads if group.industry in codes]
    if len(found) == bool(hint):
        scored: dict[str, int] = {}
        said = " ".join(subjects) or sentence
        for entry in listed:
            names = [*entry.get("words", []), entry.get("zh", ""), entry.get("en", "")]
            # A long word is better evidence than a short one: 包 stands in many things that are no bags.
            score = sum(len(name) ** 2 for name in map(str, names) if len(name) > 1 and contains(said, name))
            if score:
                scored[str(entry["code"])] = score
        best = max(scored.values(), default=0)
        if best:
            found += [code for code, score in sorted(scored.items(), key=lambda p: -p[1]) if score >= best * 0.5]
    return list(dict.fromkeys(found))[:4]
