"""Other words for one text of a page: asked of the model as copy is, checked as copy is, and taken into the draft or not."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.kernel.errors import InvalidInputError, NotFoundError, PermanentError, TransientError
from huichang.kernel.events import MaterialFailed, MaterialReady
from huichang.line.editor.asking import Asked
from huichang.materials.copywriting import write_copy
from tests.support.fake_editor import EditedShop
from tests.support.fakes import FakeChatModel
from tests.support.line_fakes import OPERATOR, reference_to

THREE = ("竹林里的朋友", "圆滚滚的伙伴", "一起去补货")


class Shop(EditedShop):
    """A venue in review whose model answers as it is told."""

    def ask(self, place: str = "hero.title", *seen: str) -> Asked:
        return self.words.ask("v-1", self.draft, place, seen, OPERATOR)

    def work(self, *replies: Any) -> FakeChatModel:
        """What is queued is done, as functions/generate_copy does it."""
        chat = FakeChatModel(*replies)
        for task, _ in self.line.queue.take():
            self.line.desk.work(reference_to(task), lambda request: write_copy(request, chat, self.line.policing.of(self.line.venue)))
        return chat

    def came(self, asked: Asked) -> Asked:
        return self.words.shown("v-1", asked.ask_id, asked.place)


def said(*texts: str, slot: str = "title") -> dict[str, Any]:
    return {"texts": [{"slot": f"{slot}_{number}", "text": text} for number, text in enumerate(texts, 1)]}


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_three_texts_come_of_one_call_in_the_campaigns_name_and_the_page_knows_nothing_of_it(shop: Shop) -> None:
    venue, tasks, events = shop.line.venue, shop.line.materials.of_venue("v-1"), len(shop.line.bus.events)
    asked = shop.ask()
    assert (asked.status, shop.came(asked).proposals) == ("waiting", ())
    chat = shop.work(said(*THREE))
    (prompt, context) = chat.history[0]
    assert (context.campaign_id, context.venue_id, len(chat.history)) == ("c-1", "v-1", 1)
    assert shop.draft.texts["hero"]["title"] in prompt.user  # as what must not come again
    done = shop.came(asked)
    assert (done.status, [each.text for each in done.proposals]) == ("ready", list(THREE))
    assert (shop.line.venue, shop.line.materials.of_venue("v-1")) == (venue, tasks)
    assert not [each for each in shop.line.bus.events[events:] if isinstance(each, MaterialReady | MaterialFailed)]
    assert shop.line.audit.entries[-1].action == "ask_words"
    taken = shop.draft.model_copy(update={"texts": {**shop.draft.texts, "hero": {**shop.draft.texts["hero"], "title": THREE[1]}}})
    assert shop.editor.check("v-1", taken) == ()
    assert shop.editor.save("v-1", shop.draft, taken, OPERATOR).by_hand.texts["hero"]["title"] == THREE[1]


def test_the_same_asking_is_one_call_and_other_seen_words_are_another(shop: Shop) -> None:
    first = shop.ask()
    shop.work(said(*THREE))
    assert shop.ask().ask_id == first.ask_id
    assert shop.line.queue.take() == []
    more = shop.ask("hero.title", *THREE)
    assert more.ask_id != first.ask_id
    shop.work(said(THREE[0], "进货看这里", "货架上的熊猫"), said("", "", ""))
    came = shop.came(more)
    assert [each.text for each in came.proposals] == ["进货看这里", "货架上的熊猫"]
    assert {each.code for each in came.refused} >= {"typed.repeated"}


def test_what_the_gate_the_facts_and_the_slot_refuse_is_told_and_never_proposed(shop: Shop) -> None:
    asked = shop.ask("hero.title")
    hostile = said("全网第一的熊猫", "<b>熊猫</b>来了", "全场1元起包邮")
    shop.work(hostile, said("熊猫" * 30, "加微信 abc123", "竹林里的朋友"))
    came = shop.came(asked)
    assert [each.text for each in came.proposals] == ["竹林里的朋友"]
    assert {each.code for each in came.refused} >= {"typed.policy", "typed.markup", "typed.claim", "typed.length"}
    assert all(set(each.message) == set(each.mend) == {"zh", "en"} for each in came.refused)


def test_a_model_that_writes_nothing_usable_proposes_nothing_and_says_so(shop: Shop) -> None:
    asked = shop.ask("share.text")
    shop.work(*[said("国家级熊猫", "国家级熊猫", "国家级熊猫", slot="text")] * 2)
    came = shop.came(asked)
    assert (came.status, came.proposals) == ("ready", ())  # the plain name that materials fall back to is no proposal
    assert came.why["zh"]
    assert came.why["en"]


def test_a_floors_words_are_asked_with_its_own_goods(shop: Shop) -> None:
    floor = shop.draft.floors[0]
    asked = shop.ask(f"floor:{floor.key}.subtitle")
    chat = shop.work(said("竹林里的几位", "一起补货", "慢慢挑选", slot="subtitle"))
    assert f'"product_count": {len(floor.product_ids)}' in chat.prompts[0].replace('":', '": ').replace(":  ", ": ")
    assert floor.title in chat.prompts[0]
    assert len(shop.came(asked).proposals) == 3


def test_a_cap_that_is_reached_is_told_in_both_languages_and_asking_again_tries_again(shop: Shop) -> None:
    asked = shop.ask()
    shop.work(PermanentError("the cap of c-1 is reached", code="cap_reached"))
    came = shop.came(asked)
    assert came.status == "failed"
    assert "预算上限" in came.why["zh"]
    assert "cap" in came.why["en"]
    assert shop.ask().status == "waiting"
    shop.work(said(*THREE))
    assert shop.came(asked).status == "ready"


def test_a_model_that_is_away_is_tried_again_later(shop: Shop) -> None:
    asked = shop.ask()
    shop.work(TransientError("away"))
    assert shop.came(asked).status == "waiting"
    shop.work(said(*THREE))
    assert shop.came(asked).status == "ready"


@pytest.mark.parametrize("place", ["hero.price", "floor:none.title", "floor:floor-1.price", "nothing"])
def test_a_place_that_no_words_are_asked_for_is_refused(shop: Shop, place: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        shop.ask(place)
    assert caught.value.told["zh"]
    with pytest.raises(NotFoundError):
        shop.words.shown("v-1", "none", place)
