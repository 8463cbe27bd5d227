"""What a venue may be called: short, in the brief's language, without repeated words and without the trade's jargon."""

from __future__ import annotations

import re

from huichang.kernel.language import Language
from huichang.selection.words import clean, english_words, fold, han_runs

MAX_ZH = 12
MAX_EN_WORDS = 5
# What a merchant says to a shopkeeper; a buyer of one piece is not spoken to. Cut out where it stands in a name.
_JARGON_ZH = re.compile(
    r"一件代发|厂家直销|工厂直供|源头工厂|源头直供|厂家|批发价?|代发|货源|拿货|进货|备货|补货|囤货|走量|现货|起批|混批|爆单|铺货|尾货|选品|采购|团体定制|礼品定制|直播货源|工程用"
)
_JARGON_EN = re.compile(
    r"\b(?:wholesale|drop[ -]?shipp?(?:ing)?|bulk|moq|oem|odm|b2b|sku|factory direct|resell(?:er|ers|ing)?|restock(?:ing)?)\b",
    re.IGNORECASE,
)
_EDGES = " -–—_,，、.。;；:：!！?？·|/&+~～\"'“”‘’()（）[]【】「」《》"


def fitted_name(raw: str, language: Language) -> tuple[str, str]:
    """(name, "") or ("", why): why is "empty", "language", "too_long" or "jargon".

    Markup and jargon are cut out and a repeated word is said once; nothing is shortened: half a name is none.
    """
    cleaned = clean(raw[:400], 120)
    plain = _JARGON_ZH.sub("", _JARGON_EN.sub(" ", cleaned))
    whole = " ".join(plain.split()).strip(_EDGES)
    name = _once(whole, language)
    if len(name) * 4 < len(whole):
        return "", "too_long"  # a page full of one word is no slip of the pen
    if not any(char.isalnum() for char in name):
        return "", "jargon" if any(char.isalnum() for char in cleaned) else "empty"
    if language == "zh":
        if not han_runs(name):
            return "", "language"
        # A Latin brand counts as two characters for three letters: that is about the room it takes.
        width = sum(1 if ord(char) > 0x2E7F else 0.67 for char in name if not char.isspace())
        return (name, "") if width <= MAX_ZH else ("", "too_long")
    if han_runs(name):
        return "", "language"
    words = [word for word in name.split() if any(char.isalnum() for char in word)]
    return (name, "") if len(words) <= MAX_EN_WORDS and len(name) <= 60 else ("", "too_long")


def _once(name: str, language: Language) -> str:
    """Without a word that stands in it twice: "Camping Camping Gear", 熊猫熊猫玩偶."""
    if language == "zh":
        return re.sub(r"([\u4e00-\u9fff]{2,}?)(?:[\s·、与和]*\1)+", r"\1", name)
    kept: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for word in name.split():
        core = english_words(word)
        if core and core in seen:
            continue
        if core and fold(word) not in {"and", "for", "the", "of", "to", "in", "&", "with"}:
            seen.add(core)
        kept.append(word)
    while kept and fold(kept[-1]) in {"and", "for", "the", "of", "to", "in", "&", "with"}:
        kept.pop()
    return " ".join(kept)


def violations(name: str, language: Language) -> list[str]:
    """What is wrong with a name that is already in use, for benchmarks: the codes of `fitted_name` and "changed"."""
    fitted, why = fitted_name(name, language)
    if why:
        return [why]
    return [] if fitted == name else ["changed"]
