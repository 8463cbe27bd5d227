"""What a browser saw of a page, judged: pure rules over facts, so that they can be read and tested without one.

adapters/browser.py gathers the facts (page_probe.js, browser_pixels.py). Each rule tells a place that a person can go to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from huichang.kernel.model import Model
from huichang.pages.finding_words import finding
from huichang.pages.model import Finding, PageModel

Box = tuple[int, int, int, int]
Screen = Literal["phone", "desktop"]

# A designer's line may be shaved by a rounded corner; a letter that is half gone cannot be read.
CUT_ACROSS, CUT_DOWN = 0.96, 0.75
LEAST_TARGET: dict[str, int] = {"phone": 44, "desktop": 24}  # Apple and Material for thumbs; WCAG 2.5.8 for pointers
LEAST_CONTRAST, LEAST_CONTRAST_LARGE = 4.5, 3.0
UNREADABLE = 2.0
LEAST_TYPE = 10.0
SHIFT_WARNS, SHIFT_BLOCKS = 0.01, 0.1
DISTORTED = 0.06
COARSE = 0.5  # a picture shown at more than twice its own size
ONE_COLOUR = 0.985
BLANK_BAND = 0.8  # of a screen: even a designer's pause is shorter
BLANK_CARD = 0.985
_NO_INK = 0.003
_LETTERS = re.compile(r"[^\W_]{2}")  # emoji keep their colours whatever ink they are given
_MOST_OF_A_RULE = 6


class _Fact(Model, extra="ignore"):
    """The probe says more than the rules ask."""


class Line(_Fact):
    """One line of text. `own`: its ink is not its colour (outlined, filled with a gradient); then no contrast is measured.

    `inked`: share of its place that its letters change; None: not measured. `heard`: only for screen readers, or not for them.
    """

    path: str
    text: str
    size: float
    weight: int
    box: Box
    kind: Literal["title", "price", "label", "header", "text"]
    product: str = ""
    hero: bool = False
    alpha: float
    own: bool
    heard: bool
    pinned: bool
    scrolls: bool
    designed: bool
    seen_across: float
    seen_down: float
    contrast: float | None = None
    inked: float | None = None

    @property
    def large(self) -> bool:
        """WCAG's large type: it may have less contrast."""
        return self.size >= 24 or (self.size >= 18.5 and self.weight >= 700)


class Shot(_Fact):
    """A picture as it is shown. `uniform`: share of its pixels that are one colour; None where they were not looked at.

    `foreign`: it comes from elsewhere and was not loaded. `drawn`: a vector drawing, which has no size of its own.
    """

    path: str
    box: Box
    source: str
    natural: tuple[int, int]
    fit: str
    done: bool
    visible: bool
    product: str = ""
    uniform: float | None = None
    foreign: bool = False
    drawn: bool = False


class Target(_Fact):
    """What can be tapped. `named`: it says what it does."""

    path: str
    box: Box
    text: str
    named: bool
    inline: bool
    href: str = ""


class Part(_Fact):
    """A text that must be there."""

    text: str = ""
    visible: bool = False
    path: str = ""
    box: Box | None = None
    size: float = 0.0


class Card(_Fact):
    """A product's place. `uniform` as in Shot."""

    path: str
    product: str
    floor: str
    box: Box
    visible: bool
    clear: bool
    scrolls: bool
    name: Part
    price: Part
    uniform: float | None = None


class FloorSeen(_Fact):
    """A floor's section."""

    id: str
    path: str
    box: Box
    title: Part
    visible: bool


class Covered(_Fact):
    """A line that something lies on."""

    path: str
    by: str
    box: Box
    text: str


class Wide(_Fact):
    """Something that reaches beyond the right edge."""

    path: str
    box: Box
    name: str


class Band(Model):
    """A stretch of rows of one colour."""

    top: int
    rows: int


