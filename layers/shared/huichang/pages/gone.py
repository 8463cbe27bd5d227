"""What a buyer is told at an address whose promotion is over, or that never was one: what is on now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from huichang.kernel.language import Language
from huichang.kernel.model import Model

WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "over": "这场活动已经结束",
        "over_text": "谢谢你来。这些会场正在进行：",
        "unknown": "这里没有会场",
        "unknown_text": "地址可能写错了，或者活动还没有开始。这些会场正在进行：",
        "none": "现在没有正在进行的会场，请过几天再来看看。",
    },
    "en": {
        "over": "This promotion has ended",
        "over_text": "Thank you for coming. These are on now:",
        "unknown": "There is no promotion here",
        "unknown_text": "The address may be mistyped, or the promotion has not started yet. These are on now:",
        "none": "No promotion is on right now. Please come back in a few days.",
    },
}


class OnNow(Model):
    """A live venue that is offered instead. `href` and `picture` are paths of our own ("" for no picture)."""

    title: str
    subtitle: str = ""
    href: str
    picture: str = ""
    language: Language


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment


def gone_page(language: Language, status: int, on_now: Sequence[OnNow]) -> str:
    """One self-contained page without script. `status`: 410 for a venue that was, 404 for an address that never was one."""
    kind = "over" if status == 410 else "unknown"
    said = WORDS[language]
    ours = [each for each in on_now if each.href.startswith("/v/")]
    return (
        _environment()
        .get_template("gone.html.j2")
        .render(language=language, title=said[kind], text=said[f"{kind}_text"], said=said, on_now=ours)
    )
