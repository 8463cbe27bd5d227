"""A poster's words in their places. Sizes follow the words and the format alone: the background never moves a letter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.materials.styles.model import TypeStyle
from huichang.pages.typesetting.breaking import Broken, break_lines, break_pieces, chopped, pieces
from huichang.pages.typesetting.formats import Format

SUBTITLE = 1 / 3
"""Of the title's size."""
LEAST_SUBTITLE = 0.047
"""Of the picture's shorter side: what a phone shows of it in a feed can still be read."""
SECOND_LINE = 0.84
"""Of the title's size, where the second line is another thought than the first."""
TEXT_WEIGHT = 500
BADGE_WEIGHT = 700
AI_SHARE = 0.055
"""Type size of the AI label of the shorter side: its letters are then 5 % of it high, which GB 45438-2025 asks of a picture at least."""

Role = Literal["title", "subtitle", "badge", "ai"]


class Words(Model):
    """What a poster says. `badge`: why now, or what the buyer gains; `ai_label`: the visible label. Empty ones are left out."""

    title: str
    subtitle: str = ""
    badge: str = ""
    ai_label: str = ""
    language: Language = "zh"


class Metrics(Protocol):
    """Widths of real letters."""

    def width(self, text: str, family: str, weight: int) -> float:
        """In em."""
        ...


class Run(Model):
    """One line of text: its baseline's left end, type size and advance width in pixels. `line`: its number in its role."""

    role: Role
    text: str
    x: float
    baseline: float
    size: float
    width: float
    weight: int
    line: int = 0


class Plate(Model):
    """A flat ground below a run. `shape`: ribbon (cut end) or tab (rounded)."""

    role: Role
    left: float
    top: float
    right: float
    bottom: float
    shape: Literal["ribbon", "tab"]


class Layout(Model):
    """Everything that is set on one poster, in pixels of the format."""

    runs: tuple[Run, ...]
    plates: tuple[Plate, ...]

    @property
    def reach(self) -> tuple[float, float]:
        """(right, bottom) of the words that stand on the picture itself."""
        loose = [run for run in self.runs if run.role in ("title", "subtitle")]
        return max(run.x + run.width for run in loose), max(run.baseline + 0.25 * run.size for run in loose)


_ASCENT, _DESCENT = 0.88, 0.12  # of a Chinese character's square, about its baseline
_LEADING = {"zh": 1.16, "en": 1.06}
_SUB_LEADING = 1.42


def set_words(words: Words, form: Format, style: TypeStyle, metrics: Metrics, known: Iterable[str] = ()) -> Layout:
    """Lay the words out. `known`: words of this venue that are not to be cut. Every run lies inside the format's safe area.

    The title is as large as its lines, the subtitle and the badge let it be; two short lines beat one long line where they are larger.
    What fits at no size is cut with "…": nothing ever leaves the safe area.
    """
    known = tuple(known)
    side = min(form.width, form.height)
    left, top, right, bottom = form.words.pixels(form.width, form.height)
    room, height = right - left, bottom - top
    parts = pieces(words.title, words=known)

    def measure(text: str) -> float:
        return metrics.width(text, style.family, style.title_weight)

    best: tuple[float, float, Broken] | None = None
    smallest, size = form.title[0] * side, form.title[1] * side
    while size >= smallest - 0.01:
        for lines in range(1, form.title_lines + 2):
            if _height(words, lines, size, side) > height:
                break
            broken = break_pieces(parts, room / size, measure, most=lines, least=lines, after=SECOND_LINE)
            if broken is None:
                continue
            worth = size * _worth(broken, form)
            if best is None or worth > best[0]:
                best = (worth, size, broken)
        size *= 0.96
    if best is None:
        size = smallest
        while size > smallest * 0.6 and _height(words, 3, size, side) > height:
            size *= 0.94
        best = (0.0, size, chopped(words.title, room / size, measure, most=3, words=known))
    return _placed(words, form, style, metrics, known, best[1], best[2])


def _worth(broken: Broken, form: Format) -> float:
    """What a break is worth, times its type size: a line more must be a tenth larger, a bad cut costs much, a third line a fifth."""
    worth = (1 - 0.1 * (len(broken.lines) - 1)) / (1 + 0.35 * max(0.0, broken.badness + 0.5))
    return worth * (0.8 if len(broken.lines) > form.title_lines else 1.0)


def _subtitle_size(size: float, side: float) -> float:
    return min(max(size * SUBTITLE, side * LEAST_SUBTITLE), side * 0.064)


def _badge_size(side: float) -> float:
    return side * 0.044