class Sight(_Fact):
    """Everything that one screen showed.

    `scripted`, `scriptless`: how many cards and letters were visible with JavaScript on and off; None: not looked. `shift`: CLS.
    """

    screen: Screen
    height: int
    width: int
    screen_height: int
    lines: tuple[Line, ...] = ()
    overlaps: tuple[tuple[Line, Line], ...] = ()
    images: tuple[Shot, ...] = ()
    targets: tuple[Target, ...] = ()
    cards: tuple[Card, ...] = ()
    floors: tuple[FloorSeen, ...] = ()
    covered: tuple[Covered, ...] = ()
    title: Part = Part()
    label: Part = Part()
    unreviewed: Part = Part()
    letters: int = 0
    pictures: int = 0
    wide: tuple[Wide, ...] = ()
    overflow: int = 0
    shift: float = 0.0
    shifted: str = ""
    uniform: float = 0.0
    bands: tuple[Band, ...] = ()
    noise: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    elsewhere: Annotated[dict[str, int], Field(default_factory=dict)]
    dead: tuple[str, ...] = ()
    scripted: tuple[int, int] = (0, 0)
    scriptless: tuple[int, int] | None = None


def judge(sight: Sight, page: PageModel | None) -> tuple[Finding, ...]:
    """Findings of one screen, the gravest first. `page`: what it should show; None: only what any page must be."""
    blank = list(_white(sight))
    found = [*blank, *_heard(sight), *_images(sight), *_wide(sight), *_shift(sight)]
    if not blank:
        found += [*_bands(sight), *_text(sight), *_contrast(sight), *_targets(sight), *_scriptless(sight)]
        found += [*_expected(sight, page)] if page else []
    return _few(found)


