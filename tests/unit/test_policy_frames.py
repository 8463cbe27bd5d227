"""Frames of word classes, the lexicon they are made of, contexts, spellings: what is met, what is not, and what a wrong file says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from huichang.kernel.errors import PermanentError
from huichang.materials.policy import Gate, Rule, load_rules, the_gate
from huichang.materials.policy.contexts import Beside, Context, load_contexts, read_contexts
from huichang.materials.policy.frames import example, is_frame, read_frame
from huichang.materials.policy.lexicon import LEXICON as LEXICON_FOLDER
from huichang.materials.policy.lexicon import Lexicon, WordClass, forms, load_lexicon, read_lexicon
from huichang.materials.policy.rules import RULES
from huichang.materials.policy.spelling import spellings

LEXICON = Lexicon(
    classes={
        "heal": WordClass(words=("治疗", "缓解")),
        "ill": WordClass(words=("高血压", "头痛"), but=("头痛日记",)),
        "cure": WordClass(words=forms("cure+")),
        "illness": WordClass(words=("flu", "back pain")),
        "est": WordClass(words=("*est",), but=("forest", "the test")),
        "scope": WordClass(words=("in the world",)),
        "deny": WordClass(words=("不能", "not")),
        "work": WordClass(words=("海报", "poster")),
    }
)


def a_rule(*frames: str, **changes: object) -> Rule:
    values: dict[str, object] = {
        "id": "zh.test.one",
        "kind": "medical",
        "law": "x",
        "message": {"zh": "甲", "en": "a"},
        "mend": {"zh": "乙", "en": "b"},
        "frames": frames,
    }
    return Rule.model_validate(values | changes)


def met(rule: Rule, text: str, contexts: tuple[Context, ...] = ()) -> list[str]:
    return [finding.words for finding in Gate((rule,), LEXICON, contexts).text(text).findings]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("治疗高血压", ["治疗高血压"]),
        ("专业治疗各类高血压", ["治疗各类高血压"]),
        ("治 疗 高🔥血压", ["治 疗 高🔥血压"]),
        ("治療高血壓", ["治療高血壓"]),
        ("治疗一二三四五高血压", []),
        ("不做治疗。高血压资料册", []),
        ("高血压治疗", []),
        ("缓解头痛日记本", []),
    ],
)
def test_two_classes_near_each_other_in_one_sentence(text: str, said: list[str]) -> None:
    assert met(a_rule("@heal ~4 @ill"), text) == said


@pytest.mark.parametrize(
    ("frame", "text", "said"),
    [
        ("@cure ~2 @illness", "It cures your bad back pain fast", ["cures your bad back pain"]),
        ("@cure ~2 @illness", "curing the flu", ["curing the flu"]),
        ("@cure ~2 @illness", "c u r e s the flu", ["c u r e s the flu"]),
        ("@cure ~2 @illness", "A cure. The flu", []),
        ("@cure ~~2 @illness", "A cure. The flu", ["cure. The flu"]),
        ("@cure ~2 @illness", "curettes for the flu", []),
        ("@est ~2 @scope", "the softest towel in the world", ["softest towel in the world"]),
        ("@est ~2 @scope", "a forest tour in the world", []),
        ("the @est ~2 @scope", "softest towel in the world", []),
        ("so_will you", "I did, and so will you", ["so will you"]),
    ],
)
def test_latin_gaps_are_counted_in_words(frame: str, text: str, said: list[str]) -> None:
    assert met(a_rule(frame), text) == said


def test_the_shorter_of_two_ways_is_told_and_a_class_may_be_one_of_two() -> None:
    assert met(a_rule("@heal ~8 @ill"), "治疗和缓解头痛") == ["缓解头痛"]
    assert met(a_rule("@heal|cure ~4 @ill|illness"), "缓解头痛，cure flu") == ["缓解头痛", "cure flu"]


def test_a_harmless_frame_and_a_proposal() -> None:
    rule = a_rule("@heal ~4 @ill", but=["@heal ~4 @ill ~2 海报"], instead={"@heal ~4 @ill": "舒适"})
    gate = Gate((rule,), LEXICON, ())
    assert gate.text("治疗高血压海报").findings == ()
    assert gate.mended("治疗高血压的枕头") == "舒适的枕头"


def test_a_context_makes_a_hit_harmless_where_its_words_stand_near() -> None:
    rule = a_rule("@heal ~4 @ill")
    denied = Context(id="denied", reason="a label says it does not heal", rules=("zh.*",), before=Beside(words="deny", within=2))
    assert met(rule, "本品不能治疗高血压", (denied,)) == []
    assert met(rule, "不能错过。治疗高血压", (denied,)) == ["治疗高血压"]
    assert met(rule, "不能再等下去的治疗高血压", (denied,)) == ["治疗高血压"]
    work = Context(id="work", reason="the goods are a poster of it", rules=("zh.test.one",), after=Beside(words="work", within=2))
    assert met(rule, "治疗高血压的海报", (work,)) == []
    elsewhere = work.model_copy(update={"rules": ("en.*",)})
    assert met(rule, "治疗高血压的海报", (elsewhere,)) == ["治疗高血压"]
    phrase = Context(id="phrase", reason="a phrase of the trade", rules=("*",), phrases=("治疗高血压概论",))
    assert met(rule, "治疗高血压概论", (phrase,)) == []


def test_rules_on_top_of_a_gate_hold_beside_its_own_and_move_the_hash() -> None:
    below = Gate((a_rule("@heal ~4 @ill"),), LEXICON, ())
    above = Gate((a_rule(words=["*star", "清仓价"], id="brand.forbidden", kind="brand"),), LEXICON, (), on_top_of=below)
    assert [finding.rule for finding in above.text("缓解头痛，清仓价，*star").findings] == [
        "zh.test.one",
        "brand.forbidden",
        "brand.forbidden",
    ]
    assert above.text("a rockstar").findings == ()
    assert [rule.id for rule in above.rules] == ["zh.test.one", "brand.forbidden"]
    assert above.hash != below.hash
    assert Gate((a_rule("@heal ~4 @ill"),), LEXICON, (denied_by_nothing(),)).hash != below.hash


def denied_by_nothing() -> Context:
    return Context(id="none", reason="never said of any rule", rules=("xx.*",), phrases=("x",))


def test_many_words_of_a_context_and_many_hits_are_told_in_bounds() -> None:
    denied = Context(id="denied", reason="a label says it does not heal", rules=("zh.*",), before=Beside(words="deny", within=0))
    assert met(a_rule("@heal ~4 @ill"), "不能治疗高血压" * 5_000, (denied,)) == []


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("cure+", ("cure", "cures", "cured", "curing")),
        ("remedy+", ("remedy", "remedies", "remedied", "remedying")),
        ("stop+", ("stop", "stops", "stopped", "stopping")),
        ("treat+", ("treat", "treats", "treated", "treating")),
        ("banish+", ("banish", "banishes", "banished", "banishing")),
        ("virus(es)", ("virus", "viruses")),
        ("the best", ("the best",)),
    ],
)
def test_the_forms_of_a_word(word: str, said: tuple[str, ...]) -> None:
    assert forms(word) == said


@pytest.mark.parametrize("text", ["@heal", "@heal ~4", "~4 @heal", "@heal ~4 ~2 @ill", "@heal ~x @ill"])
def test_a_frame_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"frame|gap"):
        read_frame(text)


def test_a_rule_with_a_class_that_is_missing_is_named() -> None:
    with pytest.raises(PermanentError, match="nowhere") as raised:
        Gate((a_rule("@nowhere ~2 @ill"),), LEXICON, ())
    assert raised.value.mend == "mend the frame, or the lexicon"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", "classes by name"),
        ("a: []", "a list of words"),
        ("a: [1]", "a list of words"),
        ("a: ['@b']", "no class b"),
        ("a: ['@b']\nb: ['@a']", "takes itself in"),
        ("a: [", "cannot be used"),
    ],
)
def test_a_lexicon_that_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PermanentError, match=said):
        read_lexicon(tmp_path)


def test_a_class_takes_in_another_with_what_is_harmless_of_it(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("a: [x, '@b']\nb: {words: [sort+], but: [sort of]}\n", encoding="utf-8")
    (tmp_path / "two.yaml").write_text("c: ['@a']\n", encoding="utf-8")
    assert read_lexicon(tmp_path).classes["c"] == WordClass(words=("x", "sort", "sorts", "sorted", "sorting"), but=("sort of",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1", "a list of contexts"),
        ("- {id: a, reason: short, rules: [x], phrases: [y]}", "reason"),
        ("- {id: a, reason: a long enough reason, rules: [x]}", "before, after or phrases"),
    ],
)
def test_contexts_that_cannot_be_used_are_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PermanentError, match=said):
        read_contexts(path)


def test_every_context_speaks_of_rules_that_there_are() -> None:
    ids = [rule.id for rule in load_rules()]
    lost = {
        (context.id, pattern) for context in load_contexts() for pattern in context.rules if not any(Context.of(context, i) for i in ids)
    }
    assert lost == set()
    classes = load_lexicon().classes
    assert {name for context in load_contexts() for name in context.classes} <= set(classes)


def test_every_class_is_used() -> None:
    used = {name for rule in load_rules() for text in (*rule.frames, *rule.but) if is_frame(text) for name in read_frame(text).classes}
    used |= {name for context in load_contexts() for name in context.classes}
    raw = "".join(path.read_text(encoding="utf-8") for folder in (RULES, LEXICON_FOLDER) for path in sorted(folder.glob("*.yaml")))
    idle = [name for name in load_lexicon().classes if name not in used and not re.search(rf"@{name}\b", raw)]
    assert idle == []


def test_an_example_is_made_of_the_first_words() -> None:
    assert example(read_frame("@heal ~4 @ill"), LEXICON) == "治疗高血压"
    assert example(read_frame("@cure ~2 @illness"), LEXICON, {0: "curing"}) == "curing flu"


@pytest.mark.parametrize("text", ["zui低价", "醉低价", "弟一品牌", "guojiaji品质", "国jia级品质", "🔝级面料", "维一选择", "冠君单品"])
def test_a_word_that_is_written_for_its_sound_is_met(text: str) -> None:
    assert the_gate().text(text).blocked


@pytest.mark.parametrize("text", ["喝醉好睡", "最底层的抽屉", "一家老小", "首饰盒", "弟一次穿的鞋", "最加分的配饰"])
def test_what_only_sounds_alike_is_let_be(text: str) -> None:
    assert [
        finding.words
        for finding in the_gate().text(text).findings
        if "弟" in finding.words or "醉" in finding.words or "底" in finding.words
    ] == []


def test_a_word_of_one_character_has_no_other_spelling() -> None:
    assert list(spellings("最")) == ["最"]
    assert "zui低" in list(spellings("最低"))
    assert "罪低价" in list(spellings("最低价"))


@pytest.mark.parametrize("text", ["r1sk free", "risk fr33", "m1racle cure", "w0rld's b3st kettle", "cl1nically proven"])
def test_digits_for_letters(text: str) -> None:
    assert the_gate().text(text).blocked


@pytest.mark.parametrize("text", ["Save 1,200 words", "mp3 player, size4, 2in1", "Was 9.99 and is 8.49"])
def test_digits_that_are_numbers(text: str) -> None:
    assert the_gate().text(text).findings == ()
