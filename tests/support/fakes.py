"""In-memory fakes of the ports: small, but they keep the ports' promises."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from huichang.catalog.product import Product
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Language
from huichang.kernel.models import CallContext, Prompt
from huichang.selection.conditions import attribute_term, text_terms
from huichang.selection.index import Facet, IndexedProduct, UpsertReport
from huichang.selection.model import Condition, Eligibility, Hit
from huichang.selection.offers import Offer, OfferReport, apply_offer, latest
from huichang.selection.values import TextIndicator
from huichang.selection.words import english_words, fold, han_runs
from huichang.trends.trend import DropCode, Trend

Answer = TypeVar("Answer", bound=BaseModel)
Reply = BaseModel | dict[str, Any] | Exception | Callable[[Prompt], Any]


class FakeChatModel:
    """Answers from a queue and remembers what it was asked. A reply is an answer, its dict, an error or a function."""

    def __init__(self, *replies: Reply) -> None:
        self.queue: list[Reply] = list(replies)
        self.history: list[tuple[Prompt, CallContext]] = []

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:
        self.history.append((prompt, context))
        if not self.queue:
            raise AssertionError(f"the fake chat model has no reply left for {prompt.name}")
        reply = self.queue.pop(0)
        if callable(reply) and not isinstance(reply, BaseModel):
            reply = reply(prompt)
        if isinstance(reply, Exception):
            raise reply
        # A BaseModel passes unchecked (it may be built with model_construct), so that tests can play a hostile model.
        return reply if isinstance(reply, answer) else answer.model_validate(reply)

    @property
    def prompts(self) -> list[str]:
        return [prompt.user for prompt, _ in self.history]


class FakeEmbeddings:
    """Bags of hashed words: texts that share words are near each other. Deterministic, unit length."""

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.queries: list[str] = []
        self.passages = 0

    def vector(self, text: str) -> list[float]:
        values = [0.0] * self.dimension
        for token in tokens(text):
            values[int(hashlib.sha256(token.encode()).hexdigest(), 16) % self.dimension] += 1.0
        length = math.sqrt(sum(value * value for value in values)) or 1.0
        return [value / length for value in values]

    def embed_query(self, text: str, context: CallContext) -> list[float]:
        self.queries.append(text)
        return self.vector(text)

    def embed_passages(self, texts: list[str], context: CallContext) -> list[list[float]]:
        self.passages += len(texts)
        return [self.vector(text) for text in texts]


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, moment: datetime | None = None) -> None:
        self.moment = moment or datetime(2026, 9, 1, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


class FakeTrendStore:
    """Trends by id."""

    def __init__(self, trends: Iterable[Trend] = ()) -> None:
        self.trends: dict[str, Trend] = {trend.id: trend for trend in trends}

    def put_many(self, trends: Iterable[Trend]) -> int:
        changed = set()
        for trend in trends:
            known = self.trends.get(trend.id)
            seen = trend if known is None else trend.renewing(known)
            if seen != known:
                changed.add(trend.id)
            self.trends[trend.id] = seen
        return len(changed)

    def all(self) -> list[Trend]:
        kept = (trend for trend in self.trends.values() if not trend.dropped)
        return sorted(kept, key=lambda trend: (-trend.heat, trend.id))

    def dropped(self, code: DropCode, most: int) -> list[Trend]:
        found = (trend for trend in self.trends.values() if trend.verdict and trend.verdict.drop == code)
        return sorted(found, key=lambda trend: (-trend.heat, trend.id))[:most]

    def dropped_counts(self) -> dict[DropCode, int]:
        return dict(Counter(trend.verdict.drop for trend in self.trends.values() if trend.verdict and trend.verdict.drop))

    def waiting(self) -> Iterator[Trend]:
        return (trend for trend in self.trends.values() if trend.waits)


class FakeProductIndex:
    """The product index over a dict. As kind as the real ones: Chinese matches by bigram, any one word is enough."""

    def __init__(self, products: Iterable[Product] = (), embeddings: FakeEmbeddings | None = None) -> None:
        self.items: dict[str, IndexedProduct] = {}
        self.offers: dict[str, Offer] = {}
        self.calls: Counter[str] = Counter()
        self._tokens: dict[str, Counter[str]] = {}
        self._values: dict[tuple[str, str], set[str]] = {}
        self.embeddings = embeddings or FakeEmbeddings()
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.add(*products)

    def add(self, *products: Product) -> None:
        self.upsert(
            [IndexedProduct(product=product, vector=tuple(self.embeddings.vector(product.embedding_text()))) for product in products]
        )

    def upsert(self, items: Sequence[IndexedProduct]) -> UpsertReport:
        self._values.clear()
        for item in items:
            self.items[item.product.id] = item.model_copy(update={"as_of": ""})  # not kept by a real index either
            self._tokens[item.product.id] = Counter(tokens(searchable(item.product)))
        return UpsertReport(written=len(items))

    def update(self, offers: Sequence[Offer]) -> OfferReport:
        self.calls["update"] += 1
        updated, stale, unknown = [], [], []
        for offer in latest(offers):
            item = self.items.get(offer.product_id)
            merged = offer.over(self.offers.get(offer.product_id))
            if item is None:
                unknown.append(offer.product_id)
            elif merged is None:
                stale.append(offer.product_id)
            else:
                self.offers[offer.product_id] = merged
                self.items[offer.product_id] = item.model_copy(update={"product": apply_offer(item.product, merged)})
                updated.append(offer.product_id)
        return OfferReport(updated=tuple(updated), stale=tuple(stale), unknown=tuple(unknown))

    def delete(self, product_ids: Sequence[str]) -> int:
        known = [product_id for product_id in dict.fromkeys(product_ids) if product_id in self.items]
        for product_id in known:
            del self.items[product_id], self._tokens[product_id]
        return len(known)

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        self.calls["get"] += 1
        return {product_id: self.items[product_id].product for product_id in product_ids if product_id in self.items}

    def known_vectors(self, embedding_hashes: Sequence[str]) -> dict[str, tuple[float, ...]]:
        wanted = set(embedding_hashes)
        return {item.product.embedding_hash(): item.vector for item in self.items.values() if item.product.embedding_hash() in wanted}

    def search(self, words: dict[Language, tuple[str, ...]], where: Eligibility, size: int) -> list[Hit]:
        self.calls["search"] += 1
        asked = {token for group in words.values() for word in group for token in tokens(word)}
        total = len(self._tokens) or 1
        rarity = {token: math.log(1 + total / (1 + sum(token in bag for bag in self._tokens.values()))) for token in asked}
        scores = {
            product.id: sum(rarity[token] * self._tokens[product.id][token] / (self._tokens[product.id][token] + 1.2) for token in asked)
            for product in self._eligible(where)
        }
        return _hits({product_id: score for product_id, score in scores.items() if score > 0}, size)

    def nearest(self, vector: Sequence[float], where: Eligibility, size: int) -> list[Hit]:
        self.calls["nearest"] += 1
        return _hits(
            {
                product.id: sum(a * b for a, b in zip(vector, self.items[product.id].vector, strict=True))
                for product in self._eligible(where)
            },
            size,
        )

    def filter(self, where: Eligibility, size: int, sort_by: str = "sales_30d") -> list[Hit]:
        self.calls["filter"] += 1
        values = {product.id: product.indicators().get(sort_by) for product in self._eligible(where)}
        return _hits({key: -math.inf if value is None else float(value) for key, value in values.items()}, size)

    def percentile(self, indicator: str, p: float, where: Eligibility) -> float | None:
        known = sorted(float(value) for product in self._eligible(where) if (value := product.indicators().get(indicator)) is not None)
        if not known:
            return None
        place = (len(known) - 1) * p / 100
        low, high = math.floor(place), math.ceil(place)
        return known[low] + (known[high] - known[low]) * (place - low)

    def facet(self, field: str, where: Eligibility, size: int = 100) -> list[Facet]:
        counts = Counter(str(getattr(product, field) or "") for product in self._eligible(where))
        counts.pop("", None)
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [Facet(value=value, count=count) for value, count in ordered[:size]]

    def known_values(self, indicator: TextIndicator, terms: Sequence[str], where: Eligibility) -> dict[str, int]:
        as_term = attribute_term if indicator == "attribute" else fold
        counts: Counter[str] = Counter()
        for product in self._eligible(where):
            if (product.id, indicator) not in self._values:
                self._values[product.id, indicator] = text_terms(product, indicator)
            counts.update(self._values[product.id, indicator])
        return {term: count for term in terms if (count := counts[as_term(term)])}

    def count(self, where: Eligibility) -> int:
        self.calls["count"] += 1
        return len(self._eligible(where))

    def _eligible(self, where: Eligibility) -> list[Product]:
        products = (item.product.in_promotion(where.promotion) for item in self.items.values())
        return [product for product in products if eligible(product, where, self.now())]


def eligible(product: Product, where: Eligibility, now: datetime | None = None) -> bool:
    """What Eligibility means: unknown stock is eligible, an unknown measure meets no condition."""
    return (
        (where.catalogue is None or product.catalogue == where.catalogue)
        and (not where.enrolled or product.enrolled)
        and (where.promotion is None or _enrolled(product, where, now or datetime.now(UTC)))
        and (product.stock is None or product.stock >= where.min_stock)
        and (not where.industries or product.industry in where.industries)
        and (not where.leaf_categories or product.leaf_category in where.leaf_categories)
        and (where.product_ids is None or product.id in where.product_ids)
        and product.id not in where.exclude_ids
        and all(condition_met(product, condition) for condition in where.conditions)
    )


def _enrolled(product: Product, where: Eligibility, now: datetime) -> bool:
    at = now if where.opens_at is None else max(now, where.opens_at)
    named = [each for each in product.enrolments if each.promotion == where.promotion]
    return any(not (each.starts_at and at < each.starts_at) and not (each.ends_at and at >= each.ends_at) for each in named)


def condition_met(product: Product, condition: Condition) -> bool:
    """Written again on purpose: the product's own version is what the tests check against it."""
    if condition.indicator in ("category", "brand", "attribute"):
        wanted = condition.value if isinstance(condition.value, tuple) else (str(condition.value),)
        as_term = attribute_term if condition.indicator == "attribute" else fold
        return not text_terms(product, condition.indicator).isdisjoint(map(as_term, wanted))
    known = product.indicators().get(condition.indicator)
    if known is None:
        return False
    if isinstance(condition.value, bool):
        return bool(known) is condition.value
    value = float(condition.value)  # type: ignore[arg-type]
    return {
        "<=": known <= value,
        ">=": known >= value,
        "<": known < value,
        ">": known > value,
        "=": float(known) == value,
    }[condition.op]


