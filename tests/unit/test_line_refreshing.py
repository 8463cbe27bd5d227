"""Living claims: what changes at the source is on the live page after one look, and nothing that nobody reviewed is."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from huichang.kernel.errors import PermanentError, TransientError
from huichang.line.living import LivingRecipe, Refreshed, recipe_key
from huichang.line.living_siblings import LiveSiblings
from huichang.line.publishing import page_key
from huichang.line.refreshing import CHECK_SECONDS, STORE_AGAIN_SECONDS, RefreshClaims, Refresher
from huichang.line.releases import page_shown, refreshed_key
from huichang.materials.model import CopyResult
from huichang.pages.linked import linked_findings
from huichang.pages.model import PageModel
from huichang.pages.tree import parse
from huichang.selection.model import Condition, LeftOut, LeftOuts, Selection
from huichang.selection.offers import Offer
from infra.bench.living_pages import PublicPage
from tests.support.fakes import a_product
from tests.support.line_fakes import OPERATOR, Line
from tests.support.memory_living import MemoryClaims, MemoryLive, MemoryShown

SPARE = ("p-90", "p-91")


class Delayed:
    """A queue whose messages remember their delay."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int]] = []

    def send(self, bodies: list[str], delay_seconds: int = 0) -> None:
        self.sent += [(body, delay_seconds) for body in bodies]


class Shop:
    """A released venue of 24 pandas in three floors, two more in reserve for the first, and the function that keeps it true."""

    def __init__(self, *, texts: dict[str, str] | None = None, conditions: Sequence[Condition] = ()) -> None:
        self.line = line = Line()
        line.select()
        for name in SPARE:
            line.index.add(
                a_product(name, f"备选熊猫公仔玩偶{name}", category_path=("玩具", "公仔"), price=30, benefits=("free_shipping",))
            )
        step = line.step()
        selection = line.documents.get(step.key("selection"), Selection)
        rules = selection.rules.model_copy(update={"conditions": tuple(conditions)})
        line.documents.put(step.key("selection"), selection.model_copy(update={"rules": rules}))
        left = LeftOuts(products=tuple(LeftOut(product_id=name, code="over_limit", place=n) for n, name in enumerate(SPARE)))
        line.documents.put(step.key("left-out"), left)
        line.request_materials(line.step("materials-token"))
        line.make()
        for task in line.materials.of_venue("v-1"):
            if texts and task.material_id == "hero.copy":
                done = line.documents.get(task.result_key, CopyResult)
                line.documents.put(task.result_key, done.model_copy(update={"texts": {**done.texts, **texts}}))
        line.render_page(line.step())
        line.inspect_page(line.step())
        line.request_review(line.step("review-token"))
        line.review.approve("v-1", line.venue.staged_version, OPERATOR)
        line.publish_venue(line.step())
        self.base_version = line.venue.live_version
        self.base = line.documents.get(page_key("v-1", self.base_version), PageModel)
        self.claims, self.shown, self.live = MemoryClaims(line.clock), MemoryShown(), MemoryLive(line.pages, self.released)
        self.refresher = Refresher(
            venues=line.venues, documents=line.documents, truth=line.truth, live=self.live,
            siblings=LiveSiblings(line.documents, line.truth, self.live), claims=self.claims, shown=self.shown,
            delivery=line.delivery, audit=line.audit, clock=line.clock, unread_seconds=30,
        )  # fmt: skip
        self.queue = Delayed()
        self.desk = RefreshClaims(self.claims, self.shown, line.delivery, self.queue, self.refresher)
        self.moment = 0

    def released(self, venue_id: str) -> str:
        release = self.line.release_store.current("c-1")
        return release.version_of(venue_id) if release else ""

    @property
    def page(self) -> PageModel:
        """What buyers get, as a model."""
        return page_shown(self.line.documents, "v-1", str(self.live.current("v-1")))

    @property
    def html(self) -> str:
        return self.line.pages.live["v-1"]

    def offer(self, *ids: str, **changes: Any) -> None:
        self.moment += 1
        self.line.index.update([Offer(product_id=name, at=f"2026-09-02T00:00:{self.moment:02d}Z", **changes) for name in ids])

    def look(self) -> str:
        return self.refresher.refresh("v-1")

    def floor(self, place: int = 0) -> list[str]:
        return [card.product_id for card in self.base.floors[place].cards]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def state_of(shop: Shop) -> Any:
    state = shop.claims.get("v-1")
    assert state is not None
    return state


