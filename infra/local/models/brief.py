"""interpret_brief: what one sentence asks for, by its own words."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from infra.local.models.embeddings import Embedder
from infra.local.models.grammar import limits, unmeasured
from infra.local.models.words import HAN, contains, groups_in, number

_ZH_REQUEST = re.compile(
    r"(请|麻烦|帮我|帮忙|给我|我想要?|我要|我们要?|需要|想要?|能不能|可以)?(来|生成|做|建|搭建?|创建|弄|策划|设计|出|准备|上线|打造)+(一下|出)?"
    r"|请|麻烦|帮我|帮忙|给我|会场|专场|专题页?|促销页面?|活动页面?|页面|大促|的活动|活动|促销|吧|呢|谢谢|相关|主题"
)
_ZH_MEASURE = re.compile(r"(?:[一两几这那]|\d+)(?:个|场|款|批|种|次|页)|(?<![\u4e00-\u9fff])个|相关|好物|好货")
_EN_REQUEST = re.compile(
    r"\b(please|can you|could you|i want|i need|i'd like|we want|we need|help me|help us|make|create|build|generate|prepare|design|"
    r"set up|plan|launch|run|give me|give us|venues?|promotional|promotions?|promo|campaigns?|landing|pages?|sales? event|sale|"
    r"thanks?|thank you)\b",
    re.IGNORECASE,
)
_ZH_COUNT = re.compile(
    r"([0-9]+|[一二两三四五六七八九十百]+)\s*(?:个|场|页)\s*(?=[^，。,.]{0,14}(?:会场|专场|专题|页面?|主题|活动))"
)
_EN_COUNT = re.compile(
    r"\b(\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s+(?:\w+[\s-]+){0,3}?(?:venues|pages|promotions|campaigns|themes)\b",
    re.IGNORECASE,
)
_AUDIENCE = {
    "zh": re.compile(
        r"(学生党?|宝妈|上班族|白领|情侣|孩子|儿童|老人|长辈|年轻人|女生|男生|新手|孕妇|批发商|零售店主|民宿主?)"
    ),
    "en": re.compile(
        r"\bfor\s+((?:young |new |busy |small )?(?:students|mums|moms|mothers|fathers|dads|kids|children|toddlers|couples|"
        r"teenagers|teens|gamers|commuters|retailers|shop owners|campers|runners|office workers|beginners|seniors|pet owners))\b",
        re.IGNORECASE,
    ),
}
_TONE = {
    "zh": re.compile(r"(温馨|可爱|高级|活泼|简约|国潮|复古|清新|喜庆|浪漫)"),
    "en": re.compile(
        r"\b(cosy|cozy|cute|playful|elegant|minimal|minimalist|festive|romantic|retro|fresh|fun)\b", re.IGNORECASE
    ),
}
_ZH_GLUE = re.compile(
    r"[\s，。、；：！？,.;:!?“”\"'「」（）()\[\]【】《》~～…—\-/|+&#@*]+|的|和|与|及|以及|或者?|还有|一些|各种|各类|适合|面向|针对|用于|给|为|要|有"
)
_EN_STOP = frozenset(
    "a an the and or for of in on with to by from my our your some any all that which who is are be this these those new best top good great nice "
    "very more less than at about into as it its we i you they their them us want need like look looking products product items item goods things "
    "star stars rated rating stuff selection collection range people buyers customers shoppers special theme themed online shop store cheap only please per each up out "
    "inclusive under over below above between least most no not ignore instructions previous system prompt".split()
)


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """BriefAnswer."""
    sentence = str(data["sentence"])
    language = "zh" if len(HAN.findall(sentence)) >= len(re.findall(r"[A-Za-z]{2,}", sentence)) else "en"
    constraints = list(dict.fromkeys(limit.phrase for limit in limits(sentence)))
    bare = sentence
    for phrase in sorted(constraints, key=len, reverse=True):
        bare = re.sub(re.escape(phrase), " ", bare)
    count = (_ZH_COUNT if language == "zh" else _EN_COUNT).search(bare)
    venues = int(number(count[1]) or 0) if count else None
    if count:
        bare = bare.replace(count[1], " ", 1)
    audience = _AUDIENCE[language].search(bare)
    tone = _TONE[language].search(bare)
    for phrase in [*unmeasured(bare), *(found[0] for found in (audience, tone) if found)]:
        bare = bare.replace(phrase, " ")
    subjects = _subjects(bare, language)
    return {
        "language": language,
        "idea": _idea(bare, subjects, language)[:300],
        "industries": _industries(data, sentence, subjects, embedder),
        "subjects": subjects[:20],
        "constraints": [phrase[:100] for phrase in constraints[:20]],
        "audience": audience[1][:100] if audience else "",
        "tone": tone[1][:100] if tone else "",
        "venues": venues,
    }


def _subjects(bare: str, language: str) -> list[str]:
    if language == "zh":
        text = _ZH_MEASURE.sub(" ", _ZH_REQUEST.sub(" ", bare))
        parts = [part for part in _ZH_GLUE.sub(" ", text).split() if part]
        found: list[str] = []
        for part in parts:
            for piece in re.findall(r"[\u4e00-\u9fff]{2,12}|[A-Za-z][A-Za-z0-9-]+", part):
                tidy = re.sub(r"^(?:一些|几个|个)|(?:类|商品|产品|好物|货)$", "", piece)
                if len(tidy) >= 2 and tidy not in found:
                    found.append(tidy)
        # A known noun inside a longer phrase helps the search: 夏季连衣裙 -> 连衣裙.
        for group in groups_in(" ".join(found)):
            found += [word for word in group[0] if any(word in whole for whole in found) and word not in found][:1]
        return found
    text = _EN_REQUEST.sub(" ", bare)
    words = [word.lower().strip("-'") for word in re.findall(r"[A-Za-z][A-Za-z0-9'-]*", text)]
    runs: list[list[str]] = [[]]
    for word in words:
        if word in _EN_STOP or len(word) < 2:
            runs.append([])
        else:
            runs[-1].append(word)
    return list(dict.fromkeys(" ".join(run[:4]) for run in runs if run))


def _idea(bare: str, subjects: list[str], language: str) -> str:
    if language == "zh":
        text = _ZH_GLUE.sub("", _ZH_MEASURE.sub("", _ZH_REQUEST.sub("", bare)))
        return text or "".join(subjects)
    text = re.sub(r"\s+", " ", _EN_REQUEST.sub(" ", bare)).strip(" .,!?-")
    return re.sub(r"^(?:a|an|the|me|us|of|for)\s+", "", text, flags=re.IGNORECASE).strip() or " ".join(subjects)


@cache
def _industry_texts(raw: str) -> list[str]:
    return [f"{entry['zh']} {entry['en']}" for entry in json.loads(raw)]


def _industries(data: dict[str, Any], sentence: str, subjects: list[str], embedder: Embedder) -> list[str]:
    listed = [entry for entry in data.get("industries", []) if entry.get("code")]
    hint = data.get("industry_hint")
    found = [hint] if hint else []
    scored: dict[str, int] = {}
    words = " ".join([sentence, *(w for group in groups_in(" ".join(subjects)) for side in group for w in side)])
    for entry in listed:
        names = [*entry.get("words", []), entry.get("zh", ""), entry.get("en", "")]
        # A long word is better evidence than a short one: 包 stands in many things that are no bags.
        scored[entry["code"]] = sum(len(name) ** 2 for name in names if len(name) > 1 and contains(words, name))
    best = max(scored.values(), default=0)
    if best:
        found += [code for code, score in sorted(scored.items(), key=lambda p: -p[1]) if score >= best * 0.5][:3]
    elif subjects and listed:
        texts = _industry_texts(json.dumps(listed, sort_keys=True, ensure_ascii=False))
        found.append(listed[embedder.near(" ".join(subjects), texts)[0][1]]["code"])
    return list(dict.fromkeys(found))
