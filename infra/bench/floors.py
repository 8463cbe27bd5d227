"""How 40 venues would be divided into floors, on real catalogues and on the sample.

python -m infra.bench.floors [--flipkart DIR] [--litemall DIR]: a table for people on standard error, one JSON line on standard output.
Recall is by words only (nothing is embedded); leftovers are placed by meaning too where --embeddings knows the products' texts. Exit 0
when no title breaks a rule, no floor is too small, none has more than half of a venue and no venue keeps more than 15 % aside; 1
otherwise. Catalogues that are not given are left out, and the JSON says which were there.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median
from typing import Any

import yaml

from huichang.adapters.index_sqlite import SqliteProductIndex
from huichang.catalog.importing import Accepted, convert, load_joined, rows
from huichang.catalog.industries import load_industries
from huichang.catalog.mapping import CatalogueMapping
from huichang.catalog.product import Product
from huichang.kernel.language import detect_language
from huichang.line.floors import vectors_of
from huichang.selection.floors import FloorPlanner, naming
from huichang.selection.floors.settling import MAX_ASIDE, MAX_SHARE
from huichang.selection.fusion import Fusion
from huichang.selection.index import IndexedProduct, ProductIndex
from huichang.selection.model import FloorPlan, RuleSet
from huichang.selection.recall import Recaller
from huichang.selection.words import fold
from huichang.themes.model import CampaignBrief, Expansion, SubTheme, Theme
from infra.bench.machine import machine

MAPPINGS = Path(__file__).resolve().parents[2] / "layers/shared/huichang/catalog/mappings"
THEMES = Path(__file__).with_name("floors_themes.yaml")


def products_of(mapping_name: str, main_file: Path, joined: Mapping[str, Path]) -> Iterator[Product]:
    """The products of a catalogue file through its mapping; rows that are rejected are left out."""
    raw = yaml.safe_load((MAPPINGS / f"{mapping_name}.yaml").read_text(encoding="utf-8"))
    mapping = CatalogueMapping.model_validate(raw)
    streams = {name: (path.open("rb"), path.name) for name, path in joined.items()}
    try:
        files = load_joined(mapping, streams)
        with main_file.open("rb") as stream:
            source = rows(stream, main_file.name, encoding=mapping.encoding, delimiter=mapping.delimiter)
            for outcome in convert(source, mapping, today=datetime.now(UTC).date(), joined=files):
                if isinstance(outcome, Accepted):
                    yield outcome.product
    finally:
        for stream, _ in streams.values():
            stream.close()


def sample_products() -> Iterator[Product]:
    """The sample catalogue."""
    from infra.sample.generate import products

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "products.jsonl.gz"
        with gzip.open(path, "wt", encoding="utf-8") as out:
            out.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in products())
        yield from products_of("sample", path, {})


def catalogues(flipkart: Path | None, litemall: Path | None) -> Iterator[tuple[str, Iterator[Product]]]:
    """The catalogues that are there."""
    yield "sample", sample_products()
    if flipkart is not None:
        yield "flipkart_20k", products_of("flipkart_20k", flipkart / "products_20k.csv.gz", {})
    if litemall is not None:
        names = {"brand": "brand", "category": "category", "attribute": "goods_attribute", "stock": "goods_product", "comment": "comment"}
        joined = {role: litemall / f"litemall_{name}.csv.gz" for role, name in names.items()}
        yield "litemall_yanxuan", products_of("litemall_yanxuan", litemall / "litemall_goods.csv.gz", joined)


def fill(index: ProductIndex, products: Iterator[Product]) -> int:
    """Index the products by their words; the vector is the same for all, nobody asks for it here."""
    count = 0
    batch: list[IndexedProduct] = []
    for product in products:
        batch.append(IndexedProduct(product=product, vector=(1.0, 0.0)))
        count += 1
        if len(batch) == 500:
            index.upsert(batch)
            batch = []
    if batch:
        index.upsert(batch)
    return count


def plan(
    entry: Mapping[str, Any], index: ProductIndex, max_products: int, embeddings: Sequence[ProductIndex] = ()
) -> tuple[FloorPlan, list[Product]]:
    """One theme through word recall, fusion and floors."""
    subthemes = tuple(SubTheme.model_validate(each) for each in entry.get("subthemes", ()))
    theme = Theme(name=entry["name"], keywords=tuple(entry["keywords"]), subthemes=subthemes)
    brief = CampaignBrief(
        campaign_id="bench", sentence=entry["name"], language=entry["language"], idea=entry["name"], industries=(),
        subjects=tuple(entry["subjects"]), constraints=(), catalogue=entry["catalogue"],
    )  # fmt: skip
    words: dict[Any, list[str]] = {}
    for word in entry["keywords"]:
        words.setdefault(detect_language(word) or entry["language"], []).append(word)
    expansion = Expansion(text=entry["name"], words={language: tuple(said) for language, said in words.items()})
    recall = Recaller(index, industries=load_industries()).by_search(brief, expansion)
    selection = Fusion(index, load_industries(), max_products=max_products).fuse(theme, brief, expansion, (recall,), RuleSet()).selection
    products = index.get([chosen.product_id for chosen in selection.products])
    made = FloorPlanner().plan(theme, selection, products, entry["language"], vectors=meanings(products, embeddings))
    return made, list(products.values())


def meanings(products: Mapping[str, Product], embeddings: Sequence[ProductIndex]) -> dict[str, tuple[float, ...]]:
    """What is known of the products' meaning."""
    return {product_id: vector for index in embeddings for product_id, vector in vectors_of(index, products).items()}