def _height(words: Words, lines: int, size: float, side: float) -> float:
    """Pixels that a block with so many title lines may take; two subtitle lines are kept free."""
    sub = _subtitle_size(size, side)
    height = size * (1 + (lines - 1) * _LEADING[words.language])
    if words.subtitle:
        height += 0.36 * size + sub * (1 + _SUB_LEADING)
    if words.badge:
        height += _badge_size(side) * 2.5 + 0.12 * size
    return height


def _placed(words: Words, form: Format, style: TypeStyle, metrics: Metrics, known: tuple[str, ...], size: float, broken: Broken) -> Layout:
    side = min(form.width, form.height)
    left, top, right, bottom = form.words.pixels(form.width, form.height)
    room = right - left
    runs: list[Run] = []
    plates: list[Plate] = []

    def start(width: float) -> float:
        return left if form.align == "left" else left + (room - width) / 2

    y = 0.0  # below the top of the block
    if words.badge:
        badge = _badge_size(side)
        pad, high = badge * 0.8, badge * 1.75
        text = _one_line(words.badge, (room - 2.2 * pad) / badge, metrics, style.family, BADGE_WEIGHT, known)
        width = metrics.width(text, style.family, BADGE_WEIGHT) * badge
        x, shape = start(width + 2 * pad), "ribbon" if form.align == "left" else "tab"
        edges = {"left": x, "top": y, "right": x + width + 2 * pad, "bottom": y + high}
        plates.append(Plate.model_validate({"role": "badge", "shape": shape, **edges}))
        at = y + high / 2 + 0.37 * badge
        runs.append(Run(role="badge", text=text, x=x + pad, baseline=at, size=badge, width=width, weight=BADGE_WEIGHT))
        y += high + 0.16 * size + 0.5 * badge
    for number, line in enumerate(broken.lines):
        own = size * (SECOND_LINE if any(broken.parted[:number]) else 1.0)
        width = metrics.width(line, style.family, style.title_weight) * own
        y += own * (_ASCENT if number == 0 else _LEADING[words.language] if own == size else 1.2)
        runs.append(Run(role="title", text=line, x=start(width), baseline=y, size=own, width=width, weight=style.title_weight, line=number))
    y += _DESCENT * size
    if words.subtitle:
        sub = _subtitle_size(size, side)

        def measure(text: str) -> float:
            return metrics.width(text, style.family, TEXT_WEIGHT)

        # Rather smaller than cut: a third of the title's size is what it should have, not what it must.
        said = break_lines(words.subtitle, room / sub, measure, most=2, words=known)
        while said is None and sub > side * LEAST_SUBTITLE:
            sub = max(sub * 0.95, side * LEAST_SUBTITLE)
            said = break_lines(words.subtitle, room / sub, measure, most=2, words=known)
        said = said or chopped(words.subtitle, room / sub, measure, most=2, words=known)
        y += 0.24 * size
        for number, line in enumerate(said.lines):
            width = measure(line) * sub
            y += sub * (_ASCENT if number == 0 else _SUB_LEADING)
            runs.append(Run(role="subtitle", text=line, x=start(width), baseline=y, size=sub, width=width, weight=TEXT_WEIGHT, line=number))
        y += _DESCENT * sub
    shift = top + (max(0.0, (bottom - top - y) / 2) if form.anchor == "middle" else 0.0)
    runs = [run.model_copy(update={"baseline": run.baseline + shift}) for run in runs]
    plates = [plate.model_copy(update={"top": plate.top + shift, "bottom": plate.bottom + shift}) for plate in plates]
    if words.ai_label:
        run, plate = _ai_mark(words.ai_label, form, style, metrics)
        runs.append(run)
        plates.append(plate)
    return Layout(runs=tuple(runs), plates=tuple(plates))


def _one_line(text: str, em: float, metrics: Metrics, family: str, weight: int, known: tuple[str, ...]) -> str:
    def measure(line: str) -> float:
        return metrics.width(line, family, weight)

    broken = break_lines(text, em, measure, most=1, words=known) or chopped(text, em, measure, most=1, words=known)
    return broken.lines[0]


def _ai_mark(text: str, form: Format, style: TypeStyle, metrics: Metrics) -> tuple[Run, Plate]:
    """In the upper right corner, where neither words nor an app's buttons stand; its letters at least 5 % of the shorter side high."""
    size = min(form.width, form.height) * AI_SHARE
    width = metrics.width(text, style.family, TEXT_WEIGHT) * size
    pad = size * 0.45
    plate = Plate(role="ai", left=form.width - width - 2 * pad, top=0, right=form.width, bottom=size * 1.44, shape="tab")
    return Run(role="ai", text=text, x=plate.left + pad, baseline=size * 1.08, size=size, width=width, weight=TEXT_WEIGHT), plate
