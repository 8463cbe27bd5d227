"""A verdict in a sentence an operator can check against the table beside it."""

from __future__ import annotations

import math

from huichang.delivery.verdicts.judging import Verdict, VerdictKind
from huichang.kernel.language import Language

_OPENING: dict[Language, dict[VerdictKind, str]] = {
    "zh": {"retire": "建议下线", "promote": "建议加推", "keep": "保留", "cannot_tell": "还不能下结论"},
    "en": {"retire": "Retire", "promote": "Promote", "keep": "Keep", "cannot_tell": "Cannot tell yet"},
}


def verdict_words(verdict: Verdict, language: Language) -> str:
    """One or two sentences: what was seen, what the difference may be, and what follows or is missing."""
    if verdict.estimate is None:
        if language == "zh":
            return f"{_OPENING['zh'][verdict.kind]}：曝光 {verdict.shown:,} 次，还没有可以和基准比较的点击。"
        return f"{_OPENING['en'][verdict.kind]}: {verdict.shown:,} impressions, and no click yet that could be compared with the baseline."
    if language == "zh":
        seen = f"曝光 {verdict.shown:,} 次，点击 {verdict.clicks:,} 次；同时段、同位置比基准{_percent_zh(verdict.estimate)}"
        sure = f"（{_confidence(verdict)} 置信区间：{_range_zh(verdict)}，随时查看都有效）"
        more = "" if verdict.kind != "cannot_tell" else _more_zh(verdict)
        return f"{_OPENING['zh'][verdict.kind]}：{seen}{sure}。{more}"
    seen = f"{verdict.shown:,} impressions, {verdict.clicks:,} clicks; at the same hours and positions"
    seen += f" {_percent_en(verdict.estimate)} the baseline"
    sure = f" ({_confidence(verdict)} interval, valid whenever one looks: {_range_en(verdict)})"
    more = "" if verdict.kind != "cannot_tell" else _more_en(verdict)
    return f"{_OPENING['en'][verdict.kind]}: {seen}{sure}.{more}"


def _confidence(verdict: Verdict) -> str:
    return f"{(1 - verdict.rule.alpha) * 100:g} %"


def _percent_zh(ratio: float) -> str:
    change = (ratio - 1) * 100
    return "持平" if abs(change) < 0.5 else f"{'高' if change > 0 else '低'} {abs(change):.0f} %"


def _percent_en(ratio: float) -> str:
    change = (ratio - 1) * 100
    return "level with" if abs(change) < 0.5 else f"{abs(change):.0f} % {'above' if change > 0 else 'below'}"


def _bounds(verdict: Verdict) -> tuple[str, str]:
    return _signed(verdict.interval.low), _signed(verdict.interval.high)


def _signed(ratio: float) -> str:
    """One place below ten per cent, so that a bound just under the baseline does not read as level with it."""
    change = (ratio - 1) * 100
    return "∞" if math.isinf(ratio) else f"{change:+.1f} %" if abs(change) < 10 else f"{change:+.0f} %"


def _range_zh(verdict: Verdict) -> str:
    return "{} 到 {}".format(*_bounds(verdict))


def _range_en(verdict: Verdict) -> str:
    return "{} to {}".format(*_bounds(verdict))


def _more_zh(verdict: Verdict) -> str:
    return "" if verdict.more_impressions is None else f"大约还需要 {_round(verdict.more_impressions):,} 次曝光。"


def _more_en(verdict: Verdict) -> str:
    return "" if verdict.more_impressions is None else f" About {_round(verdict.more_impressions):,} more impressions are needed."


def _round(number: int) -> int:
    """Two figures: it is an estimate."""
    unit = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // unit) * unit
