"""Copy for one component: asked of the model, checked against the facts, and said plainly when it fell back."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from huichang.kernel.errors import ModelRefusedError, PermanentError
from huichang.kernel.ids import canonical_json
from huichang.kernel.language import detect_language
from huichang.kernel.models import CallContext, ChatModel, Prompt
from huichang.materials.model import CopyAnswer, CopyResult, MaterialRequest
from huichang.materials.obeying import copy_breaches, forbidden_by, plain_names, told
from huichang.materials.policy import UNNAMED, Policy, PolicyFinding, the_policy
from huichang.prompts import render

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_MARKUP = re.compile(r"[<>{}`]|&[a-z#0-9]+;|https?://", re.IGNORECASE)


def copy_prompt(request: MaterialRequest, complaints: tuple[str, ...] = ()) -> Prompt:
    """The rendered prompt of a request; `complaints` are what was wrong with the answer before."""
    data = {
        "slots": [slot.model_dump() for slot in request.slots],
        "facts": request.facts,
        "constraints": told(request.constraints) + [{"code": "other", "text": complaint, "rejected_text": {}} for complaint in complaints],
    }
    return render("write_copy", data, component=request.component, language=request.language)


def complaints_about(request: MaterialRequest, texts: dict[str, str], policy: Policy | None = None) -> dict[str, str]:
    """Slot -> what is wrong with its text. Empty when every text may be shown. `policy`: the gate, for these goods and this brand."""
    policy = policy or the_policy()
    facts = canonical_json({name: value for name, value in request.facts.items() if name != "withheld"})
    known = {_value(number) for number in _NUMBER.findall(facts)}
    disobeyed = copy_breaches(request, texts)
    withheld = [str(word) for word in request.facts.get("withheld", ())]
    wrong = {}
    for slot in request.slots:
        text = texts.get(slot.name, "").strip()
        unknown = [n for n in _NUMBER.findall(text) if _value(n) not in known]
        if not text:
            if slot.required or slot.name in disobeyed:
                wrong[slot.name] = disobeyed.get(slot.name, "is missing")
        elif len(text) > slot.max_chars:
            wrong[slot.name] = f"has {len(text)} characters, {slot.max_chars} are allowed"
        elif _MARKUP.search(text):
            wrong[slot.name] = "contains markup or an address"
        elif unknown:
            wrong[slot.name] = f"says {', '.join(unknown)}, which the facts do not"
        elif blocked := policy.text(text, f"{request.component}.{slot.name}").blocking:
            wrong[slot.name] = _told(blocked)
        elif promised := next((word for word in withheld if _says(text, word)), ""):
            wrong[slot.name] = f"promises {promised!r}, which does not hold of these products"
        elif slot.name in disobeyed:
            wrong[slot.name] = disobeyed[slot.name]
        elif detect_language(text) not in (request.language, None):
            wrong[slot.name] = f"is not in language {request.language}"
    return wrong


def _says(text: str, word: str) -> bool:
    """Whether the word stands in the text, however it is spaced and hyphenated; an English one as a whole word."""
    spelt = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", word.strip())))
    bounded = spelt if detect_language(word) == "zh" else rf"(?<![a-z0-9]){spelt}(?![a-z0-9])"
    return bool(re.search(bounded, text, re.IGNORECASE))


def _told(findings: tuple[PolicyFinding, ...]) -> str:
    """For the model that wrote it: words, rule, and what to write instead."""
    return "; ".join(
        f"says {each.words!r}: {each.message['en']} ({each.law}); {f'write {each.instead!r} instead' if each.instead else each.mend['en']}"
        for each in findings[:4]
    )


def _value(number: str) -> Decimal | str:
    """1,200.50 and 1200.5 are the same number; 1.2.3 is none and stands for itself."""
    try:
        return Decimal(number.replace(",", ""))
    except InvalidOperation:
        return number


def plain_text(request: MaterialRequest, slot_name: str, limit: int, policy: Policy | None = None) -> str:
    """What can be said without a model: the floor's or the theme's own name as the gate lets it pass, cut to the slot; else another name
    that the facts have.

    Raises PermanentError when reviewers' constraints leave a title nothing of all this.
    """
    if slot_name != "title" and request.component != "share":
        return ""
    policy = policy or the_policy()
    name, *others = [policy.mended(each)[:limit].strip() for each in plain_names(request)] or [""]
    # A cut may make a word that the whole was not (…第一|步): then nothing of it is said.
    named = [name] if name and not policy.text(name).blocked else []
    # The name is said in whatever language it has; anything else must be a text that the model would have been let through with.
    spare = [cut for cut in others if cut and slot_name not in complaints_about(request, {slot_name: cut}, policy)]
    candidates = [*named, *spare, UNNAMED[request.language][:limit]]
    allowed = [text for text in candidates if slot_name not in forbidden_by(request, {slot_name: text})]
    if not allowed:
        why = "; ".join(dict.fromkeys(forbidden_by(request, {slot_name: text}).get(slot_name, "") for text in candidates))
        raise PermanentError(
            f"{slot_name}: the model found no text that reviewers allow, and no plain name is allowed either: {why}",
            where=request.material_id,
            mend="retire or change the constraint that forbids it (console: Constraints)",
            code="constraints_leave_nothing",
        )
    return allowed[0]


def write_copy(request: MaterialRequest, chat: ChatModel, policy: Policy | None = None) -> CopyResult:
    """Ask, check, ask once more with the complaints, then fall back to plain facts for the slots still wrong.

    Raises TransientError when the model is away. The result's `note` names every slot that fell back and why.
    """
    context = CallContext(campaign_id=request.campaign_id, venue_id=request.venue_id, purpose=f"copy of {request.component}")
    texts: dict[str, str] = {}
    wrong: dict[str, str] = {slot.name: "is missing" for slot in request.slots}
    asked = policy.asks if policy else ()
    complaints: tuple[str, ...] = ()
    prompt = copy_prompt(request, asked)
    for _ in range(2):
        prompt = copy_prompt(request, (*asked, *complaints))
        try:
            answer = chat.ask(prompt, CopyAnswer, context)
        except ModelRefusedError as error:
            complaints = (error.message,)
            continue
        given = {item.slot: item.text.strip() for item in answer.texts}
        texts |= {name: text for name, text in given.items() if name in wrong}
        wrong = complaints_about(request, texts, policy)
        if not wrong:
            return CopyResult(texts=texts, asked=prompt)
        complaints = tuple(f"{name}: {reason}" for name, reason in wrong.items())
    sound = {name: text for name, text in texts.items() if name not in wrong}
    plain = {slot.name: plain_text(request, slot.name, slot.max_chars, policy) for slot in request.slots if slot.name in wrong}
    note = "; ".join(f"{name} {reason}" for name, reason in wrong.items())
    return CopyResult(texts=sound | plain, fallback=True, note=note, asked=prompt)
