"""Whether a written text may be shown: its characters, its voice, the law, what reviewers decided, and every claim it makes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from huichang.kernel.language import detect_language
from huichang.materials.claims import Facts, ungrounded
from huichang.materials.model import CopyFinding, CopySlot, MaterialRequest
from huichang.materials.obeying import copy_breaches
from huichang.materials.policy import Policy, PolicyFinding, the_policy

_MARKUP = re.compile(r"[<>{}`]|&[a-z#0-9]+;|https?:|\bwww\.|\]\(|\*\*", re.IGNORECASE)
_ADDRESS = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|(?<!\w)@\w{2,}|\b[\w-]{2,}\.(?:com|cn|net|org|io|shop|store|xyz|top|vip|club|info|biz|ru|me|app|dev|site|online|link)\b|"
    r"微信|威信|加[vV薇]|\b(?:wechat|whatsapp|telegram|weixin|vx)\b|扫码|二维码|\bqr codes?\b|QQ群|公众号|\+?\d[\d -]{8,}\d",
    re.IGNORECASE,
)
# A text that speaks of the prompt, of the model or of what it would rather not do is no copy.
_VOICE = re.compile(
    "|".join(
        (
            r"data\.(?:facts|slots|constraints)|max_chars|\bjson\b|\bschema\b",
            r"\bsystem (?:prompt|message)|\b(?:my|the|this|your) prompts?\b",
            r"\bas an ai\b|language model",
            r"\bi (?:can(?:no|')?t|am unable|am sorry|won't|apologi[sz]e)|\bi'?m (?:sorry|unable|afraid|an ai)|\bsorry,|\bunable to\b",
            r"\bcannot (?:help|comply|assist|write|fulfil)|\b(?:ignore|disregard) (?:all|any|previous|the|above|prior)|\binstructions?\b",
            r"^\s*(?:system|assistant|user|human|ai)\s*[:：]|\b(?:lorem ipsum|placeholder|undefined|todo|tbd)\b",
            r"^(?:null|none|nan|n/a|true|false|string|text|title|subtitle|slot)$",
            r"作为(?:一个|一名)?(?:人工智能|ai|语言模型|大模型|助手)|语言模型|大模型|提示词|系统提示|忽略(?:以上|之前|前面|所有|上述)",
            r"(?:以上|之前|上述)(?:指令|指示|要求|规则)|抱歉|对不起|很遗憾|我(?:无法|不能|没法)|(?:无法|不能)(?:提供|完成|生成|满足|协助|为您)",
            r"我是(?:一个)?(?:ai|人工智能)|占位|此处填写|标题文案",
        )
    ),
    re.IGNORECASE,
)
_MOST_EMOJI = 2
_MOST_MARKS = 2
_CHAIN = re.compile(r"([^\d])\1{4,}|[!！?？]{3,}|(.{2,6}?)\2{3,}")


def examined(request: MaterialRequest, texts: Mapping[str, str], policy: Policy | None = None) -> tuple[CopyFinding, ...]:
    """What is wrong with the texts, slot by slot; nothing where all may be shown. `policy`: the gate, for these goods and this brand."""
    policy = policy or the_policy()
    facts = Facts.of(request.facts)
    disobeyed = copy_breaches(request, texts)
    found: list[CopyFinding] = []
    for slot in request.slots:
        found += _slot(request, slot, texts.get(slot.name, "").strip(), facts, policy, disobeyed.get(slot.name, ""))
    return tuple(found)


def told(findings: Iterable[CopyFinding]) -> dict[str, str]:
    """Slot -> what is wrong with its text, in one line."""
    lines: dict[str, list[str]] = {}
    for finding in findings:
        lines.setdefault(finding.slot, []).append(finding.told)
    return {slot: "; ".join(dict.fromkeys(said[:5])) for slot, said in lines.items()}


def complaints_about(request: MaterialRequest, texts: Mapping[str, str], policy: Policy | None = None) -> dict[str, str]:
    """`told` of what is `examined`."""
    return told(examined(request, texts, policy))


def _slot(request: MaterialRequest, slot: CopySlot, text: str, facts: Facts, policy: Policy, disobeyed: str) -> Iterable[CopyFinding]:
    """Of the checks whose findings make the others moot only the first; of the others all."""
    if not text:
        if slot.required or disobeyed:
            yield CopyFinding(slot=slot.name, check="missing", told=disobeyed or "is missing")
        return
    if len(text) > slot.max_chars:
        yield CopyFinding(slot=slot.name, check="length", told=f"has {len(text)} characters, {slot.max_chars} are allowed")
        return
    if problem := unreadable(text):
        yield CopyFinding(slot=slot.name, check="characters", told=problem)
        return
    if markup := _MARKUP.search(text) or _ADDRESS.search(text):
        yield CopyFinding(slot=slot.name, check="markup", words=markup.group(), told="contains markup or an address")
        return
    if voice := _VOICE.search(text):
        yield CopyFinding(
            slot=slot.name, check="voice", words=voice.group(), told=f"says {voice.group()!r}: write the text itself, nothing about it"
        )
        return
    blocked = policy.text(text, f"{request.component}.{slot.name}").blocking
    if blocked:
        yield CopyFinding(slot=slot.name, check="policy", words=blocked[0].words, told=_lawful(blocked))
    promised = next((str(word) for word in request.facts.get("withheld", ()) if _says(text, str(word))), "")
    if promised:
        yield CopyFinding(
            slot=slot.name, check="withheld", words=promised, told=f"promises {promised!r}, which does not hold of these products"
        )
    for claim in ungrounded(text, facts):
        yield CopyFinding(slot=slot.name, check="claim", words=claim.words, kind=claim.kind, facts=claim.says, told=claim.told)
    if disobeyed:
        yield CopyFinding(slot=slot.name, check="reviewer", told=disobeyed)
    if detect_language(text) not in (request.language, None):
        yield CopyFinding(slot=slot.name, check="language", told=f"is not in language {request.language}")


def unreadable(text: str) -> str:
    """What no page may carry in a text of ours, "" where nothing: hidden, broken and foreign characters, floods."""
    emoji = marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"):
            return f"contains a character that nobody sees (U+{ord(character):04X})"
        if category.startswith("L") and not _ours(character):
            return f"contains a letter of another script ({character})"
        emoji += category in ("So", "Sk")
        marks += category in ("Mn", "Me", "Mc")
    if emoji > _MOST_EMOJI:
        return f"contains {emoji} emoji or signs, {_MOST_EMOJI} are allowed"
    if marks > _MOST_MARKS:
        return "contains letters with marks piled on them"
    if flood := _CHAIN.search(text):
        return f"says the same over and over ({flood.group()[:12]})"
    return ""


def _ours(character: str) -> bool:
    """Chinese characters and Latin letters, with accents (café); full-width and styled letters are look-alikes."""
    name = unicodedata.name(character, "")
    return name.startswith(("CJK ", "LATIN SMALL", "LATIN CAPITAL", "FEMININE ORD", "MASCULINE ORD")) or character == "〇"


def _says(text: str, word: str) -> bool:
    """Whether the word stands in the text, however it is spaced and hyphenated; an English one as a whole word."""
    spelt = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", word.strip())))
    bounded = spelt if detect_language(word) == "zh" else rf"(?<![a-z0-9]){spelt}(?![a-z0-9])"
    return bool(re.search(bounded, text, re.IGNORECASE))


def _lawful(findings: tuple[PolicyFinding, ...]) -> str:
    """For the model that wrote it: words, rule, and what to write instead."""
    return "; ".join(
        f"says {each.words!r}: {each.message['en']} ({each.law}); {f'write {each.instead!r} instead' if each.instead else each.mend['en']}"
        for each in findings[:4]
    )
