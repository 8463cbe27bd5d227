"""What is wrong with a text that an operator types: the policy gate, the claims check and the slot, line by line, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from huichang.kernel.language import Text, both
from huichang.kernel.model import Model
from huichang.materials.copy_checks import examined
from huichang.materials.model import CopyFinding, MaterialRequest
from huichang.materials.policy import Policy
from huichang.pages.wording import text_width

_SAID: dict[str, tuple[Text, Text]] = {
    "missing": (both("这里不能空着", "this may not be empty"), both("写上文字，或撤销修改", "write something, or undo the change")),
    "length": (both("太长了", "this is too long"), both("缩短到字数以内", "shorten it to the slot")),
    "characters": (
        both("有页面上不能出现的字符", "it has characters that no page may carry"),
        both("删掉看不见的、其他文字的或成串重复的字符", "take out hidden, foreign and repeated characters"),
    ),
    "markup": (
        both("不能写网址、联系方式或代码", "no addresses, contacts or code"),
        both("删掉它：链接由页面自己放", "take it out: the page sets its own links"),
    ),
    "voice": (
        both("这像是写给模型的话，不是给买家的", "this speaks of the writing, not to buyers"),
        both("只写给买家看的话", "write what buyers shall read"),
    ),
    "withheld": (
        both("这些商品不能保证这一点", "these goods do not keep that"),
        both("换一种说法，或先换商品", "say it differently, or change the goods first"),
    ),
    "claim": (
        both("商品数据撑不起这句话", "the goods' data do not carry this"),
        both("改成数据支持的说法，或先换商品", "say what the data carry, or change the goods first"),
    ),
    "reviewer": (
        both("违反了审核留下的约束", "it breaks a reviewer's constraint"),
        both("换一种说法，或在「约束」里修改它", "say it differently, or change the constraint (Constraints)"),
    ),
    "language": (both("语言和页面不一致", "it is not in the page's language"), both("用页面的语言写", "write in the page's language")),
    "policy": (
        both("广告法或品牌规则不允许", "advertising law or a brand's rules forbid it"),
        both("已请模型换词", "the model was asked for others"),
    ),
    "repeated": (both("和已有的说法太像", "it is too like words that are there"), both("已请模型换词", "the model was asked for others")),
    "stale": (
        both("商品变了，这句话不再成立；保存后会重写", "the goods changed, and this no longer holds; it is written anew after the save"),
        both("也可以现在自己改", "or write it yourself now"),
    ),
    "twice": (both("两个楼层同名", "two floors have this name"), both("每层取不同的名字", "give each floor its own name")),
}

STALE = "typed.stale"


class TypedFinding(Model):
    """One thing that is wrong. `place` as in drafts ("hero.title", "floor:<key>.title"); `start`, `end` in characters, 0 to 0: all.

    `block`: it cannot be saved. `instead`: what may be said for `words`, "" to leave them out. `details`: what the check measured.
    """

    place: str
    code: str
    severity: Literal["block", "warn"]
    words: str = ""
    start: int = 0
    end: int = 0
    message: Text
    mend: Text
    instead: str = ""
    details: str = ""


def check_texts(place: str, request: MaterialRequest, texts: Mapping[str, str], policy: Policy) -> tuple[TypedFinding, ...]:
    """Findings of one component's texts, slot by slot. `request`: what the component would be asked with now."""
    found: list[TypedFinding] = []
    lawless = {slot.name for slot in request.slots}
    for slot in request.slots:
        text = texts.get(slot.name, "").strip()
        for each in policy.text(text, f"{place}.{slot.name}").findings if text else ():
            found.append(
                TypedFinding(
                    place=f"{place}.{slot.name}", code=each.rule, severity=each.severity, words=each.words,
                    start=each.start, end=each.end, message=each.message, mend=each.mend, instead=each.instead, details=each.law,
                )
            )  # fmt: skip
    for problem in examined(request, texts, policy):
        if problem.check == "policy" and problem.slot in lawless:
            continue  # told above, with its place in the text
        found.append(_typed(f"{place}.{problem.slot}", problem, texts.get(problem.slot, "")))
    return tuple(found)


def stale(found: TypedFinding) -> TypedFinding:
    """Of a text that nobody typed, which the draft's goods no longer carry: it is told, and keeps nobody from saving."""
    message, mend = _SAID["stale"]
    return found.model_copy(
        update={"code": STALE, "severity": "warn", "message": message, "mend": mend, "instead": "", "start": 0, "end": 0}
    )


def refusal(place: str, problem: CopyFinding) -> TypedFinding:
    """Why an answer of the model was not proposed at a place."""
    # Words that were seen are refused as a reviewer's rejected ones are: by the same check, and not in a reviewer's name.
    repeated = problem.check == "reviewer" and "repeats what a reviewer rejected" in problem.told
    found = _typed(place, problem.model_copy(update={"check": "policy"}) if repeated else problem, problem.words)
    if not repeated:
        return found
    message, mend = _SAID["repeated"]
    return found.model_copy(update={"code": "typed.repeated", "message": message, "mend": mend, "details": ""})


def twice(place: str, title: str) -> TypedFinding:
    """A floor that is called as another one."""
    message, mend = _SAID["twice"]
    return TypedFinding(place=place, code="typed.twice", severity="block", words=title, end=len(title), message=message, mend=mend)


def too_wide(place: str, title: str, most: int) -> TypedFinding | None:
    """A floor's title that is wider than its plaque. `most`: in Latin letters."""
    if text_width(title) <= most:
        return None
    message, mend = _SAID["length"]
    details = f"{text_width(title)} > {most}"
    return TypedFinding(place=place, code="typed.length", severity="block", end=len(title), message=message, mend=mend, details=details)


def _typed(place: str, problem: CopyFinding, text: str) -> TypedFinding:
    message, mend = _SAID[problem.check]
    start = max(0, text.find(problem.words)) if problem.words else 0
    return TypedFinding(
        place=place,
        code=f"typed.{problem.check}",
        severity="block",
        words=problem.words,
        start=start,
        end=start + len(problem.words) if problem.words in text else 0,
        message=message,
        mend=mend,
        details=problem.facts or problem.told,
    )
