"""Reading the authored tables: pairs "zh/en", styles "zh/en#key=value", sizes "zh/en*factor"."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
INDUSTRIES = (
    "toys", "womenswear", "menswear", "shoes_bags", "home_textiles", "kitchen", "electronics", "beauty", "mother_baby",
    "sports_outdoor", "pet", "food", "stationery", "jewelry", "furniture", "tools",
)  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """One text in both languages, with what a table hangs on it."""

    zh: str
    en: str
    factor: float = 1.0
    detail: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Line:
    """One product line of an industry: everything its products are drawn from."""

    kind: str
    path: tuple[Pair, Pair, Pair]
    count: int
    price: tuple[float, float]
    nouns: tuple[Pair, ...]
    styles: tuple[Pair, ...]
    uses: tuple[Pair, ...]
    feats: tuple[Pair, ...]
    sizes: tuple[Pair, ...]
    materials: tuple[Pair, ...]
    colours: tuple[tuple[str, ...], ...]
    attributes: tuple[tuple[Pair, tuple[Pair, ...]], ...]
    detail: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Industry:
    """One industry's table."""

    code: str
    lines: tuple[Line, ...]
    merchants: tuple[Pair, ...]
    brands: tuple[str, ...]
    return_rate: float
    free_shipping: float


def pair(text: str) -> Pair:
    """Parse "zh/en", "zh/en*1.2" or "zh/en#form=bamboo&sleeve=short". Raises ValueError where a language is missing."""
    words, _, details = str(text).partition("#")
    words, star, factor = words.partition("*") if "#" not in str(text) else (words, "", "")
    zh, slash, en = words.partition("/")
    if not slash or not zh or not en:
        raise ValueError(f"not a zh/en pair: {text!r}")
    detail = dict(item.split("=", 1) for item in details.split("&") if item)
    return Pair(zh, en, float(factor) if star else 1.0, detail)


@cache
def industry(code: str) -> Industry:
    """The table of one industry. Raises ValueError naming the file and the entry where it is malformed."""
    path = DATA / f"{code}.yaml"
    raw: dict[str, Any] = load_yaml(path)
    root = pair(raw["root"])
    lines: list[Line] = []
    for entry in raw["products"]:
        try:
            lines.append(_line(root, raw, entry))
        except (KeyError, ValueError) as error:
            raise ValueError(f"{path.name}: product line {entry.get('leaf')!r}: {error}") from error
    return Industry(
        code=raw["industry"],
        lines=tuple(lines),
        merchants=_pairs(raw["merchants"]),
        brands=tuple(raw["brands"]),
        return_rate=float(raw["weight_return"]),
        free_shipping=float(raw.get("free_shipping", 0.42)),
    )


def load_yaml(path: Path) -> Any:
    """One YAML file, through the C parser where the platform has it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=loader)  # noqa: S506 - both are safe loaders


def _line(root: Pair, raw: dict[str, Any], entry: dict[str, Any]) -> Line:
    def of(name: str) -> tuple[Pair, ...]:
        return _pairs(entry.get(name) or raw[name])

    return Line(
        kind=entry["k"],
        path=(root, pair(entry["group"]), pair(entry["leaf"])),
        count=int(entry["n"]),
        price=(float(entry["price"][0]), float(entry["price"][1])),
        nouns=_pairs(entry["noun"]),
        styles=_pairs(entry["style"]),
        uses=of("use"),
        feats=of("feat"),
        sizes=of("size"),
        materials=of("material"),
        colours=tuple(tuple(str(item).split("+")) for item in entry.get("colours") or raw["colours"]),
        attributes=tuple((pair(name), _pairs(values)) for name, values in raw["attrs"].items()),
        detail=dict(item.split("=", 1) for item in entry.get("detail", "").split("&") if item),
    )


def _pairs(items: list[str]) -> tuple[Pair, ...]:
    return tuple(pair(item) for item in items)