def fails(*_: object) -> Any:
    raise TransientError("the index is away")


def test_the_same_facts_leave_the_reviewed_page(shop: Shop) -> None:
    assert shop.look() == "confirmed"
    assert shop.live.replaced == []
    assert shop.shown.showing([shop.floor()[0]]) == {"v-1"}
    assert (state_of(shop).confirmed_at != "", state_of(shop).taken_off) == (True, ())


def test_a_new_price_is_shown_and_the_lineage_says_of_what(shop: Shop) -> None:
    name = shop.floor()[1]
    shop.offer(name, price="12.34", list_price="20")
    assert shop.look() == "refreshed"
    card = next(card for card in shop.page.floors[0].cards if card.product_id == name)
    assert (str(card.price), str(card.list_price)) == ("¥12.34", "¥20")
    version = str(shop.live.current("v-1"))
    assert shop.line.documents.get(refreshed_key("v-1", version, "lineage"), Refreshed).base_version == shop.base_version
    assert shop.line.venue.live_version == shop.base_version  # what people reviewed stays what they roll back to
    shop.offer(name, price="25")
    shop.look()
    card = next(card for card in shop.page.floors[0].cards if card.product_id == name)
    assert (str(card.price), card.list_price) == ("¥25", None)  # nothing is struck through that was never asked


def test_stock_that_no_card_shows_makes_no_other_page(shop: Shop) -> None:
    shop.look()
    shop.offer(shop.floor()[1], stock=17)
    assert shop.look() == "confirmed"
    assert state_of(shop).changes == 0


def test_sold_out_goods_give_way_to_reserves_and_come_back(shop: Shop) -> None:
    first, second, third = shop.floor()[:3]
    shop.offer(second, stock=0)
    shop.look()
    shown = [card.product_id for card in shop.page.floors[0].cards]
    assert shown[1] == SPARE[0]  # in its place
    shop.offer(first, stock=0)
    shop.look()
    shown = [card.product_id for card in shop.page.floors[0].cards]
    assert shown[:2] == [SPARE[1], SPARE[0]]  # the earlier swap does not move
    shop.offer(third, stock=0)
    shop.look()
    cards = shop.page.floors[0].cards
    assert (cards[-1].product_id, cards[-1].state, cards[-1].price.amount) == (third, "sold_out", 0)
    assert "已售罄" in shop.html
    assert third not in {card.product_id for card in shop.page.hero_cards}
    told = {each.place.rpartition("/")[2]: (each.code, each.instead) for each in state_of(shop).taken_off}
    assert told == {second: ("out_of_stock", SPARE[0]), first: ("out_of_stock", SPARE[1]), third: ("out_of_stock", "")}
    assert shop.shown.showing([SPARE[0], second]) == {"v-1"}
    shop.offer(first, second, third, stock=5)
    shop.look()
    assert shop.live.current("v-1") == shop.base_version
    assert state_of(shop).taken_off == ()
    assert shop.line.audit.actions.count("refresh_claims") == 4


def test_a_reserve_that_changes_is_shown_as_it_is(shop: Shop) -> None:
    shop.offer(shop.floor()[0], stock=0)
    shop.look()
    shop.offer(SPARE[0], price="33")
    shop.look()
    assert str(shop.page.floors[0].cards[0].price) == "¥33"
    shop.offer(SPARE[0], stock=0)
    shop.look()
    assert shop.page.floors[0].cards[0].product_id == SPARE[1]


def test_goods_that_are_deleted_or_withdrawn_are_not_called_sold_out(shop: Shop) -> None:
    gone, withdrawn = shop.floor(1)[:2]
    shop.line.index.delete([gone])
    shop.offer(withdrawn, enrolled=False)
    shop.look()
    assert not {gone, withdrawn} & {card.product_id for floor in shop.page.floors for card in floor.cards}
    assert "已售罄" not in shop.html
    assert {each.code for each in state_of(shop).taken_off} == {"gone", "not_enrolled"}