def _few(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """The first few of each rule, and how many more there are: a fault of a template repeats itself on every card."""
    kept: list[Finding] = []
    total = Counter(each.rule for each in found)
    told: Counter[str] = Counter()
    for each in found:
        told[each.rule] += 1
        if told[each.rule] <= _MOST_OF_A_RULE:
            kept.append(each)
        elif told[each.rule] == _MOST_OF_A_RULE + 1:
            more = total[each.rule] - _MOST_OF_A_RULE
            kept[max(n for n, one in enumerate(kept) if one.rule == each.rule)] = each.model_copy(
                update={
                    "message": f"{each.message} (and {more - 1} more)" if more > 1 else each.message,
                    "told": {"zh": each.told.get("zh", "") + (f"（另有 {more} 处）" if more else ""),
                             "en": each.told.get("en", "") + (f" ({more} more)" if more else "")},
                }
            )  # fmt: skip
    return tuple(sorted(kept, key=lambda each: each.severity != "blocker"))


def _at(sight: Sight, rule: str, severity: Literal["blocker", "warning"], path: str = "", box: Box | None = None, **said: Any) -> Finding:
    place = f"{sight.screen}: {path}" if path else sight.screen
    return finding(rule, severity, place, screen=sight.screen, path=path, box=box, **said)


def _white(sight: Sight) -> Iterator[Finding]:
    # One colour alone is no fault: a page that says something in two quiet colours is minimalist, not white.
    if sight.uniform >= ONE_COLOUR and sight.letters < 20 and sight.pictures == 0:
        yield _at(sight, "white-screen", "blocker", box=(0, 0, sight.width, sight.screen_height), share=f"{sight.uniform:.0%}")


def _bands(sight: Sight) -> Iterator[Finding]:
    """Partly white: where the document says that there is something and the pixels that there is nothing; or nothing for too long."""
    for band in sight.bands:
        box = (0, band.top, sight.width, band.rows)
        # Letters that should stand in the middle of the band: a line at its edge may be the one that ends it.
        silent = [line for line in sight.lines if _within(line.box, band) and not line.heard and line.seen_down > 0.5 and not line.scrolls]
        hidden = [shot for shot in sight.images if shot.visible and _within(shot.box, band) and shot.box[3] > 40]
        letters = sum(len(line.text) for line in silent)
        if letters >= 12 or hidden:
            yield _at(sight, "unpainted", "blocker", silent[0].path if silent else hidden[0].path, box, pixels=band.rows, top=band.top)
        elif band.rows >= sight.screen_height * BLANK_BAND:
            yield _at(sight, "blank-band", "blocker", "", box, pixels=band.rows, top=band.top)
    for card in sight.cards:
        if card.uniform is not None and card.uniform >= BLANK_CARD and card.visible:
            yield _at(sight, "blank-card", "blocker", card.path, card.box, share=f"{card.uniform:.0%}")


def _within(box: Box, band: Band) -> bool:
    return box[1] >= band.top and box[1] + box[3] <= band.top + band.rows


def _heard(sight: Sight) -> Iterator[Finding]:
    broken = {shot.source for shot in sight.images if shot.done and shot.natural[0] == 0}
    for address in dict.fromkeys(sight.missing):
        if address not in broken:
            yield _at(sight, "missing-file", "blocker", address)
    for text in dict.fromkeys(sight.noise):
        if "Failed to load resource" in text:  # told above, by its address
            continue
        rule = "policy-violation" if "Content Security Policy" in text else "console-error"
        yield _at(sight, rule, "blocker", said=text[:200])
    for host, count in sorted(sight.elsewhere.items()):
        yield _at(sight, "picture-elsewhere", "warning", host, count=count, host=host)
    for address in dict.fromkeys(sight.dead):
        # Another venue may have been retired since: no reason to stop this one.
        yield _at(sight, "dead-link", "warning", address, address=address)


def _images(sight: Sight) -> Iterator[Finding]:
    for shot in sight.images:
        if shot.foreign:
            continue
        wide, high = shot.natural
        if shot.done and wide == 0:
            yield _at(sight, "broken-picture", "blocker", shot.source, shot.box)
            continue
        if not shot.visible or not wide or not high:
            continue
        _, _, box_wide, box_high = shot.box
        if box_wide > 20 and box_high > 20 and shot.fit == "fill":
            ratio = (box_wide / box_high) / (wide / high)
            if abs(ratio - 1) > DISTORTED:
                yield _at(
                    sight, "picture-distorted", "blocker", shot.path, shot.box, natural=f"{wide}×{high}", shown=f"{box_wide}×{box_high}"
                )
        larger = min(wide / box_wide, high / box_high) if box_wide and box_high else 1
        if not shot.drawn and larger < COARSE:
            severity: Literal["blocker", "warning"] = "blocker" if larger < COARSE / 4 else "warning"
            yield _at(sight, "picture-coarse", severity, shot.path, shot.box, natural=f"{wide}×{high}", shown=f"{box_wide}×{box_high}")
        if shot.product and shot.uniform is not None and shot.uniform > 0.995 and box_high > 40:
            yield _at(sight, "picture-blank", "warning", shot.path, shot.box, share=f"{shot.uniform:.1%}")


def _wide(sight: Sight) -> Iterator[Finding]:
    if sight.overflow > 1:
        first = sight.wide[0] if sight.wide else None
        names = ", ".join(each.name for each in sight.wide) or "an element"
        path, box = (first.path, first.box) if first else ("", None)
        yield _at(sight, "sideways-scroll", "blocker", path, box, pixels=sight.overflow, names=names)


def _shift(sight: Sight) -> Iterator[Finding]:
    if sight.shift > SHIFT_WARNS:
        severity: Literal["blocker", "warning"] = "blocker" if sight.shift > SHIFT_BLOCKS else "warning"
        yield _at(sight, "layout-shift", severity, sight.shifted, score=f"{sight.shift:.3f}")


def _text(sight: Sight) -> Iterator[Finding]:
    for line in sight.lines:
        if line.heard or line.pinned:
            continue
        across = line.seen_across < CUT_ACROSS and not line.designed
        down = 0.05 < line.seen_down < CUT_DOWN and not line.designed
        if (across or down) and line.seen_across > 0:
            grave = line.kind in ("title", "price", "label") or line.seen_across < 0.7
            yield _at(sight, "text-cut", "blocker" if grave else "warning", line.path, line.box, text=line.text[:40])
        if line.size < LEAST_TYPE and line.alpha > 0.05 and len(line.text) > 1:
            yield _at(sight, "small-type", "warning", line.path, line.box, text=line.text[:40], size=f"{line.size:g}")
        # Covered by what the document cannot name (a layer of a box of its own), or written in the colour of its ground.
        if line.inked is not None and line.inked < _NO_INK and _LETTERS.search(line.text) and not line.own and line.alpha > 0.3:
            yield _at(sight, "text-unseen", "blocker", line.path, line.box, text=line.text[:40])
    for one, other in sight.overlaps:
        yield _at(sight, "text-overlap", "blocker", one.path, one.box, text=one.text[:40], other=other.text[:40])
    for each in sight.covered:
        yield _at(sight, "text-covered", "blocker", each.path, each.box, text=each.text[:40], by=each.by)


def _contrast(sight: Sight) -> Iterator[Finding]:
    for line in sight.lines:
        if line.contrast is None or line.heard or line.own:
            continue
        needed = LEAST_CONTRAST_LARGE if line.large else LEAST_CONTRAST
        if line.contrast >= needed:
            continue
        grave = line.contrast < UNREADABLE and line.kind != "text"
        rule = "hard-to-read" if line.hero else "low-contrast"  # the hero's picture can be painted again
        yield _at(
            sight, rule, "blocker" if grave else "warning", line.path, line.box, text=line.text[:40],
            ratio=f"{line.contrast:.1f}", needed=f"{needed:g}",
        )  # fmt: skip


def _targets(sight: Sight) -> Iterator[Finding]:
    least = LEAST_TARGET[sight.screen]
    for target in sight.targets:
        short = min(target.box[2], target.box[3])
        if short < least - 0.5 and not target.inline:
            severity: Literal["blocker", "warning"] = "blocker" if short < least / 2 else "warning"
            size = f"{target.box[2]}×{target.box[3]}"
            yield _at(sight, "small-target", severity, target.path, target.box, text=target.text or target.href, size=size, least=least)
        if not target.named:
            yield _at(sight, "nameless-target", "warning", target.path, target.box)


def _scriptless(sight: Sight) -> Iterator[Finding]:
    if sight.scriptless is None:
        return
    cards, letters = sight.scriptless
    with_script, all_letters = sight.scripted
    if cards < with_script or letters < all_letters * 0.9:
        yield _at(sight, "needs-script", "blocker", cards=f"{cards}/{with_script}", letters=f"{letters}/{all_letters}")


def _expected(sight: Sight, page: PageModel) -> Iterator[Finding]:
    """What was written and planned must be there for the eye, not only in the document."""
    if not sight.title.visible:
        yield _at(sight, "slot-hidden", "blocker", sight.title.path or "h1", sight.title.box, what="h1", text=page.title[:40])
    if not sight.label.visible or sight.label.size < LEAST_TYPE:
        yield _at(sight, "label-hidden", "blocker", sight.label.path, sight.label.box)
    if page.unreviewed and not sight.unreviewed.visible:
        yield _at(sight, "label-hidden", "blocker", "[data-unreviewed]", sight.unreviewed.box)
    seen = {floor.id: floor for floor in sight.floors}
    cards: Mapping[tuple[str, str], Card] = {(card.floor, card.product): card for card in reversed(sight.cards)}
    for floor in page.floors:
        shown = seen.get(floor.floor_id)
        if shown is None or not shown.visible:
            yield _at(sight, "floor-hidden", "blocker", f"#{floor.floor_id}", shown.box if shown else None, text=floor.title[:40])
            continue
        if not shown.title.visible:
            yield _at(sight, "slot-hidden", "blocker", f"#{floor.floor_id} h2", shown.box, what="h2", text=floor.title[:40])
        for planned in floor.cards:
            card = cards.get((floor.floor_id, planned.product_id))
            if card is None or not card.visible or not card.clear:
                path, box = (card.path, card.box) if card else (f'[data-product="{planned.product_id}"]', None)
                yield _at(sight, "card-hidden", "blocker", path, box, product=planned.product_id)
            elif not card.price.visible:
                yield _at(sight, "slot-hidden", "blocker", card.path, card.box, what="price", text=str(planned.price))
            elif not card.name.visible:
                yield _at(sight, "slot-hidden", "blocker", card.path, card.box, what="name", text=planned.title[:40])
    for card in sight.cards:
        if card.visible and card.scrolls is False and card.box[0] + card.box[2] <= 0:
            yield _at(sight, "card-hidden", "blocker", card.path, card.box, product=card.product)
