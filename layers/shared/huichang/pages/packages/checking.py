"""A package checked in full: every problem of every file is told at once; what is left without one can be kept and shown."""

from __future__ import annotations

import traceback
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from jinja2 import TemplateError
from pydantic import ValidationError

from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Language
from huichang.materials.policy import the_gate
from huichang.pages.inspection import inspect_html
from huichang.pages.model import PageModel, TemplateManifest
from huichang.pages.packages.archive import Found
from huichang.pages.packages.layouts import layout_problems
from huichang.pages.packages.locks import FLOOR_TEXTS, FLOORS, region_nodes, regions_of, slot_paths, with_locked_words
from huichang.pages.packages.manifests import read_manifest
from huichang.pages.packages.markup import page_problems, source_problems, style_problems
from huichang.pages.packages.model import (
    MANIFEST,
    PAGE,
    SAMPLE,
    STYLE,
    TemplatePackage,
    TemplatePackageError,
    TemplateProblem,
    package_hash,
)
from huichang.pages.packages.sandbox import BudgetError
from huichang.pages.packages.telling import problem
from huichang.pages.rendering import page_script, render
from huichang.pages.templates import own_words
from huichang.pages.tree import Node, parse

_MOST = 200
_KEPT = 16
_DEEP = "its elements are nested too deeply"
_passed: OrderedDict[tuple[str, str], TemplatePackage] = OrderedDict()  # it is checked again when uploaded and published
_MARK = "Qx7z"
_SHOWN_IN_BODY = ("hero.title", "hero.subtitle", "hero.slogan", "floor.title", "floor.subtitle", "floor.point")


def checked(found: Found) -> TemplatePackage:
    """The package of files that were read (archive.py). Raises TemplatePackageError with all that is wrong."""
    files, problems = found
    key = (package_hash(files), the_gate().hash)
    if not problems and key in _passed:
        return _passed[key]
    package = _checked(files, problems)
    while len(_passed) >= _KEPT:
        _passed.popitem(last=False)
    _passed[key] = package
    return package


def _checked(files: Mapping[str, str], problems: list[TemplateProblem]) -> TemplatePackage:
    manifest: TemplateManifest | None = None
    if MANIFEST in files:
        manifest, wrong = read_manifest(files[MANIFEST])
        problems = [*problems, *wrong]
    problems = [*problems, *layout_problems(manifest.id if manifest else "", files)]
    # A file that is no Jinja is not read further: what stands between its braces cannot be told from what does not.
    broken = {each.file for each in problems if each.code == "syntax"}
    layouts = {name: source for name, source in files.items() if name.endswith(".html.j2") and name not in broken}
    for name, source in layouts.items():
        problems += source_problems(name, source)
    problems += style_problems(STYLE, files.get(STYLE, ""))
    if manifest is not None:
        problems += _word_problems(manifest, layouts)
    sample, wrong = _sample(files)
    problems += wrong
    # Nothing of a layout runs while any file of the package is known to be wrong: then its rules have not been kept.
    if not problems and manifest is not None and sample is not None:
        try:
            problems += _Trial(TemplatePackage(manifest=manifest, files=dict(files)), sample).problems()
        except RecursionError:
            problems.append(problem("page", PAGE, variant="sample", place="html", said=_DEEP))
    if problems or manifest is None:
        raise TemplatePackageError(_once(_in_order(problems))[:_MOST])
    return TemplatePackage(manifest=manifest, files=dict(files))


def sample_of(package: TemplatePackage, language: Language | None = None) -> PageModel:
    """The package's sample page, with the words of its locked regions; in a language, or in its own."""
    sample = PageModel.model_validate_json(package.files[SAMPLE])
    return _fixed(sample.model_copy(update={"language": language or sample.language}), package.manifest)


def page_refused(html: str, page: PageModel) -> tuple[TemplateProblem, ...]:
    """What no page of an uploaded package may hold, whatever its layout makes of real data: scripts, handlers, outside addresses."""
    try:
        return _once(page_problems(parse(html), page, page_script(), PAGE))
    except RecursionError:
        return (problem("page", PAGE, variant="page", place="html", said=_DEEP),)