def test_a_floor_with_too_few_goods_is_closed_and_a_page_never_blank(shop: Shop) -> None:
    shop.offer(*shop.floor(2)[2:], stock=0)
    shop.look()
    closed = shop.base.floors[2].floor_id
    assert closed not in [floor.floor_id for floor in shop.page.floors]
    assert f'id="{closed}"' not in shop.html
    shop.offer(*(name for place in range(3) for name in shop.floor(place)), *SPARE, stock=0)
    shop.look()
    (floor,) = shop.page.floors
    assert all(card.state == "sold_out" for card in floor.cards)


def test_the_strip_says_only_what_holds_now(shop: Shop) -> None:
    everything = [name for place in range(3) for name in shop.floor(place)]
    before = shop.base.benefits
    for name in everything:
        product = shop.line.index.get([name])[name]
        shop.line.index.add(product.model_copy(update={"benefits": ("free_shipping",)}))
    shop.look()
    assert "全场包邮" in shop.page.benefits
    product = shop.line.index.get([everything[0]])[everything[0]]
    shop.line.index.add(product.model_copy(update={"benefits": ()}))
    shop.look()
    assert ("全场包邮" in shop.page.benefits, before != shop.page.benefits) == (False, True)
    assert "23 款包邮" in shop.page.benefits


def test_what_machines_are_told_is_refreshed_with_what_people_see(shop: Shop) -> None:
    first, *rest = shop.floor()
    shop.offer(first, price="12.34")
    shop.offer(*rest[:3], stock=0)
    assert shop.look() == "refreshed"
    assert '"price":"12.34"' in shop.html
    assert "schema.org/SoldOut" in shop.html
    assert list(linked_findings(parse(shop.html))) == []


