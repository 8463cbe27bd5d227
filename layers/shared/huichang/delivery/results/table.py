"""Rows as a table for other programs: CSV by RFC 4180, and the same columns for whoever writes another format.

Numbers are plain (a point, no thousands); money is in major units. A cell that a spreadsheet would take for a formula gets an apostrophe in
front: titles are written by shops, and `=HYPERLINK(...)` must stay text (OWASP, CSV injection). The file begins with a byte order mark:
without it Excel reads UTF-8 as the machine's own code page and Chinese is lost; every other reader that matters skips it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from huichang.delivery.results.model import Row
from huichang.kernel.language import Language, pick

COLUMNS = (
    "by", "key", "name", "venue_id", "campaign_id", "image",
    "impressions", "clicks", "carts", "orders", "order_value", "currency", "share",
    "ctr", "ctr_low", "ctr_high", "conversion", "conversion_low", "conversion_high",
    "uplift", "uplift_low", "uplift_high", "baseline_impressions", "baseline_clicks", "few",
)  # fmt: skip
Value = str | int | float | bool | None
BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def values(row: Row, *, by: str, currency: str, digits: int, language: Language) -> tuple[Value, ...]:
    """A row's values, one for each of COLUMNS; None where nothing is known."""
    counts, uplift = row.counts, row.uplift
    return (
        *(by, row.key, pick(row.name, language) if row.name else "", row.venue_id, row.campaign_id, row.image),
        *(counts.impressions, counts.clicks, counts.carts, counts.orders, counts.order_value / 10**digits, currency, row.share),
        *(row.ctr.value, row.ctr.low, row.ctr.high, row.conversion.value, row.conversion.low, row.conversion.high),
        *((uplift.value, uplift.low, uplift.high) if uplift else (None, None, None)),
        *((uplift.baseline_impressions, uplift.baseline_clicks) if uplift else (None, None)),
        row.few,
    )


def csv_lines(table: Iterable[tuple[Value, ...]], digits: int) -> Iterator[str]:
    """Lines with their ends, the byte order mark and the header first. `digits`: of the currency."""
    yield BOM + ",".join(COLUMNS) + "\r\n"
    money = COLUMNS.index("order_value")
    for line in table:
        yield ",".join(f"{value:.{digits}f}" if at == money else field(value) for at, value in enumerate(line)) + "\r\n"


def field(value: Value) -> str:
    """One field, quoted where it must be."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    text = f"'{value}" if value.lstrip(" \u3000").startswith(_FORMULA) else value
    return '"{}"'.format(text.replace('"', '""')) if any(mark in text for mark in ',"\r\n') or text != text.strip() else text