def _once(problems: Iterable[TemplateProblem]) -> tuple[TemplateProblem, ...]:
    return tuple({(each.code, each.place, each.what["en"]): each for each in problems}.values())


def _in_order(problems: list[TemplateProblem]) -> list[TemplateProblem]:
    files = (MANIFEST, PAGE, STYLE, SAMPLE)
    return sorted(problems, key=lambda each: (files.index(each.file) if each.file in files else len(files), each.file, each.line))


def _sample(files: Mapping[str, str]) -> tuple[PageModel | None, list[TemplateProblem]]:
    if SAMPLE not in files:
        return None, []
    try:
        sample = PageModel.model_validate_json(files[SAMPLE])
    except ValidationError as error:
        return None, [
            problem("sample", SAMPLE, key=".".join(map(str, each["loc"])) or "JSON", said=each["msg"][:160])
            for each in error.errors(include_url=False, include_input=False)[:20]
        ]
    if not sample.floors or not any(floor.cards for floor in sample.floors) or not sample.benefits:
        said = "it needs benefits, and a floor with cards"
        return None, [problem("sample", SAMPLE, key="floors, benefits", said=said)]
    return sample, []


def _word_problems(manifest: TemplateManifest, layouts: Mapping[str, str]) -> Iterator[TemplateProblem]:
    """The gate on what the designer wrote: names, the words of locked regions, and what stands in the layouts."""
    for finding in the_gate().check(own_words(manifest, layouts)).blocking:
        file, _, line = finding.place.partition(" line ")
        name = file.split(" ")[0]
        yield problem(
            "words",
            name,
            int(line) if line.isdigit() else 0,
            said=finding.said("en"),
            said_zh=finding.said("zh"),
            mend=finding.mend.get("en", "write other words"),
            mend_zh=finding.mend.get("zh", "换一种写法"),
        )


def _fixed(page: PageModel, manifest: TemplateManifest) -> PageModel:
    texts = with_locked_words(manifest, page.language, {"hero": {}, "share": {}})
    hero = {name: said for name, said in texts["hero"].items() if name in ("title", "subtitle", "slogan")}
    update: dict[str, str] = dict(hero)
    if "alt" in texts["hero"]:
        update["hero_alt"] = texts["hero"]["alt"]
    if "text" in texts["share"]:
        update["share_text"] = texts["share"]["text"]
    return page.model_copy(update=update)


