"""Whether a material obeys the reviewers' constraints, as far as code can tell. It sees texts and pictures, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from huichang.kernel.language import Language
from huichang.materials.checks import FOREIGN, NUMERALS
from huichang.materials.constraints import within_budget
from huichang.materials.likeness import lightness, near_copy, near_same_text, says, shows_colour
from huichang.materials.model import CopyResult, CopySlot, ImageResult, MaterialRequest, ReviewConstraint

PLAIN_FACTS = ("floor_title", "theme_name", "slogan")


def copy_breaches(request: MaterialRequest, texts: Mapping[str, str]) -> dict[str, str]:
    """Slot -> what is wrong with its text. An empty text breaks only what must be said."""
    about_what = [str(request.facts.get(name) or "") for name in ("floor_title", "theme_name")]
    wrong: dict[str, str] = {}
    names = [slot.name for slot in request.slots]
    for constraint in request.constraints:
        about = [name for name in names if not constraint.slot or name == constraint.slot]
        for name in about:
            breach = _breach(constraint, texts.get(name, "").strip(), request.language, about_what)
            if breach:
                wrong.setdefault(name, breach)
        for phrase in constraint.checks.must_say:
            if about and not any(says(texts.get(name, ""), phrase) for name in about):
                wrong.setdefault(_roomiest(request.slots, about), f'must say "{phrase}": a reviewer asked for it')
    return wrong


def forbidden_by(request: MaterialRequest, texts: Mapping[str, str]) -> dict[str, str]:
    """As copy_breaches, without what must be said: what a text that no model wrote may not say."""
    muted = [
        constraint.model_copy(update={"checks": constraint.checks.model_copy(update={"must_say": ()})})
        for constraint in request.constraints
    ]
    return copy_breaches(request.model_copy(update={"constraints": tuple(muted)}), texts)


def _roomiest(slots: Sequence[CopySlot], about: Sequence[str]) -> str:
    return max((slot for slot in slots if slot.name in about), key=lambda slot: slot.max_chars).name


def _breach(constraint: ReviewConstraint, text: str, language: Language, names: Sequence[str]) -> str:
    if not text:
        return ""
    checks = constraint.checks
    banned = next((phrase for phrase in checks.never_say if says(text, phrase)), "")
    if banned:
        return f'says "{banned}", which a reviewer forbade'
    if checks.max_chars and len(text) > checks.max_chars:
        return f"has {len(text)} characters, a reviewer allows {checks.max_chars}"
    if checks.no_numbers and NUMERALS[language].search(text):
        return "has a number, which a reviewer forbade"
    if checks.only_language and (foreign := FOREIGN[language].search(text)):
        return f'has a word of another language ("{foreign.group()}"), which a reviewer forbade'
    for rejected in constraint.rejected_text.values():
        if text == rejected.strip():
            return "repeats what a reviewer rejected"
        if near_same_text(text, rejected, names):
            return f'nearly repeats what a reviewer rejected ("{rejected.strip()}")'
    return ""


def picture_breach(constraints: Sequence[ReviewConstraint], look: str, media_key: str = "") -> str:
    """What is wrong with a picture, "" where nothing is. Without a look only the very same file is recognised.

    A picture painted anew is another file even where it looks the same: its label names its task.
    """
    light = lightness(look)
    for constraint in constraints:
        rejected = constraint.rejected_picture
        if rejected and media_key and rejected.media_key == media_key:
            return "is the picture that a reviewer rejected"
        if rejected and near_copy(rejected.look, look):
            return "is nearly the picture that a reviewer rejected"
        if rejected and constraint.region and near_copy(rejected.look, look, constraint.region):
            return f"repeats the part that a reviewer marked ({constraint.region.said()})"
        checks = constraint.checks
        if light is not None and checks.min_light is not None and light < checks.min_light:
            return f"has a mean lightness of {light:.0%}, a reviewer wants at least {checks.min_light:.0%}"
        if light is not None and checks.max_light is not None and light > checks.max_light:
            return f"has a mean lightness of {light:.0%}, a reviewer wants at most {checks.max_light:.0%}"
        shown = next((colour for colour in checks.avoid_colours if shows_colour(look, colour)), "")
        if shown:
            return f"shows the colour {shown}, which a reviewer forbade"
    return ""


def breaks(request: MaterialRequest, result: CopyResult | ImageResult) -> str:
    """What of the request's constraints a finished material breaks, "" where nothing."""
    if isinstance(result, ImageResult):
        return picture_breach(request.constraints, result.look, result.media_key)
    found = copy_breaches(request, result.texts)
    return "; ".join(f"{slot} {breach}" for slot, breach in found.items())


def plain_names(request: MaterialRequest) -> tuple[str, ...]:
    """What can be said without a model, best first: names that the facts have."""
    named = [str(request.facts.get(name) or "") for name in PLAIN_FACTS]
    named += [str(word) for word in request.facts.get("keywords") or ()]
    return tuple(dict.fromkeys(text.strip() for text in named if text.strip()))


def told(constraints: Iterable[ReviewConstraint]) -> list[dict[str, object]]:
    """The constraints as a prompt's data carries them, within the token budget."""
    return [constraint.told() for constraint in within_budget(tuple(constraints))]


def noted(text: str) -> str:
    """A reviewer's words for an image prompt, which has no fence: one line in quotation marks that opens no hint of its own."""
    line = re.sub(r"[\x00-\x1f\x7f;]+", " ", text).replace(":", "：").replace('"', "'")
    return f'"{re.sub(r" +", " ", line).strip()}"'


def image_lines(constraints: Sequence[ReviewConstraint]) -> list[str]:
    """What an image prompt says about them, one line each."""
    lines = []
    for constraint in within_budget(constraints):
        said = noted(constraint.text) if constraint.text.strip() else "no words given"
        where = f", {constraint.region.said()}" if constraint.region else ""
        rules = "".join(f"; {rule.replace(':', ' -')}" for rule in constraint.checks.said())
        lines.append(f"A reviewer rejected a picture ({constraint.code}){where}: {said}{rules}")
    return lines
