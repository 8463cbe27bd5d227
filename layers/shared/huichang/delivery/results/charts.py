"""Charts as SVG text: no scripts, no styles, no fonts of its own, so it may be shown as a picture anywhere, and saved.

Every text is escaped; numbers are ours. Colours are fixed on white (Okabe and Ito 2008: told apart by all eyes), sizes in pixels of the
width that is asked for, so that words stay legible on a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from huichang.delivery.results.drawing import line, plain, points_of, rule, short, text_at
from huichang.delivery.results.model import Happening, Results, Row
from huichang.kernel.language import Language, both, pick

ChartName = Literal["share", "ctr", "uplift"]
_INK, _SOFT, _LINE, _BAND = "#16191d", "#57606a", "#dfe3e8", "#cfe3f5"
_HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#3f3f9f")
_TITLES = {
    "share": both("曝光占比随时间变化", "Share of impressions over time"),
    "ctr": both("点击率随时间变化", "Click rate over time"),
    "uplift": both("比基准高出多少", "Uplift over the baseline"),
}
_NOTES = {
    "share": both("虚线：见下面的编号", "dashed: what happened, by number"),
    "ctr": both("阴影：95 % 区间", "band: 95 % interval"),
    "uplift": both("横线：随时查看都有效的区间", "line: interval valid whenever one looks"),
}
_NOTHING = both("这段时间没有曝光", "nothing was shown in this time")
_UNKNOWN = both("还不能比较", "cannot be compared yet")
_FORESTS = 15


def chart(results: Results, name: ChartName, *, width: int = 760, language: Language = "en", minutes: int = 0) -> str:
    """A whole SVG document. `width` 280..1600 pixels; `minutes`: of the reader's clock ahead of UTC."""
    width = max(280, min(1600, width))
    if name == "uplift":
        return _forest(results, width, language)
    return _over_time(results, name, width, language, minutes)


def _over_time(results: Results, name: ChartName, width: int, language: Language, minutes: int) -> str:
    lines = results.drawn if name == "share" else ("",)
    names = {row.key: _label(row, language) for row in results.rows}
    left, right, top = 52, 14, 52
    legend = 20 * len(lines) + 8 if name == "share" else 0
    height, plot = top + 190 + 34 + legend, 190
    inner = width - left - right
    points = results.points
    if not results.total.counts.impressions:
        return _document(width, 120, results, name, language, [text_at(width / 2, 70, pick(_NOTHING, language), "middle", _SOFT)], "")
    most = _roof(_highest(results, name))

    def x(at: float) -> float:
        return left + inner * (at + 0.5) / len(points)

    def y(value: float) -> float:
        return top + plot * (1 - min(1.0, value / most))

    body = []
    for step in range(5):
        value = most * step / 4
        body.append(rule(left, y(value), width - right, y(value), _LINE))
        body.append(text_at(left - 6, y(value) + 4, _percent(value), "end", _SOFT))
    every = max(1, -(-len(points) * 64 // max(1, inner)))
    for at in range(0, len(points), every):
        body.append(text_at(x(at), top + plot + 18, _when(points[at].at, results.hours, minutes), "middle", _SOFT))
    if name == "ctr":
        for run in _runs([point.counts.impressions > 0 for point in points]):
            above = [(x(at), y(points[at].ctr.high)) for at in run]
            below = [(x(at), y(points[at].ctr.low)) for at in reversed(run)]
            body.append(f'<polygon points="{points_of(above + below)}" fill="{_BAND}"/>')
            body += line([(x(at), y(points[at].ctr.value or 0.0)) for at in run], _HUES[0])
    else:
        for index, key in enumerate(lines):
            for run in _runs([point.counts.impressions > 0 for point in points]):
                body += line([(x(at), y(points[at].parts[index] / points[at].counts.impressions)) for at in run], _HUES[index])
            below_plot = top + plot + 34 + 20 * index
            body.append(f'<rect x="{left}" y="{below_plot}" width="12" height="12" rx="2" fill="{_HUES[index]}"/>')
            body.append(text_at(left + 18, below_plot + 11, short(names.get(key, key), inner - 90), "start", _INK))
            share = next((row.share for row in results.rows if row.key == key), 0.0)
            body.append(text_at(width - right, below_plot + 11, _percent(share), "end", _SOFT))
    body += _marks(results, lambda place: x(place - 0.5), top, plot)
    zone = f"UTC{minutes / 60:+g}" if minutes else "UTC"
    body.append(text_at(left - 6, top + plot + 18, zone, "end", _SOFT))
    said = "; ".join(f"{names.get(row.key, row.key)} {_percent(row.share)}" for row in results.rows[: len(lines)])
    ctr = results.total.ctr
    return _document(
        width,
        height,
        results,
        name,
        language,
        body,
        said if name == "share" else f"{_percent(ctr.value or 0.0)} ({_percent(ctr.low)}–{_percent(ctr.high)})",
    )


def _forest(results: Results, width: int, language: Language) -> str:
    rows = [row for row in (results.total, *results.rows) if row.uplift is not None][: _FORESTS + 1]
    left, right, top, each = 14, 14, 44, 40
    inner = width - left - right
    bounds = [bound for row in rows if row.uplift and row.uplift.value is not None for bound in (row.uplift.low, row.uplift.high) if bound]
    reach = min(2.0, max([0.1, *(abs(bound) for bound in bounds)]) * 1.05)
    lowest, highest = -min(1.0, reach), reach

    def x(value: float) -> float:
        return left + inner * (max(lowest, min(highest, value)) - lowest) / (highest - lowest)

    bottom = top + each * max(1, len(rows))
    body, said = [], []
    for value in sorted({lowest, lowest / 2, 0.0, highest / 2, highest}):
        body.append(rule(x(value), top, x(value), bottom, _SOFT if value == 0 else _LINE))
        body.append(
            text_at(x(value), bottom + 16, f"{value:+.0%}", "start" if value == lowest else "end" if value == highest else "middle", _SOFT)
        )
    for index, row in enumerate(rows):
        uplift, at = row.uplift, top + each * index
        if uplift is None:
            continue
        name = _label(row, language)
        if uplift.value is None:
            told, colour = pick(_UNKNOWN, language), _SOFT
        else:
            told = f"{uplift.value:+.1%} ({_bound(uplift.low)} … {_bound(uplift.high)})"
            sure = (uplift.low or 0) > 0 or (uplift.high is not None and uplift.high < 0)
            colour = (_HUES[2] if uplift.value > 0 else _HUES[1]) if sure else _SOFT
            low, high = lowest if uplift.low is None else uplift.low, highest if uplift.high is None else uplift.high
            body.append(
                f'<rect x="{x(low):.1f}" y="{at + 24}" width="{max(1.0, x(high) - x(low)):.1f}" height="4" rx="2" fill="{colour}"/>'
            )
            body.append(f'<circle cx="{x(uplift.value):.1f}" cy="{at + 26}" r="5" fill="{colour}"/>')
        body.append(text_at(left, at + 15, short(name, inner - 7 * len(told) - 16), "start", _INK))
        body.append(text_at(width - right, at + 15, told, "end", colour))
        said.append(f"{name}: {told}")
    return _document(width, bottom + 26, results, "uplift", language, body, "; ".join(said))


def _document(width: int, height: float, results: Results, name: ChartName, language: Language, body: Sequence[str], said: str) -> str:
    title, note = pick(_TITLES[name], language), pick(_NOTES[name], language)
    heads = text_at(14, 16, title, "start", _INK, bold=True) + text_at(14, 32, note, "start", _SOFT)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height:.0f}" viewBox="0 0 {width} {height:.0f}" role="img" '
        f'aria-labelledby="t d" lang="{"zh-CN" if language == "zh" else "en"}" '
        "font-family=\"system-ui, -apple-system, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif\" font-size=\"12\">"
        f'<title id="t">{plain(title)}</title><desc id="d">{plain(f"{results.first} – {results.last} UTC. {said}")}</desc>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{heads}{"".join(body)}</svg>'
    )


