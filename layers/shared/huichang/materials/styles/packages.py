"""Style packages of style_presets/: read, checked strictly, and kept apart from those that cannot be used.

A package is a folder `<id>` with manifest.yaml and image.j2 (what the image model is told); docs/style-presets.md says what stands in them.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from huichang.catalog.industries import load_industries
from huichang.kernel.colours import contrast
from huichang.kernel.errors import PermanentError
from huichang.kernel.model import Model
from huichang.materials.policy import Passage, the_gate
from huichang.materials.styles.fonts import FontFamily, load_fonts
from huichang.materials.styles.model import MIN_CONTRAST, MIN_SEEN, READ, SEEN, StylePreset
from huichang.materials.styles.prompting import prompt_problems
from huichang.trends.calendar import festival_words

STYLES = Path(__file__).parents[2] / "style_presets"
DEFAULT = "market_orange"
MANIFEST, IMAGE = "manifest.yaml", "image.j2"
_LOG = logging.getLogger(__name__)


class StyleProblem(Model):
    """What is wrong with a package: where (file and key), what, and how to mend it."""

    where: str
    what: str
    mend: str


class StylePackageError(PermanentError):
    """A package that cannot be used, with everything that is wrong with it."""

    code = "style_package"

    def __init__(self, package: str, problems: tuple[StyleProblem, ...]) -> None:
        first = problems[0]
        super().__init__(
            f"the style package cannot be used: {first.what}" + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""),
            where=f"style_presets/{package}/{first.where}",
            mend=first.mend,
        )
        self.problems = problems
        self.details = tuple((problem.where, problem.what) for problem in problems)


@dataclass(frozen=True)
class StyleShelf:
    """The presets that can be used, by id in alphabetical order, and the packages that were left out."""

    presets: Mapping[str, StylePreset]
    left_out: Mapping[str, tuple[StyleProblem, ...]]

    @property
    def default(self) -> StylePreset:
        """What a page looks like where nothing speaks for a preset; another one where its package was left out."""
        return self.presets.get(DEFAULT) or next(iter(self.presets.values()))


@cache
def load_shelf() -> StyleShelf:
    """The packages that ship. A broken one is left out with a warning: it must not take the others' pages down.

    Raises PermanentError where none is left.
    """
    shelf = read_shelf(STYLES)
    for package, problems in shelf.left_out.items():
        for problem in problems:
            _LOG.warning("style preset %s is left out: %s: %s; %s", package, problem.where, problem.what, problem.mend)
    return shelf


def load_presets() -> Mapping[str, StylePreset]:
    """The presets that can be used, by id. Raises PermanentError where there is none."""
    return load_shelf().presets


def read_shelf(folder: Path, fonts: Mapping[str, FontFamily] | None = None) -> StyleShelf:
    """The packages of one folder (names that begin with "." or "_" are none). Raises PermanentError where none can be used."""
    presets: dict[str, StylePreset] = {}
    left_out: dict[str, tuple[StyleProblem, ...]] = {}
    for package in sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._"):
        try:
            presets[package.name] = read_package(package, fonts)
        except StylePackageError as error:
            left_out[package.name] = error.problems
    if not presets:
        raise PermanentError("no style preset can be used", where=str(folder.name), mend="run `huichang styles check` on each package")
    return StyleShelf(presets, left_out)


def read_package(package: Path, fonts: Mapping[str, FontFamily] | None = None) -> StylePreset:
    """The preset of a folder. Raises StylePackageError with all that is wrong. `fonts`: the families that ship, those of fonts.yaml."""
    problems: list[StyleProblem] = []
    manifest = _text(package / MANIFEST, problems)
    image = _text(package / IMAGE, problems)
    preset = _preset(manifest, image or "", problems) if manifest is not None else None
    if preset is not None:
        if preset.id != package.name:
            problems.append(_in_manifest("id", f"it is {preset.id!r}, but the folder is {package.name!r}", "give both the same name"))
        problems += _font_problems(preset, load_fonts() if fonts is None else fonts)
        problems += _contrast_problems(preset)
        problems += _tag_problems(preset)
        problems += _word_problems(preset)
        if image is not None:
            problems += [StyleProblem(where=IMAGE, what=what, mend=mend) for what, mend in prompt_problems(preset)]
    if problems or preset is None:
        raise StylePackageError(package.name, tuple(problems))
    return preset


def _text(path: Path, problems: list[StyleProblem]) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        problems.append(StyleProblem(where=path.name, what="the file is missing", mend=f"add {path.name} to the package"))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(StyleProblem(where=path.name, what=f"it cannot be read: {error}", mend="save it as UTF-8 text"))
    return None


def _preset(manifest: str, image: str, problems: list[StyleProblem]) -> StylePreset | None:
    try:
        raw = yaml.safe_load(manifest)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark else ""
        problems.append(StyleProblem(where=MANIFEST, what=f"it is no YAML{place}", mend="mind indentation, colons and quotes"))
        return None
    if not isinstance(raw, dict):
        problems.append(StyleProblem(where=MANIFEST, what="it holds no keys", mend="begin with another package's manifest"))
        return None
    if "image" in raw:
        problems.append(_in_manifest("image", "a manifest has no such key", f"the prompt belongs into {IMAGE}"))
        return None
    try:
        return StylePreset.model_validate({**raw, "image": image})
    except ValidationError as error:
        for each in error.errors(include_url=False):
            place = ".".join(map(str, each["loc"]))
            if each["type"] == "extra_forbidden":
                problems.append(_in_manifest(place, "nobody reads this key", "remove it, or mend its spelling"))
            elif each["type"] == "missing":
                problems.append(_in_manifest(place, "it is missing", "add it; docs/style-presets.md says what it means"))
            else:
                what = f"{each['msg'].removeprefix('Value error, ')} (it says {str(each['input'])[:80]!r})"
                problems.append(_in_manifest(place, what, "docs/style-presets.md says what may stand here"))
        return None


def _font_problems(preset: StylePreset, fonts: Mapping[str, FontFamily]) -> list[StyleProblem]:
    font = fonts.get(preset.type.family)
    if font is None:
        shipped = ", ".join(fonts) or "none"
        what = f"the font {preset.type.family!r} does not ship with the product, so no title could be set in it"
        return [
            _in_manifest("type.family", what, f"name one that ships ({shipped}), or add its file and a line in materials/styles/fonts.yaml")
        ]
    lightest, heaviest = font.weights
    found = []
    if not lightest <= preset.type.title_weight <= heaviest:
        what = f"{font.family} has weights from {lightest} to {heaviest}, not {preset.type.title_weight}"
        found.append(_in_manifest("type.title_weight", what, f"choose one from {lightest} to {heaviest}"))
    if missing := [language for language in ("zh", "en") if language not in font.languages]:
        found.append(
            _in_manifest("type.family", f"{font.family} cannot set {' and '.join(missing)}", "name a family that sets both languages")
        )
    return found


def _contrast_problems(preset: StylePreset) -> list[StyleProblem]:
    found = []
    pairs = [(*pair, MIN_CONTRAST) for pair in READ] + [(*pair, MIN_SEEN) for pair in SEEN]
    for word, ground, least in pairs:
        ratio = contrast(preset.palette[word], preset.palette[ground])
        if ratio < least:
            what = f"{word} {preset.palette[word]} on {ground} {preset.palette[ground]} has a contrast of {ratio:.2f}"
            found.append(_in_manifest(f"palette.{word}", what, f"move them apart until it is {least} or more"))
    return found


def _tag_problems(preset: StylePreset) -> list[StyleProblem]:
    industries = {industry.code for industry in load_industries()}
    found = [
        _in_manifest("tags.industries", f"there is no industry {code!r}", f"use {', '.join(sorted(industries))}")
        for code in preset.tags.industries
        if code not in industries
    ]
    found += [
        _in_manifest(
            "tags.festivals", f"the calendar has no festival {code!r}", "use a code of trends/festivals.yaml, or write its name in signs"
        )
        for code in preset.tags.festivals
        if code not in festival_words()
    ]
    if preset.tags == type(preset.tags)():
        found.append(
            _in_manifest("tags", "nothing could ever speak for this preset", "say what it is for: industries, goods, festivals, words")
        )
    return found


def _word_problems(preset: StylePreset) -> list[StyleProblem]:
    passages = [Passage(text=name, place=f"name.{language}") for language, name in preset.name.items()]
    return [_in_manifest(finding.place, finding.said("en"), finding.mend["en"]) for finding in the_gate().check(passages).blocking]


def _in_manifest(key: str, what: str, mend: str) -> StyleProblem:
    return StyleProblem(where=f"{MANIFEST} {key}", what=what, mend=mend)
