"""The product's own calls against a real OpenAI-compatible server, and what came of them, as one JSON line.

    make live-model MODEL_BASE_URL=https://… [MODEL_API_KEY=…] [CHAT_MODEL=…] [IMAGE_MODEL=…] [LIVE_ARGS="--venues 3 --pictures 2 --cap 2"]

Two sentences (zh and en) are read and planned on the sample catalogue, themes are expanded, copy is written for `--venues` venues in each
language and `--pictures` pictures are painted: with the product's prompts, schemas, checks and ledger. Nothing is published.

What it may spend is said before the first call. `--cap` (USD, by ledger/prices.yaml) and `--most-calls` stop it; `--dry-run` only says it.
A model without a price is not called: MODEL_PRICES (YAML) gives one, UNKNOWN_MODEL_PRICE names the entry that stands for it, and `--free`
says that the server costs nothing (a model on this machine). The key is read from MODEL_API_KEY and is written nowhere.

Figures: schema_failures  answers that broke their schema (each was asked for once more: repairs) · unusable  that broke it again ·
declined  by the model or its filter · tried_again  after throttling, 5xx and broken connections · copies, fallbacks  components
written, and those that ended in plain words · refused  what the checks found in answers, by check; claims by kind ·
gate_findings  what the policy gate says of the texts that were kept · seconds  p50 and p95 by kind of call.
Exit code 0 when all of it ran, 1 when the cap or an error ended it early (see `stopped`), 2 when it could not begin.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huichang.adapters.imaging import PillowEncoder
from huichang.adapters.imaging_look import PillowEyes
from huichang.adapters.openai_models import OpenAIModels
from huichang.adapters.paid_calls import PaidCalls
from huichang.kernel.clock import SystemClock
from huichang.kernel.errors import CapReachedError, HuichangError, ModelRefusedError, TransientError
from huichang.kernel.language import Language
from huichang.ledger.prices import PriceList, free, load_prices
from huichang.line.facts import facts_of
from huichang.materials.copywriting import write_copy
from huichang.materials.model import MaterialRequest
from huichang.materials.painting import paint
from huichang.materials.policy import the_policy
from huichang.materials.styles.goods import GoodsMix
from huichang.materials.styles.matching import match_style
from huichang.materials.styles.packages import load_presets
from huichang.materials.styles.prompting import hero_image_prompt
from huichang.pages.matching import choose_template
from huichang.pages.templates import copy_slots, load_templates
from huichang.quotas.model import Unlimited
from huichang.selection.model import RuleSet
from huichang.themes.model import CampaignBrief, CampaignRequest, Theme
from huichang.themes.promises import Promises
from huichang.venues.model import Venue
from infra.bench.planning import DAY, PlanningRig, sample_rig
from infra.bench.purse import Purse

SENTENCES: dict[Language, str] = {
    "zh": "开学季的文具、书包和宿舍好物，做{n}个会场",
    "en": "Back to school: stationery, school bags and dorm goods, {n} venues",
}
# Where planning gives nothing there is copy to write all the same.
SHELVES: dict[Language, tuple[str, ...]] = {
    "zh": ("笔袋", "双肩包", "台灯", "马克杯", "积木", "熊猫玩偶", "毛绒玩具", "收纳盒"),
    "en": ("Pencil Cases", "Backpacks", "Desk Lamps", "Mugs", "Building Blocks", "Plush Toys", "Blocks", "Storage Boxes"),
}
GOODS = 24
TRIES = 3
_LONGEST_WAIT = 20.0
# Calls of one venue: expansion, three components of copy, each asked for twice and repaired twice at worst.
_WORST_OF_VENUE, _WORST_OF_LANGUAGE = 2 + 3 * 4, 6


@dataclass
class Report:
    """What is counted."""

    copies: int = 0
    fallbacks: int = 0
    unusable: int = 0
    declined: int = 0
    themes: dict[str, int] = field(default_factory=dict)
    planned: dict[str, bool] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    claims: Counter[str] = field(default_factory=Counter)
    gate: Counter[str] = field(default_factory=Counter)
    pictures: Counter[str] = field(default_factory=Counter)
    picture_bytes: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    tried_again: int = 0
    stopped: str = ""


class _Media:
    """Pictures go nowhere."""

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:  # noqa: ARG002 - a port
        """See the port."""
        return f"media/{len(data)}.{suffix}"


@dataclass
class Run:
    """One run. Every step counts its own failure and goes on; the cap ends all."""

    models: OpenAIModels
    rig: PlanningRig
    venues: int
    pictures: int
    report: Report = field(default_factory=Report)
    campaign: str = "live-model"

    def __call__(self) -> Report:
        """All of it."""
        try:
            for language in SENTENCES:
                self._language(language)
        except CapReachedError as error:
            self.report.stopped = f"cap reached: {error.message}"
        return self.report

    def _language(self, language: Language) -> None:
        brief = self._tried("interpret_brief", lambda: self._brief(language)) or _own_brief(language)
        plan = self._tried("plan_themes", lambda: self.rig.planner.plan(brief, ()))
        themes = tuple(plan.themes if plan else ())[: self.venues]
        self.report.planned[language] = bool(themes)
        if not themes:
            brief = _own_brief(language)
            themes = self._own_themes(language, brief)
        self.report.themes[language] = len(themes)
        for number, theme in enumerate(themes, 1):
            self._tried("expand_theme", lambda theme=theme: self.rig.expander.expand(theme, brief))
            self._venue(theme, brief, f"{language}-{number}", paints=self._paints(language, number))

    def _paints(self, language: Language, number: int) -> bool:
        """Pictures go to the languages by turns, first venues first."""
        return 2 * (number - 1) + list(SENTENCES).index(language) < self.pictures

    def _own_themes(self, language: Language, brief: CampaignBrief) -> tuple[Theme, ...]:
        themes = (Theme(name=name, keywords=(name,)) for name in SHELVES[language])
        return tuple(theme for theme in themes if self.rig.evidence(theme, brief))[: self.venues]

    def _brief(self, language: Language) -> CampaignBrief:
        return self.rig.interpreter.interpret(CampaignRequest(sentence=SENTENCES[language].format(n=self.venues)), self.campaign)

    def _venue(self, theme: Theme, brief: CampaignBrief, venue_id: str, *, paints: bool) -> None:
        ids = self.rig.evidence(theme, brief)[:GOODS]
        products = list(self.rig.index.get(list(ids)).values())
        if not products:
            self.report.failures.append(f"copy of {theme.name}: the sample has no such goods")
            return
        at = self.rig.clock.now().isoformat()
        venue = Venue(venue_id=venue_id, campaign_id=self.campaign, language=brief.language, theme=theme, created_at=at, updated_at=at)
        shelves = Counter(product.leaf_category for product in products)
        style = load_presets()[match_style(theme, GoodsMix.of(products)).style_id]
        template = load_templates()[choose_template(theme, brief.language, products, load_templates()).template_id]
        promises = Promises(brief, RuleSet(), products)
        for component in template.components:
            facts = facts_of(venue, products, [], promises, runs=brief.window, scene=style.scene if component.image_slots else "")
            if component.per_floor:
                facts |= {"floor_title": shelves.most_common(1)[0][0]}
            request = _request(venue, component.name, "copy", facts=facts, slots=copy_slots(component, brief.language))
            self._tried(f"copy of {component.name}", lambda request=request: self._copy(request))
        if paints:
            hero = next(slot for component in template.components for slot in component.image_slots)
            asked = _request(venue, "hero", "image", prompt=hero_image_prompt(style, theme.name), width=hero.width, height=hero.height)
            self._tried("picture", lambda: self._picture(asked))

    def _copy(self, request: MaterialRequest) -> bool:
        policy = the_policy()
        result = write_copy(request, self.models, policy)
        self.report.copies += 1
        self.report.fallbacks += result.fallback
        self.report.refused.update(finding.check for finding in result.refused)
        self.report.claims.update(finding.kind for finding in result.refused if finding.kind)
        for slot, text in result.texts.items():
            self.report.gate.update(finding.rule for finding in policy.text(text, slot).findings)
            sys.stderr.write(f"  {request.venue_id} {request.component}.{slot}: {text}\n")
        for finding in result.refused:
            sys.stderr.write(f"    refused {finding.slot}: {finding.told}\n")
        return True

    def _picture(self, request: MaterialRequest) -> bool:
        self.report.pictures["asked"] += 1
        result = paint(request, self.models, PillowEncoder(), _Media(), PillowEyes())
        self.report.pictures["made"] += 1
        self.report.picture_bytes.append(result.bytes)
        return True

    def _tried(self, what: str, work: Any) -> Any:
        """The work's result, None where it failed; the failure is counted. What may pass is tried again, as the queues do. Raises
        CapReachedError."""
        try:
            for _ in range(TRIES - 1):
                try:
                    return work()
                except TransientError as error:
                    self.report.tried_again += 1
                    time.sleep(min(error.retry_after_seconds or 0.2, _LONGEST_WAIT))
            return work()
        except CapReachedError:
            raise
        except HuichangError as error:
            if isinstance(error, ModelRefusedError):
                self.report.declined += error.code == "model_declined"
                self.report.unusable += error.code != "model_declined"
            self.report.failures.append(f"{what}: {type(error).__name__}: {error.message[:200]}")
            sys.stderr.write(f"  {what} failed: {error.message[:200]}\n")
            return None


def _request(venue: Venue, component: str, kind: str, **more: Any) -> MaterialRequest:
    values = {
        "venue_id": venue.venue_id, "campaign_id": venue.campaign_id, "material_id": f"{component}.{kind}", "component": component,
        "kind": kind, "language": venue.language, "prompt": component,
    }  # fmt: skip
    return MaterialRequest.model_validate(values | more)


def _own_brief(language: Language) -> CampaignBrief:
    return CampaignBrief(
        campaign_id="live-model", sentence=SENTENCES[language], language=language, idea="", industries=(), subjects=(), constraints=()
    )


def connected(options: argparse.Namespace, purse: Purse, prices: PriceList) -> OpenAIModels:
    """The product's adapter to the server, with the purse as its till."""
    clock = SystemClock()
    calls = PaidCalls(
        call_log=purse, ledger=purse, limiter=Unlimited(), priorities=Unlimited(), prices=prices, clock=clock, timeout=options.timeout
    )
    return OpenAIModels(
        base_url=options.base_url,
        api_key=os.environ.get("MODEL_API_KEY", "") or "none",
        chat_model=options.chat_model,
        embedding_model="",
        image_model=options.image_model,
        query_prefix="",
        passage_prefix="",
        timeout=options.timeout,
        calls=calls,
        clock=clock,
    )


