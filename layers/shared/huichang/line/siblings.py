"""Pages of one version for buyer segments: made with it, looked at with it, listed in its release (docs/decisions/0032).

A sibling is a stored version like any other, but has no page model of its own: it is an arrangement of its version's (pages/variants.py).
What stands in the way of one never stands in the way of the page: its buyers get the default, and people are told why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from huichang.catalog.product import Product
from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Told, both
from huichang.kernel.model import Model
from huichang.line.policing import policy_key
from huichang.materials.policy import Verdict
from huichang.pages.finding_words import finding
from huichang.pages.inspection import inspect_html
from huichang.pages.model import Finding, PageModel, PageStore, PixelInspector, TemplateManifest
from huichang.pages.segments import Segment, load_segments
from huichang.pages.variants import NoVariant, Variant, Variants, arranged_for, plan_variants, with_choices
from huichang.venues.model import Campaign, Documents, Venue


class Sibling(Model):
    """The page for a segment. `version_id` "": it was not made, and `problem` says why."""

    variant: Variant
    version_id: str = ""
    problem: Told = {}

    @property
    def segment(self) -> str:
        """Whose page it is."""
        return self.variant.segment


class Siblings(Model):
    """Beside a version: its siblings, and the segments that get the default. Decided once: the same version has the same ones for ever."""

    siblings: tuple[Sibling, ...] = ()
    kept: tuple[NoVariant, ...] = ()


class SiblingLook(Model):
    """What an inspection saw of one. `pixels` as in Inspection: "not_run" is never "passed"."""

    segment: str
    version_id: str
    findings: tuple[Finding, ...] = ()
    pixels: Literal["passed", "failed", "not_run"] = "not_run"

    @property
    def blocked(self) -> bool:
        """Whether it must not be listed."""
        return any(each.severity == "blocker" for each in self.findings)


class SiblingLooks(Model):
    """Of all siblings of a version, before its release."""

    looks: tuple[SiblingLook, ...] = ()


LOOKING_SECONDS = 90.0
"""For all siblings of a page together, well within the function's timeout: who cannot be looked at by then is not listed."""


def siblings_key(venue_id: str, version_id: str) -> str:
    """Key of a version's siblings."""
    return f"venues/{venue_id}/versions/{version_id}-siblings"


def looks_key(venue_id: str, version_id: str) -> str:
    """Key of what was seen of them."""
    return f"venues/{venue_id}/versions/{version_id}-siblings-seen"


def wanted_segments(venue: Venue, campaign: Campaign) -> tuple[Segment, ...]:
    """What is switched on for a venue: its own setting, else its campaign's. One that is not declared any more is none."""
    known = load_segments()
    ids = campaign.segments if venue.segments is None else venue.segments
    return tuple(known[name] for name in ids if name in known)


def plan_for(
    venue: Venue, campaign: Campaign, page: PageModel, products: Mapping[str, Product], manifest: TemplateManifest
) -> tuple[PageModel, Variants]:
    """The page with the links by which buyers choose, and what is to be made for whom. What people arranged stays as they did."""
    segments = wanted_segments(venue, campaign)
    if not segments:
        return page, Variants()
    variants = plan_variants(page, products, segments, manifest, by_hand=venue.arrangement is not None)
    return with_choices(page, variants, load_segments()), variants


@dataclass(frozen=True)
class SiblingMaker:
    """Renders and keeps the siblings of a version that was just stored. `render`: a page model to a document, as the version itself."""

    documents: Documents
    pages: PageStore
    render: Callable[[PageModel], str]
    verdict: Callable[[str, PageModel], Verdict]

    def make(self, venue_id: str, version_id: str, page: PageModel, variants: Variants) -> Siblings:
        """Repeating it changes nothing. Raises TransientError."""
        key = siblings_key(venue_id, version_id)
        known = self.documents.get(key, Siblings) if self.documents.exists(key) else Siblings()
        planned = tuple(each.variant for each in known.siblings) or variants.made
        made = Siblings(
            siblings=tuple(self._made(venue_id, page, each) for each in planned),
            kept=known.kept if known.siblings else variants.kept,
        )
        self.documents.put(key, made)
        return made

    def _made(self, venue_id: str, page: PageModel, variant: Variant) -> Sibling:
        arranged = arranged_for(page, variant)
        try:
            html = self.render(arranged)
        except PermanentError as error:
            return Sibling(variant=variant, problem=error.told or both(error.message, error.message))
        verdict = self.verdict(html, arranged)
        if verdict.blocked:
            rules = ", ".join(sorted({each.rule for each in verdict.blocking}))
            return Sibling(variant=variant, problem=both(f"内容审核不通过：{rules}", f"the policy gate refuses it: {rules}"))
        version_id = self.pages.put_version(venue_id, html)
        self.documents.put(policy_key(venue_id, version_id), verdict)
        return Sibling(variant=variant, version_id=version_id)


def siblings_of(documents: Documents, venue_id: str, version_id: str) -> Siblings:
    """A version's siblings; none for most."""
    key = siblings_key(venue_id, version_id)
    return documents.get(key, Siblings) if documents.exists(key) else Siblings()


def look_at_siblings(
    documents: Documents,
    pages: PageStore,
    pixels: PixelInspector,
    manifest: TemplateManifest,
    venue_id: str,
    version_id: str,
    page: PageModel,
    picture_hosts: tuple[str, ...] = (),
    seconds: Callable[[], float] = time.monotonic,
) -> tuple[Finding, ...]:
    """Each sibling as its page was looked at; warnings for the page's inspection: whose page is left out, and why. `seconds`: a clock."""
    found = siblings_of(documents, venue_id, version_id)
    looks: list[SiblingLook] = []
    told: list[Finding] = []
    late = seconds() + LOOKING_SECONDS
    for each in found.siblings:
        if not each.version_id:
            told.append(_left_out(each.segment, each.problem))
            continue
        if seconds() > late:
            told.append(_left_out(each.segment, both("没有来得及检查", "there was no time to look at it")))
            continue
        arranged = arranged_for(page, each.variant)
        html = pages.read_version(venue_id, each.version_id)
        verdict, _, seen = pixels.look(html, "https://venue.invalid", arranged)
        findings = (*inspect_html(html, arranged, manifest, picture_hosts=picture_hosts), *seen)
        # Their pictures are of the same components as the page's own findings: kept once, there.
        findings = tuple(one.model_copy(update={"picture": ""}) for one in findings)
        look = SiblingLook(segment=each.segment, version_id=each.version_id, findings=findings, pixels=verdict)
        looks.append(look)
        if look.blocked:
            first = next(one for one in findings if one.severity == "blocker")
            told.append(_left_out(each.segment, first.told or both(first.message, first.message)))
    if found.siblings:
        documents.put(looks_key(venue_id, version_id), SiblingLooks(looks=tuple(looks)))
    return tuple(told)


def _left_out(segment: str, why: Told) -> Finding:
    known = load_segments().get(segment)
    who = known.who if known else both(segment, segment)
    told = {language: finding("sibling-left-out", "warning", "", who=who[language], why=why[language]).told[language] for language in who}
    return finding("sibling-left-out", "warning", f"segment/{segment}", who=who["en"], why=why["en"]).model_copy(update={"told": told})
