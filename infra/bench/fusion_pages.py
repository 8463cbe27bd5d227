"""What fusion costs and what it does: run by infra/bench/fusion.py. No model and no network.

Two parts. *Speed*: one fuse of 3 x 300 and of 3 x 3000 hits over 12,000 products in the embedded index, and a preview's second
arrangement. *Pages*: 40 themes of the sample catalogue (its groups of leaf categories, the leaves as sub-themes), with goods
planted that must not pass: another merchant's copy of a title in another size, and placeholder prices. The search and rules
paths ask the index; the meaning path is a stand-in by hashed character pairs, so relevance is not measured here (huichang eval
recall does that).
"""

from __future__ import annotations

import hashlib
import itertools
import math
import random
import resource
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path as File
from typing import Any

from huichang.adapters.index_sqlite import SqliteProductIndex
from huichang.catalog.industries import load_industries
from huichang.catalog.mapping import named_mapping
from huichang.catalog.product import Product
from huichang.catalog.reading import RowMapper
from huichang.selection.edits import EditRule, MerchandisingEdits
from huichang.selection.eligibility import eligibility
from huichang.selection.fusion import Fusion
from huichang.selection.index import IndexedProduct
from huichang.selection.model import Hit, Recall, RuleSet
from huichang.selection.policy import load_policy
from huichang.selection.pool import Arrangement
from huichang.selection.rrf import fuse
from huichang.themes.model import CampaignBrief, Expansion, SubTheme, Theme
from infra.sample.generate import products as sample_rows

THEMES = 40
HITS = 300
PAGE = 96
DIMENSION = 64
SEED = 20_260_918
SIZES = ("80cm", "2只装", "1200ml", "3件装")
SHAPED = ("near_duplicate", "merchant_share", "subtheme_share", "over_limit")
PLACEHOLDERS = ("0.01", "99999", "999999")


