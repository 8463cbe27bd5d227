"""What the image model is told: the package's own template, filled in. Words are typeset by us, so every prompt forbids them."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from huichang.materials.styles.model import StylePreset

VARIABLES = ("composition", "motif", "mood", "palette", "subject")
NEEDED = ("composition", "palette", "subject")
COMPOSITION = "wide panorama, low stage for goods right of the middle, leave the left third quiet"
"""Where the page sets its words and goods: the templates' promise, so no designer writes it."""
MAX_CHARS = 1500
NO_TEXT = "no text"
_COLOURS = ("hero", "hero_2", "accent", "highlight", "ground")
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)


def hero_image_prompt(preset: StylePreset, subject: str) -> str:
    """The prompt for a background about `subject` (a theme's name: untrusted, so what could write a hint of its own is taken out)."""
    return _filled(preset, _inert(subject))


def prompt_problems(preset: StylePreset) -> list[tuple[str, str]]:
    """(what is wrong, how to mend it) of the package's template; [] where it can be used."""
    allowed = ", ".join(f"{{{{ {name} }}}}" for name in VARIABLES)
    if not preset.image.strip():
        return [("it is empty", f"describe the scene; it may use {allowed}")]
    try:
        used = meta.find_undeclared_variables(_ENVIRONMENT.parse(preset.image))
        unknown = sorted(used - set(VARIABLES))
        if unknown:
            return [(f"nobody fills {', '.join(unknown)}", f"use only {allowed}")]
        filled = _filled(preset, "a very long name of a theme " * 3)
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        line = getattr(error, "lineno", None)
        return [(f"it is no template that can be filled in: {error}" + (f" (line {line})" if line else ""), "mend the template")]
    found = [(f"it does not use {name}", f"say {{{{ {name} }}}} where it belongs") for name in NEEDED if name not in used]
    if NO_TEXT not in filled.casefold():
        found.append(("it does not forbid words in the picture", f'add "{NO_TEXT}": words are typeset by the page'))
    if len(filled) > MAX_CHARS:
        found.append((f"it makes {len(filled)} characters", f"keep it under {MAX_CHARS}"))
    return found


def _filled(preset: StylePreset, subject: str) -> str:
    colours = ",".join(dict.fromkeys(preset.palette[name] for name in _COLOURS))
    return (
        _template(preset.image)
        .render(composition=COMPOSITION, motif=preset.motif_words, mood=preset.mood, palette=colours, subject=subject)
        .strip()
    )


@cache
def _template(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)


def _inert(name: str) -> str:
    return re.sub(r"[\s;:{}<>]+", " ", name).strip()[:60]