def _label(row: Row, language: Language) -> str:
    name = (pick(row.name, language) if row.name else "") or row.key
    return f"{name} · {row.image or ('默认图' if language == 'zh' else 'default image')}" if row.image or "/" in row.key else name


def _highest(results: Results, name: ChartName) -> float:
    shown = [point for point in results.points if point.counts.impressions]
    if name == "share":
        return max((part / point.counts.impressions for point in shown for part in point.parts), default=1.0)
    # A stretch with next to no impressions has an interval up to 1: it is cut off rather than flattening all others.
    values = sorted(point.ctr.high for point in shown)
    return min(values[-1], 3 * max(values[len(values) // 2], max(point.ctr.value or 0.0 for point in shown)))


def _roof(value: float) -> float:
    """The next of 1, 2, 4, 6, 8 x 10^n, at most 1."""
    unit = 0.0001
    while True:
        for step in (1, 2, 4, 6, 8):
            if value <= unit * step:
                return min(1.0, unit * step)
        unit *= 10


def _marks(results: Results, x: Callable[[float], float], top: float, plot: float) -> list[str]:
    """Dashed lines with the numbers of what happened; those that would stand on each other share one."""
    placed = [(number, _place(event, results)) for number, event in enumerate(results.why, 1)]
    groups: list[tuple[float, list[int]]] = []
    for number, place in placed:
        if place is not None and groups and x(place) - groups[-1][0] < 22:
            groups[-1][1].append(number)
        elif place is not None:
            groups.append((x(place), [number]))
    body = []
    for at, numbers in groups:
        body.append(rule(at, top, at, top + plot, _SOFT, dash=True))
        body.append(text_at(at, top - 4, str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}", "middle", _SOFT))
    return body


def _place(event: Happening, results: Results) -> float | None:
    first = datetime.fromisoformat(f"{results.first}:00:00+00:00")
    at = (datetime.fromisoformat(event.at) - first) / timedelta(hours=results.hours)
    return at if 0 <= at <= len(results.points) else None


def _runs(there: Sequence[bool]) -> list[list[int]]:
    runs: list[list[int]] = []
    for at, is_there in enumerate(there):
        if is_there and at and there[at - 1]:
            runs[-1].append(at)
        elif is_there:
            runs.append([at])
    return runs


def _when(window: str, hours: int, minutes: int) -> str:
    at = datetime.strptime(window, "%Y-%m-%dT%H") + timedelta(minutes=minutes)
    return f"{at:%m-%d}" if hours >= 24 else f"{at:%m-%d %Hh}" if at.hour == 0 else f"{at:%H:%M}"


def _bound(value: float | None) -> str:
    return "?" if value is None else f"{value:+.0%}" if abs(value) >= 0.1 else f"{value:+.1%}"


def _percent(value: float) -> str:
    return f"{value * 100:.3g}%"
