from __future__ import annotations

import json
from typing import Any

from huichang.themes.expanding import Expander, expand
from huichang.themes.model import CampaignBrief, ExpansionAnswer, Theme
from tests.support.fakes import FakeChatModel, FakeProductIndex, a_product
from tests.support.little_shop import shop

BRIEF = CampaignBrief(
    campaign_id="c",
    sentence="熊猫玩偶",
    language="zh",
    idea="熊猫玩偶",
    industries=("toys",),
    subjects=("熊猫玩偶",),
    constraints=(),
)
THEME = Theme(name="熊猫来了", keywords=("熊猫玩偶", "panda doll"), industry="toys")


def answer(**changes: Any) -> dict[str, Any]:
    return {
        "text": "熊猫毛绒玩偶，送给孩子的礼物 panda plush",
        "words_zh": ["熊猫公仔", "毛绒熊猫"],
        "words_en": ["panda plush"],
        "categories": ["毛绒玩偶"],
    } | changes


def test_the_themes_keywords_come_first_in_their_language() -> None:
    found = expand(THEME, BRIEF, ("zh", "en"), ("毛绒玩偶", "挂件"), FakeChatModel(answer()))
    assert found.words == {"zh": ("熊猫玩偶", "熊猫公仔", "毛绒熊猫"), "en": ("panda doll", "panda plush")}
    assert found.categories == ("毛绒玩偶",)


def test_only_offered_categories_survive() -> None:
    chat = FakeChatModel(answer(categories=["发电机", "挂件", "挂件", "<b>毛绒玩偶</b>"]))
    assert expand(THEME, BRIEF, ("zh",), ("毛绒玩偶", "挂件"), chat).categories == ("挂件",)


def test_words_are_cleaned_and_generic_ones_dropped() -> None:
    chat = FakeChatModel(answer(words_zh=["<b>熊猫公仔</b>", "熊猫公仔", "爆款", "  ", "会场", "熊" * 900]))
    words = expand(THEME, BRIEF, ("zh", "en"), (), chat).words["zh"]
    assert words[:2] == ("熊猫玩偶", "熊猫公仔")
    assert len(words) == 3
    assert len(words[2]) == 40


def test_words_of_a_language_the_catalogue_does_not_speak_are_left_out() -> None:
    found = expand(THEME, BRIEF, ("zh",), (), FakeChatModel(answer()))
    assert found.words["en"] == ("panda doll",)


def test_an_empty_or_hostile_text_falls_back_to_the_theme() -> None:
    hostile = ExpansionAnswer.model_construct(text="<script>x</script>", words_zh=(), words_en=(), categories=())
    found = expand(THEME, BRIEF, ("zh",), (), FakeChatModel(hostile))
    assert found.text == "熊猫来了 熊猫玩偶 panda doll"
    long = ExpansionAnswer.model_construct(text="熊" * 90_000, words_zh=(), words_en=(), categories=())
    assert len(expand(THEME, BRIEF, ("zh",), (), FakeChatModel(long)).text) == 2000


def test_the_index_says_which_languages_and_shelves_there_are() -> None:
    chat = FakeChatModel(answer())
    Expander(chat, FakeProductIndex(shop())).expand(THEME, BRIEF, "venue-1")
    prompt, context = chat.history[0]
    data = json.loads(prompt.user[prompt.user.index("<data>") + 7 : prompt.user.rindex("</data>")])
    assert data["languages"] == ["zh", "en"]
    assert data["categories"][0] == "毛绒玩偶"
    assert "积木" in data["categories"]
    assert context.venue_id == "venue-1"


def test_an_english_catalogue_is_asked_for_english_words() -> None:
    chat = FakeChatModel(answer())
    index = FakeProductIndex([a_product("p", "Panda plush doll", language="en", category_path=("Toys", "Plush"))])
    found = Expander(chat, index).expand(THEME, BRIEF)
    assert found.words["en"] == ("panda doll", "panda plush")
    assert "zh" not in found.words  # no product of this catalogue says 熊猫玩偶, so it is not searched, and that is told
    assert ("熊猫玩偶", "nothing") in [(each.word, each.why) for each in found.dropped]


def test_words_that_find_nothing_or_everything_are_dropped_and_told() -> None:
    common = [a_product(f"p-{n:02d}", f"Cotton panda plush no {n}", language="en", category_path=("Toys", "Plush")) for n in range(20)]
    others = [a_product(f"q-{n:02d}", f"Cotton blanket no {n}", language="en", category_path=("Home", "Blankets")) for n in range(80)]
    chat = FakeChatModel(answer(words_zh=[], words_en=["cotton", "zeppelin", "panda plush", "Pandas Are Coming"]))
    theme = Theme(name="Pandas Are Coming", keywords=("panda plush",), industry="toys")
    found = Expander(chat, FakeProductIndex([*common, *others])).expand(theme, BRIEF)
    assert found.words == {"en": ("panda plush",)}
    assert {each.word: each.why for each in found.dropped} == {
        "cotton": "everything",
        "zeppelin": "nothing",
        "Pandas Are Coming": "marketing",
    }


def test_a_catalogue_that_knows_no_word_keeps_them() -> None:
    index = FakeProductIndex([a_product("p", "Yoga mat", language="en", category_path=("Sports", "Mats"))])
    found = Expander(FakeChatModel(answer()), index).expand(THEME, BRIEF)
    assert found.words["en"] == ("panda doll", "panda plush")


def test_the_embedded_text_speaks_every_language_of_the_catalogue() -> None:
    chat = FakeChatModel(answer(text="熊猫毛绒玩偶"), answer(text="plush pandas for children"))
    assert "panda plush" in expand(THEME, BRIEF, ("zh", "en"), (), chat).text
    assert "熊猫公仔" in expand(THEME, BRIEF, ("zh", "en"), (), chat).text