def searchable(product: Product) -> str:
    texts = [
        product.title,
        product.brand or "",
        *product.category_path,
        *product.attributes.values(),
        product.description,
    ]
    for other in product.localized.values():
        texts += [other.title, *other.category_path, *other.attributes.values(), other.description]
    return "\n".join(texts)


def tokens(text: str) -> list[str]:
    cut = [run[i : i + 2] for run in han_runs(text) for i in range(max(1, len(run) - 1))]
    return cut + list(english_words(fold(text)))


def _hits(scores: dict[str, float], size: int) -> list[Hit]:
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:size]
    return [Hit(product_id=key, rank=rank, score=-1.0 if score == -math.inf else score) for rank, (key, score) in enumerate(ordered, 1)]


def a_product(product_id: str, title: str = "", **changes: Any) -> Product:
    """A valid product with the given changes. `price` sets a single tier, `merchant` may be an id."""
    values: dict[str, Any] = {
        "id": product_id,
        "catalogue": "sample",
        "language": "zh",
        "title": title or f"商品 {product_id}",
        "category_path": ("玩具", "毛绒玩具"),
        "industry": "toys",
        "currency": "CNY",
        "stock": 100,
        "sales_30d": int(content_hash(product_id)[:4], 16) % 1000,
        "merchant": {"id": f"m-{content_hash(product_id)[:2]}"},
    }
    price = changes.pop("price", 20)
    values["tiers"] = ({"min_quantity": 1, "price": price},)
    if isinstance(changes.get("merchant"), str):
        changes["merchant"] = {"id": changes["merchant"]}
    return Product.model_validate(values | changes)
