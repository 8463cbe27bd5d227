"""Released venues without the line: real goods of the sample, pages of the page room, texts full of claims that hold when they go live.

The line takes minutes for fifty venues, and its offline copywriter claims little. Here every floor and every hero says prices, counts and
benefits, so that every change may make a text untrue. Records, documents, versions and the publication are those of the product.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from infra.local.cloud import ACCOUNT, REGION, EmbeddedCloud

if TYPE_CHECKING:
    from huichang.catalog.product import Product
    from huichang.line.publishing import Publisher
    from huichang.selection.index import ProductIndex

FLOORS, CARDS = 4, 12
CAMPAIGN = "c-living"
EDGE_ARN = f"arn:aws:cloudfront::{ACCOUNT}:key-value-store/local"


class Seeder:
    """Makes venues over the stores of a running embedded cloud."""

    def __init__(self, cloud: EmbeddedCloud, index: ProductIndex) -> None:
        os.environ |= {
            "AWS_ENDPOINT_URL": str(cloud.runtime["aws"]),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
        }
        from huichang.adapters.dynamodb.campaigns import DynamoCampaigns, DynamoVenues
        from huichang.adapters.dynamodb.delivery import DynamoDelivery
        from huichang.adapters.dynamodb.releases import DynamoReleases
        from huichang.adapters.dynamodb.table import Table
        from huichang.adapters.edge_store import CloudFrontStore
        from huichang.adapters.messaging import EventBridgeBus
        from huichang.adapters.s3 import Bucket, S3Documents, S3Pages
        from huichang.kernel.clock import SystemClock
        from huichang.line.edging import EdgeTeller
        from huichang.line.policing import Policing
        from huichang.line.publishing import Publisher
        from huichang.line.readiness import Readiness
        from huichang.line.releases import Releases
        from huichang.line.truth import Truth
        from huichang.pages.picture_shelf import PictureShelf
        from huichang.venues.model import Campaign

        store = DynamoReleases(Table(cloud.outputs["StateTableName"]))
        clock, table = SystemClock(), Table(cloud.outputs["StateTableName"])
        self._index = index
        self._pages = S3Pages(Bucket(cloud.outputs["PagesBucketName"]))
        self._documents = S3Documents(Bucket(cloud.outputs["BodyBucketName"]))
        self._venues, campaigns = DynamoVenues(table, clock), DynamoCampaigns(table, clock)
        self._pictures = PictureShelf(self._pages)
        policing = Policing(self._pages)
        truth = Truth(self._documents, index, self._pages, policing, self._pictures, clock)
        self._publisher: Publisher = Publisher(
            campaigns, self._venues, self._documents, self._pages, policing,
            Releases(
                store=store, campaigns=campaigns, venues=self._venues, documents=self._documents, pages=self._pages,
                delivery=DynamoDelivery(table, clock), bus=EventBridgeBus(cloud.outputs["EventBusName"]), clock=clock,
                edge=EdgeTeller(store, CloudFrontStore(EDGE_ARN, f"{cloud.url}/_edge/kvs")),
            ),
            Readiness(truth, min_products=5),
        )  # fmt: skip
        now = clock.now().isoformat()
        request = {"sentence": "真实的会场"}
        campaigns.create(
            Campaign.model_validate(
                {"campaign_id": CAMPAIGN, "request": request, "requested_by": "bench", "created_at": now, "updated_at": now}
            )
        )

    def venue(self, number: int, leaves: Sequence[str]) -> dict[str, Any] | None:
        """Make and release the venue of these leaf categories, one floor each; None where their goods are too few."""
        from huichang.kernel.ids import content_hash
        from huichang.line.living import LivingRecipe, recipe_key
        from huichang.line.publishing import page_key
        from huichang.materials.policy import PolicyError
        from huichang.pages.rendering import build_page, render
        from huichang.selection.model import Eligibility, Floor, FloorPlan
        from huichang.themes.model import Theme
        from huichang.venues.model import Venue

        venue_id = f"v-living-{number:03d}"
        template = ("festival", "everyday_goods")[number % 2]
        floors: list[Floor] = []
        reserves: dict[str, tuple[str, ...]] = {}
        shown: dict[str, Product] = {}
        for leaf in leaves:
            ids = [hit.product_id for hit in self._index.filter(Eligibility(leaf_categories=(leaf,)), 2 * CARDS)]
            products = self._index.get(ids)
            fresh = [each for each in ids if each in products and each not in shown]
            if len(fresh) < 5:
                continue
            name = f"floor-{len(floors) + 1}"
            mine = fresh[: max(5, min(CARDS, len(fresh) * 2 // 3))]
            floors.append(Floor(floor_id=name, title=leaf, value=leaf, product_ids=tuple(mine)))
            reserves[name] = tuple(each for each in fresh if each not in mine)
            shown |= {each: products[each] for each in mine}
            if len(floors) == FLOORS:
                break
        if not floors:
            return None
        now = datetime.now(UTC)
        theme = Theme(name=f"{floors[0].title}专场", keywords=(floors[0].title,), industry=next(iter(shown.values())).industry)
        record = {"venue_id": venue_id, "campaign_id": CAMPAIGN, "language": "zh", "theme": theme.model_dump()}
        stamps = {"created_at": now.isoformat(), "updated_at": now.isoformat(), "status": "approved", "template": template}
        venue = Venue.model_validate(record | stamps)
        texts, requests = {}, {}
        parts = [("hero", list(shown.values())), ("share", list(shown.values()))]
        parts += [(floor.floor_id, [shown[each] for each in floor.product_ids]) for floor in floors]
        for component, goods in parts:
            texts[component], request = _written(venue_id, component, theme.name, goods)
            requests[component] = self._documents.put(f"materials/{venue_id}/{content_hash(component)[:16]}/request", request)
        plan = FloorPlan(by="category", floors=tuple(floors), score=1.0, reason="bench")
        page = build_page(venue, plan, shown, texts, {}, {}, self._pictures.address, offline=True, now=now)
        html = render(page, template)
        version = self._pages.put_version(venue_id, html)
        self._documents.put(page_key(venue_id, version), page)
        self._documents.put(recipe_key(venue_id, version), LivingRecipe(template_id=template, requests=requests, reserves=reserves))
        venue = venue.model_copy(update={"staged_version": version, "approved_version": version, "reviewed_versions": (version,)})
        if not self._venues.create(venue):
            return None
        try:
            return self._publisher.publish(self._venues.get(venue_id), version).model_dump(mode="json")
        except PolicyError:  # goods of one industry may say what those of the page's may not
            return None


def _written(venue_id: str, component: str, theme: str, goods: Sequence[Product]) -> tuple[dict[str, str], Any]:
    """Texts whose claims hold of these goods, and the request that they answer."""
    from huichang.line.facts import counted
    from huichang.materials.claims import Facts, ungrounded
    from huichang.materials.model import MaterialRequest

    facts: Mapping[str, Any] = {"theme_name": theme, "keywords": [theme.removesuffix("专场")], **counted(goods, "zh")}
    low = min(goods, key=lambda each: each.price.amount).price
    free = sum("free_shipping" in each.benefits for each in goods)
    sold = sum(each.sales_30d or 0 for each in goods)
    shipping = "全场包邮" if free == len(goods) else f"{free}款包邮"
    wanted = {
        "hero": {"title": theme, "subtitle": f"{len(goods)}款好货，{low}起", "slogan": shipping},
        "share": {"text": f"{theme}，{low}起"},
    }.get(component, {"subtitle": f"{low}起，{shipping}", "point": f"30天售出{sold}件"})
    known = Facts.of(facts)
    texts = {slot: text for slot, text in wanted.items() if not ungrounded(text, known)}
    slots = [{"name": name, "max_chars": 40, "what": name} for name in ("title", "subtitle", "slogan", "point", "text")]
    request = {
        "venue_id": venue_id, "campaign_id": CAMPAIGN, "material_id": f"{component}.copy", "component": component, "kind": "copy",
        "language": "zh", "prompt": component, "slots": slots, "facts": facts,
    }  # fmt: skip
    return texts, MaterialRequest.model_validate(request)
