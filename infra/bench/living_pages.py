"""A public page as buyers read it, held against the products as the source has them. Used by infra/bench/living.py and its test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.local.cloud import EmbeddedCloud

if TYPE_CHECKING:
    from huichang.catalog.product import Product
    from huichang.pages.tree import Node

_MONEY = re.compile(r"[¥￥$€£₹]\s*([\d,]+(?:\.\d+)?)")
_SQUEEZE = re.compile(r"\s+")


def _text(node: Node | None) -> str:
    return _SQUEEZE.sub(" ", node.text()).strip() if node else ""


def _lines(node: Node) -> str:
    """The text with a break at every element but <i>, of which a price is set together."""
    if node.tag in ("style", "script"):
        return ""
    parts = [piece.strip() if isinstance(piece, str) else _lines(piece) for piece in node.content]
    return "".join(parts) if node.tag == "i" else f"\n{''.join(parts)}\n"


def _closed_up(text: str) -> str:
    return _SQUEEZE.sub("", text)


class PublicPage:
    """One address. `untrue` remembers its last judgement for as long as neither the page nor its products change."""

    def __init__(self, venue: Mapping[str, Any], facts: Mapping[str, dict[str, Any]]) -> None:
        """`venue`: its record as the API gives it; `facts`: what `facts_of` finds."""
        self.venue_id = str(venue["venue_id"])
        self.language: Any = venue["language"]
        self.promotion = venue.get("promotion")
        self.etag = ""
        self.products: frozenset[str] = frozenset()
        self._facts = facts
        self._root: Node | None = None
        self._judged: tuple[tuple[str, tuple[int, ...]], dict[str, str]] | None = None

    def read(self, html: str, etag: str) -> None:
        """Another body."""
        from huichang.pages.tree import parse

        self._root, self.etag, self._judged = parse(html), etag, None
        # What gave way may come back: whoever was shown once is about this page for good.
        self.products |= {node.attributes["data-product"] for node in self._root.walk() if "data-product" in node.attributes}

    def untrue(self, source: Mapping[str, Product]) -> dict[str, str]:
        """Claim -> the product that it is about ("" for the whole page), of all that does not hold."""
        if self._root is None:
            return {}
        key = (self.etag, tuple(id(source.get(each)) for each in sorted(self.products)))
        if self._judged is None or self._judged[0] != key:
            self._judged = (key, dict(self._untrue(self._root, source)))
        return self._judged[1]

    def _untrue(self, root: Node, source: Mapping[str, Product]) -> Iterator[tuple[str, str]]:
        from huichang.pages.wording import benefit_claims

        shown: dict[str, Product] = {}
        for node in (each for each in root.walk() if "data-product" in each.attributes):
            product_id = node.attributes["data-product"]
            product = source.get(product_id)
            if product is not None:
                product = product.in_promotion(self.promotion)
            wrong = _card(node, product, self.language)
            if wrong:
                yield f"{product_id} {wrong}", product_id
            if product is not None and product.enrolled and product.stock != 0:
                shown[product_id] = product
        floors = {
            section.attributes["id"]: [
                shown[each.attributes["data-product"]] for each in section.walk() if each.attributes.get("data-product") in shown
            ]
            for section in root.walk()
            if "data-floor" in section.attributes
        }
        goods = list({product.id: product for products in floors.values() for product in products}.values())
        true_strip = {text for _, text in benefit_claims(goods, self.language, limit=99)}
        for strip in (each for each in root.walk() if "benefits" in each.classes()):
            for line in (each for each in strip.walk() if each.tag == "li"):
                if _text(line) not in true_strip:
                    yield f"strip {_text(line)}", ""
        yield from self._ranks(root, shown)
        yield from self._texts(root, floors, goods)

    def _ranks(self, root: Node, shown: Mapping[str, Product]) -> Iterator[tuple[str, str]]:
        for ranked in (each for each in root.walk() if each.tag == "ol" and "ranked" in each.classes()):
            sales = [shown[name].sales_30d or 0 for each in ranked.walk() if (name := each.attributes.get("data-product", "")) in shown]
            if sales != sorted(sales, reverse=True):
                yield "ranks", ""

    def _texts(self, root: Node, floors: Mapping[str, list[Product]], goods: list[Product]) -> Iterator[tuple[str, str]]:
        said = [("hero", _text(root.find(lambda node: node.tag == "title")))]
        said += [("hero", _text(node)) for node in root.walk() if {"lead", "ribbon"} & set(node.classes())]
        for node in (each for each in root.walk() if each.tag == "meta"):
            name = node.attributes.get("property") or node.attributes.get("name") or ""
            if name in ("description", "og:title", "og:description", "og:image:alt"):
                said.append(("share" if name == "og:description" else "hero", node.attributes.get("content", "")))
        script = root.find(lambda node: node.attributes.get("id") == "page-data")
        data = "".join(piece for piece in script.content if isinstance(piece, str)) if script else ""
        if data:
            said.append(("share", str(json.loads(data).get("share", ""))))
        for component, text in dict.fromkeys(said):
            yield from ((f"{component} {text}: {claim}", "") for claim in self._ungrounded(component, text, goods))
        for section in (each for each in root.walk() if "data-floor" in each.attributes):
            name = section.attributes["id"]
            for node in section.walk():
                if node.tag == "h2" or "aside" in node.classes():
                    spans = [each for each in node.walk() if each.tag == "span" and "basis" not in each.classes()]
                    for line in [node] if node.tag == "h2" else spans:
                        yield from ((f"{name} {_text(line)}: {claim}", "") for claim in self._ungrounded(name, _text(line), floors[name]))

    def _ungrounded(self, component: str, text: str, goods: list[Product]) -> list[str]:
        from huichang.line.facts import counted
        from huichang.materials.claims import Facts, ungrounded

        known = self._facts.get(component, self._facts[""])
        return [each.words for each in ungrounded(text, Facts.of({**known, **counted(goods, self.language)}))]


def _card(node: Node, product: Product | None, language: Any) -> str:
    """What is untrue about a product wherever it stands; "" where nothing is."""
    from huichang.pages.wording import sold_hint, tags, tier_hint
    from huichang.pages.words import words

    text = _lines(node)
    sold_out = words(language)["sold_out"] in text
    if product is None:
        return "is deleted and shown"
    own = (product.text(language).title, product.merchant.name, *product.merchant.localized_name.values())
    for words_of_merchant in own:
        text = text.replace(words_of_merchant, " ") if words_of_merchant else text
    amounts = {Decimal(found.replace(",", "")) for found in _MONEY.findall(text)}
    if not product.enrolled:
        return "is not enrolled and shown"
    if product.stock == 0:
        return "" if sold_out and not amounts else "is sold out and offered"
    if sold_out:
        return "is there and called sold out"
    true = {product.price.amount, product.tiers[-1].price}
    if product.list_price is not None and product.list_price > product.price.amount:
        true.add(product.list_price)
    if wrong := sorted(amounts - true):
        return f"costs {', '.join(map(str, wrong))} instead of {', '.join(map(str, sorted(true)))}"
    struck = node.find(lambda each: each.tag == "s")
    if struck and not (product.list_price and product.list_price > product.price.amount):
        return "has a struck price that was never asked"
    tier = node.find(lambda each: "tier" in each.classes())
    if tier and _closed_up(tier.text()) != _closed_up(tier_hint(product, language).replace(" · ", "")):
        return f"tiers {_text(tier)}"
    sold = node.find(lambda each: "sold" in each.classes())
    said = [_text(each) for each in sold.walk() if each.tag == "span" and "by" not in each.classes()] if sold else []
    if any(line != sold_hint(product, language) for line in said):
        return f"sold {said[0]}"
    shown_tags = node.find(lambda each: "tags" in each.classes())
    lines = [_text(each) for each in shown_tags.walk() if each.tag == "span"] if shown_tags else []
    return f"tags {lines}" if any(line not in tags(product, language) for line in lines) else ""


def facts_of(cloud: EmbeddedCloud, venue: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What each component's copy was asked with; "" for texts that nobody asked for."""
    found: dict[str, dict[str, Any]] = {"": {"theme_name": venue["theme"]["name"], "keywords": venue["theme"]["keywords"]}}

    def document(key: str) -> dict[str, Any]:
        answer = cloud.client("s3").get_object(Bucket=cloud.outputs["BodyBucketName"], Key=f"documents/{key}.json")
        read: dict[str, Any] = json.loads(answer["Body"].read())
        return read

    try:
        recipe = document(f"venues/{venue['venue_id']}/versions/{venue['live_version']}-living")
    except ClientError:
        return found
    return found | {component: document(key)["facts"] for component, key in recipe["requests"].items()}