def test_a_refreshed_page_says_of_which_day_its_prices_are(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """For whoever reads it without JavaScript in a tab that stays open, or in a copy."""
    said = "价格和库存按 2026-09-01 的信息更新"
    assert said not in shop.html
    assert "生成日期 2026-09-01" in shop.html
    shop.offer(shop.floor()[0], price="9.9")
    shop.look()
    assert said in shop.html
    monkeypatch.setattr(shop.line.index, "get", fails)
    shop.line.clock.pass_time(31)
    assert shop.look() == "withheld"
    assert said not in shop.html, "a page without prices says nothing of them"


def test_ranks_follow_the_sales_of_now(shop: Shop) -> None:
    floor = next(floor for floor in shop.base.floors if floor.layout == "ranked")
    last = floor.cards[-1].product_id
    product = shop.line.index.get([last])[last]
    shop.line.index.add(product.model_copy(update={"sales_30d": 99_999}))
    shop.look()
    now = next(each for each in shop.page.floors if each.floor_id == floor.floor_id)
    assert (now.layout, now.cards[0].product_id) == ("ranked", last)
    shop.line.index.add(product.model_copy(update={"sales_30d": None}))
    shop.look()
    assert next(each for each in shop.page.floors if each.floor_id == floor.floor_id).layout == "grid"


def test_words_that_no_longer_hold_become_plain_and_take_the_posters_along() -> None:
    shop = Shop(texts={"subtitle": "24款熊猫玩偶，¥10起", "slogan": "熊猫来了"})
    assert shop.base.subtitle == "24款熊猫玩偶，¥10起"
    assert shop.base.posters
    shop.offer("p-00", price="11.5")
    shop.look()
    assert (shop.page.subtitle, shop.page.slogan, shop.page.posters) == ("", shop.base.slogan, ())
    assert "¥10起" not in shop.html
    assert "og:image" not in shop.html
    live = shop.line.delivery.items["v-1"]
    assert live.subtitle == ""  # placements say it no more either
    theme = shop.line.venues.get("v-1").theme
    sellers = {card.merchant_id for floor in shop.page.floors for card in floor.cards}
    assert (live.industry, live.kind, live.merchant in {"", *sellers}) == (theme.industry, theme.kind, True)
    assert {each.place for each in state_of(shop).taken_off} == {"hero.subtitle", "posters"}
    shop.offer("p-00", price="10")
    shop.look()
    assert (shop.live.current("v-1"), shop.line.delivery.items["v-1"].subtitle) == (shop.base_version, "24款熊猫玩偶，¥10起")


def test_who_no_longer_meets_what_the_goods_were_chosen_by_gives_way() -> None:
    shop = Shop(conditions=[Condition(indicator="price", op="<=", value=60, because="低价")])
    name = shop.floor()[0]
    assert shop.line.documents.get(recipe_key("v-1", shop.base_version), LivingRecipe).conditions
    shop.offer(name, price="61")
    shop.look()
    assert shop.page.floors[0].cards[0].product_id == SPARE[0]
    assert state_of(shop).taken_off[0].code == "condition"


def test_an_independent_reader_finds_nothing_untrue_after_any_change() -> None:
    """The reader of infra/bench/living.py, which has never heard of pages/living.py, after each of 60 seeded changes and in between."""
    shop = Shop(texts={"subtitle": "24款熊猫玩偶，¥10起", "slogan": "12款包邮"})
    dice, index = random.Random(11), shop.line.index
    facts = {"": {"theme_name": shop.line.venue.theme.name, "keywords": []}}
    page = PublicPage(shop.line.venue.model_dump(mode="json"), facts)
    found_untrue = 0
    for number in range(60):
        name = dice.choice(sorted(index.items))
        product = index.get([name])[name]
        changes: list[dict[str, Any]] = [
            {"tiers": product.at_price(Decimal(dice.randint(5, 60))).tiers, "list_price": None},
            {"list_price": product.price.amount * 2},
            {"stock": dice.choice([0, 0, 50])},
            {"sales_30d": dice.randint(0, 40_000)},
            {"benefits": dice.choice([(), ("free_shipping",)])},
            {"enrolled": dice.random() < 0.5},
        ]
        index.add(product.model_copy(update=dice.choice(changes)))
        if dice.random() < 0.03:
            index.delete([name])
        source = index.get(list(index.items))
        page.read(shop.html, f"{number} before")
        found_untrue += bool(page.untrue(source))
        shop.look()
        page.read(shop.html, f"{number} after")
        assert page.untrue(source) == {}, number
    assert found_untrue > 20  # the reader does see what is wrong


def test_what_cannot_be_confirmed_is_taken_off_and_comes_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.look()
    with monkeypatch.context() as away:
        away.setattr(shop.line.index, "get", fails)
        assert shop.look() == "unread"  # for half a minute the last facts are taken to hold
        shop.line.clock.pass_time(31)
        assert shop.look() == "withheld"
        assert shop.look() == "withheld"
        assert {card.state for floor in shop.page.floors for card in floor.cards} == {"unconfirmed"}
        assert (shop.page.benefits, "价格确认中" in shop.html, "¥" in shop.html) == ((), True, False)
        assert state_of(shop).unread_since
    assert shop.look() == "refreshed"
    assert (shop.live.current("v-1"), state_of(shop).unread_since) == (shop.base_version, "")


def test_an_index_that_lost_everything_is_no_news_about_the_goods(shop: Shop) -> None:
    shop.look()
    shop.line.index.delete(list(shop.line.index.items))
    assert shop.look() == "unread"
    assert shop.live.current("v-1") == shop.base_version


def test_changes_of_a_burst_are_one_look(shop: Shop) -> None:
    shop.look()
    event = json.dumps({"detail-type": "OffersChanged", "detail": {"product_ids": shop.floor()}})
    for _ in range(5):
        shop.desk.take(event)
    ((body, delay),) = shop.queue.sent
    assert delay == 2
    shop.offer(shop.floor()[0], price="9.9")
    assert shop.desk.take(body) == ["refreshed"]
    shop.desk.take(event)  # a look has begun since: what changes now asks for another
    assert len(shop.queue.sent) == 2
    assert shop.desk.take(json.dumps({"detail-type": "OffersChanged", "detail": {"product_ids": ["elsewhere"]}})) == []
    assert len(shop.queue.sent) == 2


def test_what_nobody_told_is_found_between_two_ticks(shop: Shop) -> None:
    shop.desk.take(json.dumps({"detail-type": "Scheduled Event", "detail": {}}))
    assert [delay for _, delay in shop.queue.sent] == list(range(0, 60, CHECK_SECONDS))
    shop.line.index.delete([shop.floor(1)[0]])
    assert shop.desk.take(shop.queue.sent[0][0]) == ["refreshed"]
    assert shop.desk.take(shop.queue.sent[1][0]) == ["confirmed"]
    with pytest.raises(PermanentError, match="names no venues"):
        shop.desk.take("{}")


def test_a_page_that_is_published_anew_or_retired_is_never_overwritten(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.look()
    shop.offer(shop.floor()[0], price="9.9")
    replace: Callable[[str, str, str, str], bool] = shop.live.replace

    def retired_first(*asked: str) -> bool:
        shop.line.review.retire("v-1", OPERATOR)
        return replace(*asked)

    monkeypatch.setattr(shop.live, "replace", retired_first)
    assert shop.look() == "overtaken"
    assert "v-1" not in shop.line.pages.live
    assert shop.look() == "not_live"
    assert (shop.shown.entries, shop.claims.get("v-1")) == ({}, None)
    monkeypatch.setattr(shop.live, "replace", replace)
    shop.line.review.publish("v-1", OPERATOR)  # the approved page, with the price of now (line/readiness.py)
    assert str(shop.page.floors[0].cards[0].price) == "¥9.90"
    assert shop.desk.take(json.dumps({"detail-type": "VenuePublished", "detail": {"venue_id": "v-1"}})) == ["confirmed"]
    assert (shop.line.venue.live_version, state_of(shop).base_version) == (shop.base_version, shop.base_version)
    assert shop.shown.showing([shop.floor()[0]]) == {"v-1"}


def test_another_version_that_is_just_going_live_is_left_alone(shop: Shop) -> None:
    shop.look()
    shop.line.pages.live["v-1"] = shop.html.replace("熊猫", "小熊")  # as between a publisher's two writes
    shop.offer(shop.floor()[0], price="9.9")
    assert shop.look() == "unsettled"
    assert shop.live.replaced == []


def test_a_release_that_turns_before_the_record_does_is_left_alone(shop: Shop) -> None:
    shop.look()
    shop.offer(shop.floor()[0], price="9.9")
    shop.live.released = lambda _: "the next one"
    assert shop.look() == "unsettled"
    assert not shop.live.replace("v-1", shop.base_version, shop.base_version, shop.base_version)


def test_a_template_that_shows_unconfirmed_prices_is_stopped_and_told(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.offer(*shop.floor()[:3], stock=0)
    monkeypatch.setattr("huichang.line.truth.render", lambda page, *_: leaking(page))
    assert shop.look() == "stuck"
    assert "claims_leak" in state_of(shop).problem
    assert shop.live.current("v-1") == shop.base_version
    shop.look()
    assert shop.line.audit.actions.count("claims_stuck") == 1  # once, not with every look


def leaking(page: PageModel) -> str:
    cards = "".join(f'<li data-product="{card.product_id}">¥12.00</li>' for floor in page.floors for card in floor.cards)
    return f"<ul>{cards}</ul>"


def test_what_stays_live_unchanged_is_stored_again_before_it_is_deleted_as_old(shop: Shop) -> None:
    """Refreshed versions expire in the bucket (template.yaml); a page may keep its price for a year."""
    shop.offer(shop.floor()[0], price="9.9")
    shop.look()
    version = str(shop.live.current("v-1"))
    shop.line.clock.pass_time(STORE_AGAIN_SECONDS - 60)
    assert shop.look() == "confirmed"
    assert state_of(shop).renders == 1
    shop.line.clock.pass_time(120)
    del shop.line.pages.versions["v-1", version], shop.line.documents.bodies[refreshed_key("v-1", version)]
    assert shop.look() == "refreshed"  # as of another day
    later = str(shop.live.current("v-1"))
    assert (state_of(shop).renders, shop.live.replaced) == (2, [version, later])
    assert shop.line.pages.read_version("v-1", later) == shop.html
    assert shop.look() == "confirmed"
    assert state_of(shop).renders == 2