def told(report: Report, purse: Purse, options: argparse.Namespace) -> dict[str, Any]:
    """The figures."""
    money = purse.figures()
    return {
        "server": urlsplit(options.base_url).netloc.rpartition("@")[2],
        "chat_model": options.chat_model,
        "image_model": options.image_model,
        "complete": not report.stopped and not report.failures,
        "stopped": report.stopped,
        "failures": report.failures,
        "planned": report.planned,
        "venues": report.themes,
        "schema_failures": money["repairs"] + report.unusable,
        "unusable": report.unusable,
        "declined": report.declined,
        "tried_again": report.tried_again,
        "copies": report.copies,
        "fallbacks": report.fallbacks,
        "refused": dict(report.refused.most_common()),
        "claims": dict(report.claims.most_common()),
        "gate_findings": dict(report.gate.most_common()),
        "pictures": dict(report.pictures) | {"bytes": report.picture_bytes},
        "cap_usd": f"{options.cap:f}",
    } | money


def announced(options: argparse.Namespace, prices: PriceList) -> str:
    """What it is about to spend, before the first call. Raises PermanentError for a model without a price."""
    chat = prices.of(options.chat_model)
    painted = options.pictures if options.image_model else 0
    calls = len(SENTENCES) * (_WORST_OF_LANGUAGE + options.venues * _WORST_OF_VENUE) + 3 * painted
    usual = len(SENTENCES) * (2 + options.venues * 4)
    lines = [
        f"· {options.base_url}: {options.chat_model} (priced as {chat.told})",
        f"· about {usual} chat calls, {calls} calls at worst; {painted} pictures with {options.image_model or 'no image model'}",
    ]
    if painted:
        lines.append(f"· pictures priced as {prices.of(options.image_model).told}")
    lines.append(f"· it stops before it has spent {options.cap} USD or made {options.most_calls} calls")
    return "\n".join(lines) + "\n"