def figures() -> dict[str, Any]:
    """The figures of both parts."""
    reader = RowMapper(named_mapping("sample"), lambda _name, _row: None, date(2026, 9, 1))
    goods = [reader.product(row)[0] for row in sample_rows()]
    result: dict[str, Any] = {"products": len(goods)}
    with tempfile.TemporaryDirectory() as folder:
        result["speed"] = _speed(File(folder), goods)
        result["pages"] = _pages(File(folder), goods)
    result["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return result


# --- speed ------------------------------------------------------------------------------------------------------------


def _speed(folder: File, goods: Sequence[Product]) -> dict[str, Any]:
    many = [product for copy in range(6) for product in _renamed(goods, copy)][:12_000]
    index = _index(folder / "speed", many)
    fusion = Fusion(index, load_industries(), max_products=PAGE)
    theme = Theme(name="家居好物", keywords=("保温杯", "收纳", "毛巾", "玩偶"), subthemes=(SubTheme(name="水具", keywords=("保温杯",)),))
    brief = _brief("家居好物")
    ids = sorted(product.id for product in many)
    figures = {}
    for size in (300, 3000):
        recalls = _random_recalls(ids, size)
        pooled, arranged, processor = [], [], []
        for _ in range(5):
            start, busy = time.perf_counter(), time.process_time()
            pool = fusion.pool(theme, brief, Expansion(text="", words={}), recalls, RuleSet())
            middle = time.perf_counter()
            pool.arrange(MerchandisingEdits())
            arranged.append(time.perf_counter() - middle)
            processor.append(time.process_time() - busy)
            pooled.append(middle - start)
        rules = tuple(EditRule(action="boost", scope="category", value=name) for name in sorted({p.leaf_category for p in many})[:200])
        start = time.perf_counter()
        pool.arrange(MerchandisingEdits(rules=rules))
        figures[f"3x{size}"] = {
            "recalled": len(pool.ranks),
            "fuse_seconds_p50": round(statistics.median(map(sum, zip(pooled, arranged, strict=True))), 3),
            "fuse_processor_seconds_p50": round(statistics.median(processor), 3),
            "arrange_seconds_p50": round(statistics.median(arranged), 3),
            "arrange_200_rules_seconds": round(time.perf_counter() - start, 3),
        }
        print(f"3 x {size}: {figures[f'3x{size}']}", file=sys.stderr)
    return figures


def _renamed(goods: Iterable[Product], copy: int) -> Iterable[Product]:
    for product in goods:
        mark = f" {hashlib.sha256(f'{copy}{product.id}'.encode()).hexdigest()[:10]}" if copy else ""
        yield product.model_copy(update={"id": f"{product.id}-{copy}", "title": product.title + mark, "localized": {}})


def _random_recalls(ids: Sequence[str], size: int) -> list[Recall]:
    dice = random.Random(SEED)
    recalls = []
    for path in ("search", "vector", "rules"):
        chosen = dice.sample(ids, size)
        hits = tuple(Hit(product_id=name, rank=rank, score=1.0) for rank, name in enumerate(chosen, 1))
        recalls.append(Recall.model_validate({"path": path, "hits": hits}))
    return recalls


# --- pages ------------------------------------------------------------------------------------------------------------


def _pages(folder: File, goods: Sequence[Product]) -> dict[str, Any]:
    planted, copies, placeholders = _planted(goods)
    index = _index(folder / "pages", [*goods, *planted])
    fusion = Fusion(index, load_industries(), max_products=PAGE)
    rows = []
    codes: Counter[str] = Counter()
    met: dict[str, set[str]] = defaultdict(set)
    for theme in _themes(goods)[:THEMES]:
        brief = _brief(theme.name)
        recalls = _recalls(index, theme, brief)
        arranged = fusion.fuse(theme, brief, Expansion(text=theme.name, words={"zh": theme.keywords}), recalls, RuleSet())
        products = index.get([hit.product_id for recall in recalls for hit in recall.hits])
        chosen = [row.product_id for row in arranged.selection.products]
        # Before: the same goods that may be shown at all, in fused order, before twins are collapsed and the page is shared.
        fit = {*chosen, *(name for name, out in arranged.left.items() if out.code in SHAPED)}
        policy = load_policy()
        plain = [
            name for name, _ in fuse({recall.path: recall.hits for recall in recalls}, policy.weights, policy.k, policy.near) if name in fit
        ][:PAGE]
        codes.update(out.code for out in arranged.left.values())
        _meet(met, arranged, chosen, set(products), copies, placeholders)
        rows.append((_figures(theme, plain, products), _figures(theme, chosen, products), arranged))
    before, after = [one for one, _, _ in rows], [two for _, two, _ in rows]
    full = [place for place, (_, _, arranged) in enumerate(rows) if not arranged.selection.notes]
    return {
        "themes": len(rows),
        "before": _mean(before),
        "after": _mean(after),
        "capped_themes": len(full),
        "merchant_share_max_where_capped": {
            name: round(max((figures[place]["merchant_share"] for place in full), default=0.0), 3)
            for name, figures in (("before", before), ("after", after))
        },
        "left_out": dict(sorted(codes.items())),
        "copies": {"recalled": len(met["copy"]), "collapsed": len(met["copy_collapsed"]), "both_shown": len(met["copy_shown"])},
        "placeholders": {"recalled": len(met["odd"]), "left_out": len(met["odd_out"]), "honest_prices_left_out": len(met["false_odd"])},
    }


def _planted(goods: Sequence[Product]) -> tuple[list[Product], dict[str, str], frozenset[str]]:
    """Copies of titles in another size by another merchant, and goods with prices that nobody means."""
    dice = random.Random(SEED)
    merchants = sorted({product.merchant.id: product.merchant for product in goods}.items())
    copies: dict[str, str] = {}
    planted: list[Product] = []
    for product in dice.sample(list(goods), len(goods) // 10):
        other = dice.choice([merchant for name, merchant in merchants if name != product.merchant.id])
        title = f"{product.title} {dice.choice(SIZES)}"
        planted.append(product.model_copy(update={"id": f"copy-{product.id}", "merchant": other, "title": title}))
        copies[f"copy-{product.id}"] = product.id
    odd = []
    for product in dice.sample(list(goods), len(goods) // 50):
        price = Decimal(dice.choice(PLACEHOLDERS))
        tiers = (product.tiers[0].model_copy(update={"price": price}),)
        title = f"{product.title} {hashlib.sha256(product.id.encode()).hexdigest()[:12]}"
        odd.append(product.model_copy(update={"id": f"odd-{product.id}", "tiers": tiers, "list_price": None, "title": title}))
    return [*planted, *odd], copies, frozenset(product.id for product in odd)


def _themes(goods: Sequence[Product]) -> list[Theme]:
    groups: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for product in goods:
        groups[product.category_path[:-1]][product.leaf_category] += 1
    leaves = [(path[-1], list(found)) for path, found in groups.items() if len(found) > 1 and sum(found.values()) >= 16]
    leaves += [(leaf, [leaf]) for found in groups.values() for leaf, count in found.items() if count >= 16]
    return [
        Theme(name=name[:60], keywords=tuple(words), subthemes=tuple(SubTheme(name=word[:40], keywords=(word,)) for word in words[:6]))
        for name, words in sorted(leaves, key=lambda item: (-len(item[1]), item[0]))
    ]


def _recalls(index: SqliteProductIndex, theme: Theme, brief: CampaignBrief) -> list[Recall]:
    where = eligibility(brief)
    searched = index.search({"zh": theme.keywords}, where, HITS)
    near = index.nearest(_vector(" ".join(theme.keywords)), where, HITS)
    pool = index.search({"zh": theme.keywords}, where, 1000)
    rules = index.filter(where.model_copy(update={"product_ids": tuple(hit.product_id for hit in pool)}), HITS)
    return [Recall(path="search", hits=tuple(searched)), Recall(path="vector", hits=tuple(near)), Recall(path="rules", hits=tuple(rules))]


def _figures(theme: Theme, chosen: Sequence[str], products: dict[str, Product]) -> dict[str, float]:
    shown = [products[product_id] for product_id in chosen if product_id in products]
    size = len(shown) or 1
    merchants = Counter(product.merchant.id for product in shown)
    leaves = Counter(product.leaf_category for product in shown)
    spoken = {name for subtheme in theme.subthemes for name in subtheme.keywords}
    return {
        "products": float(len(shown)),
        "merchant_share": max(merchants.values(), default=0) / size,
        "merchants": float(len(merchants)),
        "leaf_entropy_bits": -sum(count / size * math.log2(count / size) for count in leaves.values()),
        "subthemes_shown": len({leaf for leaf in leaves if leaf in spoken}) / (len(spoken) or 1),
    }


def _meet(
    met: dict[str, set[str]],
    arranged: Arrangement,
    chosen: Sequence[str],
    recalled: set[str],
    copies: dict[str, str],
    placeholders: frozenset[str],
) -> None:
    shown = set(chosen)
    for copy, original in copies.items():
        if copy in recalled and original in recalled:
            met["copy"].add(copy)
            if any(name in arranged.left and arranged.left[name].code == "near_duplicate" for name in (copy, original)):
                met["copy_collapsed"].add(copy)
            if {copy, original} <= shown:
                met["copy_shown"].add(copy)
    met["odd"] |= placeholders & recalled
    priced_out = {name for name, out in arranged.left.items() if out.code == "price_outlier"}
    met["odd_out"] |= placeholders & (recalled - shown)
    met["false_odd"] |= priced_out - placeholders


def _mean(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.fmean(row[name] for row in rows), 3) for name in rows[0]}


# --- parts ------------------------------------------------------------------------------------------------------------


def _brief(subject: str) -> CampaignBrief:
    return CampaignBrief(
        campaign_id="bench",
        sentence=subject,
        language="zh",
        idea=subject,
        industries=(),
        subjects=(subject,),
        constraints=(),
        catalogue="sample",
    )


def _index(folder: File, goods: Sequence[Product]) -> SqliteProductIndex:
    index = SqliteProductIndex(folder, DIMENSION)
    for start in range(0, len(goods), 500):
        index.upsert(
            [IndexedProduct(product=product, vector=tuple(_vector(product.embedding_text()))) for product in goods[start : start + 500]]
        )
    return index


def _vector(text: str) -> list[float]:
    """Hashed character pairs, unit length: near by spelling, not by meaning."""
    values = [0.0] * DIMENSION
    for pair in itertools.pairwise(text):
        values[int.from_bytes(hashlib.blake2b("".join(pair).encode(), digest_size=4).digest(), "big") % DIMENSION] += 1.0
    length = math.sqrt(sum(value * value for value in values)) or 1.0
    return [value / length for value in values]
