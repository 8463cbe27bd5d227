"""Copy for one component: asked of the model, checked against the facts (copy_checks.py), and said plainly when it fell back."""

from __future__ import annotations

from huichang.kernel.errors import ModelRefusedError, PermanentError
from huichang.kernel.models import CallContext, ChatModel, Prompt
from huichang.materials.claims import Facts, ungrounded
from huichang.materials.copy_checks import complaints_about, examined, told, unreadable
from huichang.materials.model import CopyAnswer, CopyFinding, CopyResult, MaterialRequest
from huichang.materials.obeying import forbidden_by, plain_names
from huichang.materials.obeying import told as constraints_told
from huichang.materials.policy import UNNAMED, Policy, the_policy
from huichang.prompts import render
from huichang.prompts.budgets import answer_tokens

ROUNDS = 2
"""How often a text is asked for. Each asking may cost one repair of a broken schema: four calls at most."""


def copy_prompt(request: MaterialRequest, complaints: tuple[str, ...] = ()) -> Prompt:
    """The rendered prompt of a request; `complaints` are what was wrong with the answer before."""
    data = {
        "slots": [slot.model_dump() for slot in request.slots],
        "facts": request.facts,
        "constraints": constraints_told(request.constraints)
        + [{"code": "other", "text": complaint, "rejected_text": {}} for complaint in complaints],
    }
    limit = answer_tokens({slot.name: slot.max_chars for slot in request.slots})
    return render("write_copy", data, answer_tokens=limit, component=request.component, language=request.language)


def plain_text(request: MaterialRequest, slot_name: str, limit: int, policy: Policy | None = None) -> str:
    """What can be said without a model: the floor's or the theme's own name as the gate lets it pass, cut to the slot; else another name
    that the facts have. A name that promises what nothing can carry (买一送一) is none.

    Raises PermanentError when reviewers' constraints leave a title nothing of all this.
    """
    if slot_name != "title" and request.component != "share":
        return ""
    policy = policy or the_policy()
    name, *others = [policy.mended(each)[:limit].strip() for each in plain_names(request)] or [""]
    # A cut may make a word that the whole was not (…第一|步): then nothing of it is said.
    sayable = name and not policy.text(name).blocked and not unreadable(name) and not ungrounded(name, Facts.of(request.facts))
    named = [name] if sayable else []
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


def _by_hand(request: MaterialRequest, policy: Policy | None) -> dict[str, str]:
    """What an operator wrote, without what no longer holds or a reviewer has forbidden since: that is written anew."""
    written = request.written or {}
    refused = told(examined(request, written, policy)) if written else {}
    return {slot.name: written[slot.name] for slot in request.slots if slot.name in written and slot.name not in refused}


def write_copy(request: MaterialRequest, chat: ChatModel, policy: Policy | None = None) -> CopyResult:
    """Ask, check, ask once more with the complaints, then fall back to plain facts for the slots still wrong.

    Raises TransientError when the model is away. The result's `note` names every slot that fell back and why.
    """
    context = CallContext(campaign_id=request.campaign_id, venue_id=request.venue_id, purpose=f"copy of {request.component}")
    texts = _by_hand(request, policy)
    wrong: dict[str, str] = {slot.name: "is missing" for slot in request.slots if slot.name not in texts}
    if not wrong:
        return CopyResult(texts=texts)
    asked = policy.asks if policy else ()
    complaints: tuple[str, ...] = ()
    prompt = copy_prompt(request, asked)
    refused: list[CopyFinding] = []
    for _ in range(ROUNDS):
        prompt = copy_prompt(request, (*asked, *complaints))
        try:
            answer = chat.ask(prompt, CopyAnswer, context)
        except ModelRefusedError as error:
            complaints = (error.message,)
            continue
        given = {item.slot: item.text.strip() for item in answer.texts}
        texts |= {name: text for name, text in given.items() if name in wrong}
        found = examined(request, texts, policy)
        wrong = told(found)
        if not wrong:
            return CopyResult(texts=texts, asked=prompt, refused=tuple(refused))
        refused += found
        complaints = tuple(f"{name}: {reason}" for name, reason in wrong.items())
    sound = {name: text for name, text in texts.items() if name not in wrong}
    plain = {slot.name: plain_text(request, slot.name, slot.max_chars, policy) for slot in request.slots if slot.name in wrong}
    note = "; ".join(f"{name} {reason}" for name, reason in wrong.items())
    return CopyResult(texts=sound | plain, fallback=True, plain=tuple(plain), note=note, asked=prompt, refused=tuple(refused))
