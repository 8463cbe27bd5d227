"""The line's planning without the cloud around it: a catalogue in the embedded index, the offline model, the real jobs.

Planning and expanding read words, shelves and figures; no vector. So the products are indexed with placeholder vectors, and
20,000 of them are ready in seconds instead of the minutes that embedding takes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

import huichang.catalog
from huichang.adapters.index_sqlite import SqliteProductIndex
from huichang.catalog.importing import Accepted, convert, load_joined, rows
from huichang.catalog.industries import load_industries
from huichang.catalog.mapping import load_mapping
from huichang.catalog.product import Product
from huichang.kernel.models import CallContext, ChatModel, Prompt
from huichang.line.policing import ThemeRules
from huichang.selection.index import IndexedProduct
from huichang.themes.depth import StockDepth
from huichang.themes.expanding import Expander
from huichang.themes.interpreting import Interpreter
from huichang.themes.model import CampaignBrief, CampaignRequest, Theme, ThemePlan
from huichang.themes.planning import LiveVenue, Planner
from huichang.trends.importing import TrendReader
from huichang.trends.trend import Trend
from infra.local.models import brief, expansion, rules, themes
from infra.local.models.embeddings import Embedder
from infra.sample.__main__ import write

Answer = TypeVar("Answer", bound=BaseModel)
DAY = date(2026, 9, 12)
_FENCE = re.compile(r"<data>\n(.*?)\n</data>", re.DOTALL)
_WORK: dict[str, Callable[[dict[str, Any], str, Embedder], dict[str, Any]]] = {
    "interpret_brief": brief.answer,
    "plan_themes": themes.answer,
    "expand_theme": expansion.answer,
    "write_rules": rules.answer,
}


class OfflineChat:
    """The offline model without the HTTP between. `tokens` and `calls` are what was sent so far."""

    def __init__(self) -> None:
        self._embedder = Embedder()
        self.calls = 0
        self.characters = 0

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:  # noqa: ARG002 - the port's signature
        """As kernel/models.py ChatModel says."""
        self.calls += 1
        self.characters += len(prompt.system) + len(prompt.user)
        data = json.loads(_FENCE.findall(prompt.user)[-1])
        return answer.model_validate_json(json.dumps(_WORK[prompt.name](data, prompt.user, self._embedder)))


class FixedClock:
    """A day on which festivals are near, so that results can be compared."""

    def __init__(self, day: date = DAY) -> None:
        self._now = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)

    def now(self) -> datetime:
        """That morning."""
        return self._now


class Trends:
    """Trends in memory."""

    def __init__(self, trends: Iterable[Trend] = ()) -> None:
        self._trends = sorted((trend for trend in trends if not trend.dropped), key=lambda trend: (-trend.heat, trend.id))

    def all(self) -> list[Trend]:
        """As trends/trend.py TrendSource says."""
        return self._trends


class PlanningRig:
    """Sentence to plan on one catalogue."""

    def __init__(self, index: SqliteProductIndex, trends: Trends, day: date = DAY, chat: ChatModel | None = None) -> None:
        """`chat`: a model to ask instead of the offline one."""
        self.industries = industries = load_industries()
        self.index = index
        self.trends = trends
        self.chat = OfflineChat()
        model = chat or self.chat
        self.clock = FixedClock(day)
        self.interpreter = Interpreter(model, industries, self.clock)
        self.planner = Planner(model, index, trends, self.clock, industries, ThemeRules())
        self.expander = Expander(model, index)
        self.depth = StockDepth(index, industries)

    def brief(self, sentence: str, **request: Any) -> CampaignBrief:
        """Read a sentence."""
        return self.interpreter.interpret(CampaignRequest(sentence=sentence, **request), "c-bench")

    def evidence(self, theme: Theme, brief: CampaignBrief) -> tuple[str, ...]:
        """The products that were counted for a theme of this brief."""
        subjects = (theme.about,) if theme.about else brief.subjects
        return self.depth.of(theme.keywords, subjects=subjects, catalogue=brief.catalogue).product_ids

    def plan(self, sentence: str, live: Iterable[LiveVenue] = (), **request: Any) -> ThemePlan:
        """Read and plan."""
        return self.planner.plan(self.brief(sentence, **request), tuple(live))


def sample_rig(
    folder: Path, keep: Callable[[Product], Product | None] = lambda product: product, chat: ChatModel | None = None
) -> PlanningRig:
    """The sample catalogue and its trends; `keep` changes products or leaves them out (None)."""
    write(folder, latest=DAY)
    products = catalogue("sample", folder / "products.jsonl.gz")
    reader = TrendReader({industry.code for industry in load_industries()}, DAY)
    with (folder / "trends.jsonl").open("rb") as lines:
        trends = [row for row in reader.file(lines, "trends.jsonl") if isinstance(row, Trend)]
    return PlanningRig(indexed(folder / "index", filter(None, map(keep, products))), Trends(trends), chat=chat)


def catalogue(mapping_name: str, file: Path, joins: dict[str, Path] | None = None, limit: int = 0) -> list[Product]:
    """Products of a file by one of the shipped mappings; `joins`: role to file; `limit` 0: all."""
    mapping = load_mapping((Path(huichang.catalog.__file__).parent / f"mappings/{mapping_name}.yaml").read_text(encoding="utf-8"))
    joined = None
    if joins:
        with ExitStack() as files:
            streams = {role: (files.enter_context(path.open("rb")), path.name) for role, path in joins.items()}
            joined = load_joined(mapping, streams)
    products: list[Product] = []
    with file.open("rb") as stream:
        read = rows(stream, file.name, encoding=mapping.encoding, delimiter=mapping.delimiter)
        for outcome in convert(read, mapping, today=DAY, joined=joined):
            if isinstance(outcome, Accepted):
                products.append(outcome.product)
            if limit and len(products) >= limit:
                break
    return products


def indexed(folder: Path, products: Iterable[Product]) -> SqliteProductIndex:
    """The products in a new embedded index; what stands in the folder already is used as it is."""
    fresh = not (folder / "index.db").exists()
    index = SqliteProductIndex(folder, 4)
    if fresh:
        items = [IndexedProduct(product=product, vector=(1.0, n % 7, n % 5, 1.0)) for n, product in enumerate(products)]
        for start in range(0, len(items), 2000):
            index.upsert(items[start : start + 2000])
    return index