def _arguments(arguments: Sequence[str] | None, environ: Mapping[str, str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m infra.bench.live_model", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base-url", default=environ.get("MODEL_BASE_URL", ""))
    parser.add_argument("--chat-model", default=environ.get("CHAT_MODEL") or "gpt-5-mini")
    parser.add_argument("--image-model", default=environ.get("IMAGE_MODEL", ""), help="none: no pictures")
    parser.add_argument("--venues", type=int, default=2, help="venues in each language, 1 to 8")
    parser.add_argument("--pictures", type=int, default=1)
    parser.add_argument("--cap", type=_usd, default=Decimal(1), help="USD")
    parser.add_argument("--most-calls", type=int, default=200)
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one call")
    parser.add_argument("--free", action="store_true", help="the server costs nothing")
    parser.add_argument("--dry-run", action="store_true", help="say what it would spend, and end")
    return parser.parse_args(arguments)


def _usd(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no amount") from error
    if not amount.is_finite() or amount < 0:
        raise argparse.ArgumentTypeError("a cap is 0 or more")
    return amount


def main(arguments: Sequence[str] | None = None, *, rig: PlanningRig | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run, print the figures. `rig`: a catalogue instead of the sample (its model is replaced by nothing: it must ask ours)."""
    options = _arguments(arguments, environ)
    if not options.base_url:
        sys.stderr.write(f"{__doc__}\nMODEL_BASE_URL is not set: there is no server to ask.\n")
        return 2
    if not 1 <= options.venues <= 8 or options.pictures < 0:
        sys.stderr.write("--venues must be 1 to 8, --pictures 0 or more\n")
        return 2
    options.pictures = options.pictures if options.image_model else 0
    purse = Purse(options.cap, options.most_calls)
    try:
        unknown = environ.get("UNKNOWN_MODEL_PRICE", "")
        prices = free() if options.free else load_prices(environ.get("MODEL_PRICES", ""), unknown=unknown)
        sys.stderr.write(announced(options, prices))
    except HuichangError as error:
        sys.stderr.write(f"{error.message}\n  {error.where}: {error.mend}\n  (a server that costs nothing: --free)\n")
        return 2
    if options.dry_run:
        return 0
    models = connected(options, purse, prices)
    with tempfile.TemporaryDirectory() as folder:
        asking = PlanningRig(rig.index, rig.trends, DAY, chat=models) if rig else sample_rig(Path(folder) / "sample", chat=models)
        report = Run(models, asking, options.venues, options.pictures)()
    sys.stdout.write(json.dumps(told(report, purse, options), ensure_ascii=False) + "\n")
    return 1 if report.stopped or report.failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