def judge(entry: Mapping[str, Any], made: FloorPlan, products: Sequence[Product]) -> dict[str, Any]:
    """What an operator would look at. Shares are of the venue's products."""
    language = entry["language"]
    brands = frozenset() if made.by.startswith("brand") else frozenset(fold(product.brand) for product in products if product.brand)
    titles = [floor.title for floor in made.floors]
    wrong = [
        f"{title}: {fault}"
        for place, title in enumerate(titles)
        for fault in naming.violations(title, language, brands, titles[:place])
        if len(titles) > 1
    ]
    sizes = [len(floor.product_ids) for floor in made.floors]
    total = sum(sizes)
    more = ("更多", "More ")
    aside = sum(size for title, size in zip(titles, sizes, strict=True) if title.startswith(more))
    chosen = next((candidate for candidate in made.candidates if candidate.by == made.by), None)
    return {
        "theme": entry["name"],
        "catalogue": entry["catalogue"],
        "products": total,
        "by": made.by,
        "score": made.score,
        "parts": chosen.parts if chosen else {},
        "runner_up": made.runner_up,
        "floors": list(zip(titles, sizes, strict=True)),
        "largest": round(max(sizes, default=0) / total, 3) if total else 0.0,
        "aside": round(aside / total, 3) if total else 0.0,
        "too_small": sum(size < 4 for size in sizes) if len(sizes) > 1 else 0,
        "violations": wrong,
    }


def report(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The figures over all venues that have products."""
    filled = [result for result in results if result["products"]]
    divided = [result for result in filled if len(result["floors"]) > 1]
    return {
        "themes": len(results),
        "with_products": len(filled),
        "divided": len(divided),
        "by": dict(Counter("+".join(piece.partition(":")[0] for piece in result["by"].split("+")) for result in filled)),
        "floors_median": median(len(result["floors"]) for result in divided) if divided else 0,
        "floor_size_median": median(size for result in divided for _, size in result["floors"]) if divided else 0,
        "largest_share_median": round(median(result["largest"] for result in divided), 3) if divided else 0,
        "largest_share_max": max((result["largest"] for result in divided), default=0),
        "aside_share_max": max((result["aside"] for result in divided), default=0),
        "too_small": sum(result["too_small"] for result in divided),
        "title_violations": sum(len(result["violations"]) for result in filled),
        "parts_mean": {
            name: round(fmean(result["parts"][name] for result in divided if result["parts"]), 3)
            for name in ("coverage", "balance", "purity", "size", "naming")
        }
        if divided
        else {},
    }


def show(result: Mapping[str, Any]) -> str:
    """One venue in two lines."""
    floors = " / ".join(f"{title} {size}" for title, size in result["floors"])
    parts = " ".join(f"{name[:3]} {value:.2f}" for name, value in result["parts"].items())
    faults = f"  !! {'; '.join(result['violations'])}" if result["violations"] else ""
    return (
        f"{result['catalogue'][:8]:8} {result['theme']:24} {result['products']:3} {result['by']:32} {result['score']:.2f} {parts} "
        f"next {result['runner_up']}\n         {floors}{faults}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module's words for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.floors", description="floors of 40 themes")
    parser.add_argument("--flipkart", type=Path, help="folder with products_20k.csv.gz")
    parser.add_argument("--litemall", type=Path, help="folder with litemall_goods.csv.gz and its tables")
    parser.add_argument("--max-products", type=int, default=96)
    parser.add_argument("--index", type=Path, help="a folder to keep the index in, for a second run")
    parser.add_argument("--embeddings", type=Path, action="append", default=[], help="an index folder to look embeddings up in, by text")
    parser.add_argument("--dimension", type=int, default=384, help="of those embeddings")
    parser.add_argument("--other-language", action="store_true", help="pages in the language that the theme is not in")
    options = parser.parse_args(arguments)
    ran_on = machine()
    entries = yaml.safe_load(THEMES.read_text(encoding="utf-8"))
    results = []
    seconds = []
    with tempfile.TemporaryDirectory(prefix="huichang-floors-") as folder:
        index = SqliteProductIndex(options.index or Path(folder), 2)
        embeddings = [SqliteProductIndex(each, options.dimension) for each in options.embeddings]
        counts = {}
        for name, products in catalogues(options.flipkart, options.litemall):
            known = sum(facet.count for facet in index.facet("catalogue", _everything()) if facet.value == name)
            counts[name] = known or fill(index, products)
            print(f"{counts[name]} products of {name}", file=sys.stderr)
        for entry in entries:
            if entry["catalogue"] not in counts:
                continue
            if options.other_language:
                entry = entry | {"language": "en" if entry["language"] == "zh" else "zh"}
            began = time.perf_counter()
            made, found = plan(entry, index, options.max_products, embeddings)
            seconds.append(time.perf_counter() - began)
            results.append(judge(entry, made, found))
            print(show(results[-1]), file=sys.stderr)
        for each in (index, *embeddings):
            each.close()
    figures = report(results)
    wrong = (
        figures["title_violations"]
        + figures["too_small"]
        + (figures["aside_share_max"] > MAX_ASIDE)
        + (figures["largest_share_max"] > MAX_SHARE)
    )
    head = {"bench": "floors", "machine": ran_on, "products": counts, "seconds_median": round(median(seconds), 3)}
    print(json.dumps({**head, **figures, "venues": results}, ensure_ascii=False))
    return 1 if wrong else 0


def _everything() -> Any:
    from huichang.selection.model import Eligibility

    return Eligibility(enrolled=False, min_stock=0)


if __name__ == "__main__":
    sys.exit(main())
