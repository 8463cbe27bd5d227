"""`python -m infra.bench.themes`: sentences to themes on the sample catalogue, with the offline model and the real checks.

Standard error shows every sentence and its themes, for reading; the last line of standard output is one JSON object:

machine               cores, model name, memory, Python, load before the start (infra/bench/machine.py)
sentences             how many were planned; `refused` of them (no goods in them) are no themes and no failures
asked, built          venues asked for and themes built, in sum; `filled` the share of sentences that got all they asked for
rejected              proposals turned down, by code
unexplained           sentences that got fewer than asked and no note that says so: must be 0
distinctness          1 - mean pairwise Jaccard of the evidence products of one sentence's themes (sentences with two or more)
overlap_max           the highest such Jaccard: the planner's own limit is 0.5
depth_p50, depth_min  eligible products behind a theme; `merchants_min` the fewest merchants
subthemes_p50         tabs with stock that a theme has; `subtheme_depth_min` the thinnest tab
citation_validity     share of cited trend and fact ids that were offered: must be 1
name_violations       names too long, in the wrong language, with a word twice or with jargon: must be 0
seconds_p50, _p95     of reading and planning one sentence; `calls`, `prompt_chars_p95` what was sent to the model
cross_language        {en, zh}: on the catalogue cut down to that language, the share of what the same-language sentence
                      finds by words (first 50) that the other language's sentence finds too, mean over pairs, and how many pairs

Exit status 1 where a "must" does not hold.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from huichang.catalog.product import Product
from huichang.kernel.errors import HuichangError
from huichang.kernel.language import Language
from huichang.selection.model import Eligibility
from huichang.themes.model import CampaignBrief, Theme, ThemePlan
from huichang.themes.naming import violations
from huichang.themes.overlap import jaccard
from infra.bench.machine import machine
from infra.bench.planning import PlanningRig, sample_rig

SENTENCES = (
    "帮我做一个国庆大促，20个会场", "a back-to-school promotion with 12 venues", "厨房+收纳+宠物，各来两个会场", "帮我生成一个熊猫玩偶会场",
    "低价包邮女装会场", "five venues for back to school stationery under 20", "面向宝妈的母婴好物，做6个会场", "中秋前上6个送礼会场",
    "秋冬上新，8个会场", "露营季，来5个会场", "给我做10个最近涨得快的品类会场", "what sells best right now, 10 venues",
    "双11预热，30个会场",
    "办公室好物 4个会场", "Halloween party, 3 venues", "爆款女装 5个会场", "宿舍开学季8个会场", "outdoor and pets, 3 venues each",
    "家居焕新 10个会场", "Christmas gifts for kids, 4 venues", "宠物用品会场，4个", "a venue of scented candles", "数码家电 6个会场",
    "kitchenware and home textiles, two venues each", "三个百元以下的露营装备会场", "美妆个护节，做7个会场", "men's clothing, 5 venues",
    "零食下午茶 3个会场", "11月1日到11日的鞋靴箱包促销，5个会场", "new arrivals, 8 venues", "儿童玩具 6个会场",
    "yoga and fitness, 3 venues",
    "情侣饰品 2个会场", "Black Friday electronics, 8 venues", "居家办公 4个会场", "保暖过冬 5个会场", "tea and snacks, two venues each",
    "厨房小家电会场", "文具手账 4个会场", "travel season, 5 venues", "下周末的周年庆，12个会场，卖得最好的", "浴室和卧室 各两个会场",
    "toys under 10, 4 venues", "飞船零件会场",
)  # fmt: skip
PAIRS = (
    ("熊猫玩偶会场", "a panda plush toy venue"), ("碎花连衣裙会场", "a floral dress venue"), ("露营帐篷专场", "a camping tents venue"),
    ("宠物窝会场", "a pet beds venue"), ("保温杯会场", "a vacuum flask venue"), ("蓝牙耳机会场", "a bluetooth headphones venue"),
    ("积木会场", "a building blocks venue"), ("刀具砧板会场", "kitchen knives and chopping boards venue"),
    ("四件套会场", "a bedding set venue"),
    ("开学季文具", "back to school stationery venue"), ("牛仔裤会场", "a jeans venue"), ("香薰蜡烛会场", "a scented candles venue"),
    ("中秋月饼", "mooncakes for the mid-autumn festival"), ("瑜伽垫会场", "a yoga mats venue"), ("口红专场", "a lipstick venue"),
)  # fmt: skip
FOUND = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Plan, read, count."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.themes", description=__doc__.splitlines()[0])
    parser.add_argument("--sentence", action="append", help="plan this instead of the built-in ones (may be repeated)")
    parser.add_argument("--no-cross", action="store_true", help="leave the two cut-down catalogues out")
    options = parser.parse_args(arguments)
    looked_at = machine()
    with tempfile.TemporaryDirectory() as folder:
        report = {"machine": looked_at} | planned(sample_rig(Path(folder) / "all"), options.sentence or SENTENCES)
        if not options.no_cross and not options.sentence:
            report["cross_language"] = {language: crossed(Path(folder) / language, language) for language in ("en", "zh")}
    print(json.dumps(report, ensure_ascii=False))
    good = report["citation_validity"] == 1.0 and not report["name_violations"] and not report["unexplained"]
    return 0 if good else 1


def planned(rig: PlanningRig, sentences: Sequence[str]) -> dict[str, Any]:
    """Every sentence through brief and planning; see the module's docstring for the figures."""
    seconds: list[float] = []
    prompts: list[int] = []
    plans: list[tuple[CampaignBrief, ThemePlan]] = []
    refused = 0
    for sentence in sentences:
        started, sent = time.perf_counter(), rig.chat.characters
        try:
            brief = rig.brief(sentence)
            plan = rig.planner.plan(brief)
        except HuichangError as error:
            refused += 1
            print(f"## {sentence}\n   refused: {error.message}", file=sys.stderr)
            continue
        seconds.append(time.perf_counter() - started)
        prompts.append(rig.chat.characters - sent)
        plans.append((brief, plan))
        shown(sentence, brief, plan)
    themes = [theme for _, plan in plans for theme in plan.themes]
    overlaps = [overlap for brief, plan in plans for overlap in _overlaps(rig, plan.themes, brief)]
    tabs = [len(theme.subthemes) for theme in themes]
    asked = sum(plan.asked for _, plan in plans)
    return {
        "sentences": len(sentences),
        "refused": refused,
        "asked": asked,
        "built": len(themes),
        "filled": round(sum(len(plan.themes) == plan.asked for _, plan in plans) / max(1, len(plans)), 3),
        "rejected": dict(Counter(each.code for _, plan in plans for each in plan.rejected).most_common()),
        "unexplained": sum(len(plan.themes) < plan.asked and not plan.note for _, plan in plans),
        "distinctness": round(1 - statistics.fmean(overlaps), 4) if overlaps else None,
        "overlap_max": round(max(overlaps, default=0.0), 3),
        "depth_p50": statistics.median([theme.stock_depth for theme in themes]) if themes else None,
        "depth_min": min((theme.stock_depth for theme in themes), default=None),
        "merchants_min": min((theme.merchants for theme in themes), default=None),
        "subthemes_p50": statistics.median(tabs) if tabs else None,
        "subtheme_depth_min": min((tab.depth for theme in themes for tab in theme.subthemes), default=None),
        "citation_validity": _validity(rig, plans),
        "name_violations": sum(bool(violations(theme.name, brief.language)) for brief, plan in plans for theme in plan.themes),
        "seconds_p50": round(_share(seconds, 0.5), 3),
        "seconds_p95": round(_share(seconds, 0.95), 3),
        "calls": rig.chat.calls,
        "prompt_chars_p95": int(_share([float(size) for size in prompts], 0.95)),
    }


