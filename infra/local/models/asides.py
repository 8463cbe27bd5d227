"""What a sentence says beside its goods and limits: how many venues, for whom, in which tone."""

from __future__ import annotations

import re

from infra.local.models.grammar import number, without_names
from infra.local.models.words import HAN

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


def blotted(text: str, start: int, end: int) -> str:
    """The text with that stretch blotted out, at its old length; nothing is joined that stood apart."""
    return text[:start] + "；" * (end - start) + text[end:]


def without_count(text: str, zh: bool) -> tuple[str, int | None]:
    """The text without the number of venues, and the number; None where it does not say."""
    found = (_ZH_COUNT if zh else _EN_COUNT).search(without_names(text))
    if not found:
        return text, None
    said = found[1].lower()
    value = 2.0 if said == "a couple of" else number(said)
    if value is None:
        return text, None
    return text[: found.start(1)] + " " * len(found[1]) + text[found.end(1) :], min(10_000, int(value))


def without_audience(text: str, zh: bool) -> tuple[str, str]:
    """The text without whom it is for, and whom; "" where it does not say."""
    found = (_ZH_AUDIENCE if zh else _EN_AUDIENCE).search(text)
    if not found:
        return text, ""
    said = next(group for group in found.groups() if group)
    # 儿童餐具 are goods for children, and stay so; 给儿童 is only whom.
    return blotted(text, *found.span()), said


def without_tone(text: str, zh: bool) -> tuple[str, str]:
    """The text without how the page shall look, and that word; \"\" where it does not say."""
    for found in (_ZH_TONE if zh else _EN_TONE).finditer(text):
        if zh:
            # 复古跑鞋 are a kind of shoes; 复古风格 is how the page shall look.
            after = text[found.end() : found.end() + 1]
            of_page = found[2] not in (None, "风") or (found[2] == "风" and not HAN.match(after) and not after.isalpha())
            if not of_page and not (found[0].endswith("的") and found[1] in ("温馨", "喜庆", "浪漫", "活泼", "热闹", "清新")):
                continue
        elif not found[2] and found[1].lower() not in ("cosy", "cozy", "playful", "festive", "romantic", "cheerful"):
            continue
        return blotted(text, *found.span()), found[1]
    return text, ""