@dataclass
class _Trial:
    """The sample rendered in every way a real venue may come, and what that shows."""

    package: TemplatePackage
    sample: PageModel

    def problems(self) -> list[TemplateProblem]:
        found: list[TemplateProblem] = []
        pages = list(self._variants())
        for variant, page in pages:
            html, wrong = self._rendered(variant, page)
            found += wrong
            if html:
                root = parse(html)
                found += page_problems(root, page, page_script(), PAGE)
                found += [
                    problem("page", PAGE, variant=variant, place=each.place, said=each.message)
                    for each in inspect_html(html, page, self.package.manifest)
                    if each.severity == "blocker"
                ]
            if wrong:
                break  # the same would be told again of every variant
        if not any(each.code in ("render", "budget") for each in found):
            found += self._filled_in(pages[0][1])
        return found

    def _filled_in(self, page: PageModel) -> Iterator[TemplateProblem]:
        """Each slot filled with a word of its own: the page must show it, and a locked region must read as before."""
        html, wrong = self._rendered("sample", page)
        yield from wrong
        root, regions = parse(html), regions_of(self.package.manifest)
        present = {name: [_content(node) for node in region_nodes(root, name)] for name in regions}
        for name, there in present.items():
            if not there:
                yield problem("region_missing", PAGE, region=name)
        for path in slot_paths(self.package.manifest):
            html, wrong = self._rendered(path, _filled(page, path, _MARK))
            yield from wrong
            if wrong:
                continue
            root = parse(html)
            body = root.find(lambda node: node.tag == "body") or root
            if not _shows(body if path in _SHOWN_IN_BODY else root, _MARK):
                yield problem("unused_slot", MANIFEST, slot=path, path=PAGE)
            for name, region in regions.items():
                own = path in region.holds or (FLOORS in region.holds and path.startswith("floor.")) or path == "hero.background"
                if region.locked and not own and present[name] != [_content(node) for node in region_nodes(root, name)]:
                    yield problem("region_leaks", PAGE, region=name, slot=path)

    def _variants(self) -> Iterator[tuple[str, PageModel]]:
        sample = _fixed(self.sample, self.package.manifest)
        other: Language = "en" if sample.language == "zh" else "zh"
        yield "sample", sample
        translated = _fixed(sample.model_copy(update={"language": other}), self.package.manifest)
        yield f"in {other}", translated
        cards = [card for floor in sample.floors for card in floor.cards]
        one = sample.floors[0].model_copy(update={"cards": tuple(cards[:1]), "layout": "grid", "subtitle": "", "point": ""})
        bare = {"hero_image": "", "hero_cards": (), "hero_shots": (), "benefits": (), "benefit_kinds": (), "related": ()}
        yield "one floor with one product, no picture, no benefits", sample.model_copy(update={"floors": (one,), **bare})
        many = (cards * (48 // len(cards) + 1))[:48]
        layouts = ("feature", "ranked", "shelf", "grid") * 3
        floors = tuple(
            one.model_copy(
                update={
                    "floor_id": f"floor-{n}",
                    "title": f"{one.title} {n}",
                    "layout": layout,
                    "cards": tuple(
                        card.model_copy(update={"product_id": f"s{n}-{place}", "picture": card.picture if place else ""})
                        for place, card in enumerate(many[: 8 if layout != "ranked" else 5])
                    ),
                }
            )
            for n, layout in enumerate(layouts[: max(1, self.package.manifest.max_floors)], 1)
        )
        yield "as many floors as it takes", sample.model_copy(update={"floors": floors, "hero_cards": ()})

    def _rendered(self, variant: str, page: PageModel) -> tuple[str, list[TemplateProblem]]:
        try:
            return render(page, self.package.manifest.id, self.package), []
        except BudgetError as error:
            return "", [problem("budget", *self._place(error), variant=variant, said=error.message)]
        except RecursionError as error:
            return "", [problem("budget", *self._place(error), variant=variant, said="macros call each other without end")]
        except PermanentError as error:
            return "", [problem("render", SAMPLE, variant=variant, said=error.message)]
        except (TemplateError, TypeError, ValueError, KeyError, AttributeError, ArithmeticError, LookupError, MemoryError) as error:
            return "", [problem("render", *self._place(error), variant=variant, said=str(error)[:200])]

    def _place(self, error: Exception | RecursionError) -> tuple[str, int]:
        """The file of the package, and the line, where it was raised: the innermost one that is its own."""
        own = [frame for frame in traceback.extract_tb(error.__traceback__, limit=200) if frame.filename in self.package.files]
        return (own[-1].filename, own[-1].lineno or 0) if own else (PAGE, getattr(error, "lineno", None) or 0)


def _filled(page: PageModel, path: str, word: str) -> PageModel:
    """The page with a word in one slot."""
    owner, _, slot = path.partition(".")
    if owner == "floor" and slot in FLOOR_TEXTS:
        return page.model_copy(
            update={"floors": tuple(floor.model_copy(update={slot: f"{word}{n}"}) for n, floor in enumerate(page.floors))}
        )
    field = {"hero.alt": "hero_alt", "hero.background": "hero_image", "share.text": "share_text"}.get(path, slot)
    value = f"/media/{word}.webp" if path == "hero.background" else word
    update: dict[str, object] = {field: value}
    if path == "hero.background":
        update["hero_shots"] = ()
    if path == "hero.alt" and not page.hero_image:
        update["hero_image"] = "/media/sample-hero.webp"
    return page.model_copy(update=update)


def _shows(root: Node, word: str) -> bool:
    """Whether a word stands in an element's text or in an attribute that is shown or said."""
    if word in "".join(root.text().split()):
        return True
    for node in root.walk():
        if any(word in value for value in node.attributes.values()):
            return True
        if node.tag == "script" and any(word in piece for piece in node.content if isinstance(piece, str)):
            return True
    return False


def _content(node: Node) -> str:
    return " ".join(node.text().split()) + "|" + "|".join(sorted(str(sorted(each.attributes.items())) for each in node.walk()))