def _overlaps(rig: PlanningRig, themes: Sequence[Theme], brief: CampaignBrief) -> list[float]:
    """Exact pairwise Jaccard: the products are counted again, the plan keeps only a signature of them."""
    products = [set(rig.evidence(theme, brief)) for theme in themes]
    return [jaccard(one, other) for one, other in combinations(products, 2)]


def _validity(rig: PlanningRig, plans: Sequence[tuple[CampaignBrief, ThemePlan]]) -> float:
    """Of all evidence that themes carry, the share whose id exists: trends as stored or dated, facts as counted anew."""
    checked = valid = 0
    for brief, plan in plans:
        trends = {trend.id for trend in rig.planner.offered_trends(brief)}
        facts = rig.planner.offered_facts(brief).by_id()
        for theme in plan.themes:
            for evidence in theme.evidence:
                checked += 1
                valid += evidence.id in (trends if evidence.kind == "trend" else facts)
            checked += len(theme.trend_ids)
            valid += sum(trend_id in trends for trend_id in theme.trend_ids)
    return round(valid / checked, 4) if checked else 1.0


def crossed(folder: Path, language: Language) -> dict[str, float]:
    """Pairs of sentences on the catalogue as it is in one language only."""

    def only(product: Product) -> Product | None:
        if language not in (product.language, *product.localized):
            return None
        text = product.text(language)
        return product.model_copy(
            update={"language": language, "localized": {}, "reviews": (), "brand": None}
            | {name: getattr(text, name) for name in type(text).model_fields}
        )

    rig = sample_rig(folder, only)
    shares = []
    for zh, en in PAIRS:
        found = {"zh": _found(rig, zh), "en": _found(rig, en)}
        own, other = found[language], found["en" if language == "zh" else "zh"]
        if own:
            shares.append(len(own & other) / len(own))
        print(f"## {language}: {zh} | {en}: {len(own)} found, {len(own & other)} by both", file=sys.stderr)
    return {"overlap": round(statistics.fmean(shares), 3) if shares else 0.0, "pairs": len(shares)}


def _found(rig: PlanningRig, sentence: str) -> set[str]:
    brief = rig.brief(sentence)
    themes = rig.planner.plan(brief).themes
    if not themes:
        return set()
    words = rig.expander.expand(themes[0], brief).words
    return {hit.product_id for hit in rig.index.search(words, Eligibility(), FOUND)}


def shown(sentence: str, brief: CampaignBrief, plan: ThemePlan) -> None:
    """One sentence and what came of it, for a person to read."""
    window = f" {brief.window.start}..{brief.window.end}" if brief.window else ""
    print(f"## {sentence}{window}{f' unclear: {brief.unclear}' if brief.unclear else ''}", file=sys.stderr)
    for theme in plan.themes:
        tabs = ", ".join(f"{tab.name} {tab.depth}" for tab in theme.subthemes)
        price = f"{theme.price_low:g}-{theme.price_high:g}" if theme.price_low is not None and theme.price_high is not None else "-"
        print(
            f"   + {theme.name} | {theme.stock_depth} products, {theme.merchants} merchants, {price} | {tabs} | {theme.reason[:80]}",
            file=sys.stderr,
        )
    for refused in [each for each in plan.rejected if each.code != "over_count"][:6]:
        print(f"   - {refused.name} | {refused.code} | {refused.reason[brief.language][:90]}", file=sys.stderr)
    if plan.note:
        print(f"   ! {plan.note[brief.language]}", file=sys.stderr)


def _share(values: Sequence[float], share: float) -> float:
    """Nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


if __name__ == "__main__":
    sys.exit(main())
