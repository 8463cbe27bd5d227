"""The gate: every case of ours, every rule once, evasions, harmless neighbours, mends, brands, bounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.kernel.errors import PermanentError
from huichang.materials.policy import BrandRules, Gate, Passage, PolicyError, Rule, Sector, load_rules, the_gate, the_policy
from huichang.materials.policy.frames import example, is_frame, read_frame, words_of
from huichang.materials.policy.lexicon import load_lexicon
from huichang.materials.policy.rules import read_folder
from huichang.themes.deny import denied_topics
from infra.bench.policy import CASES, FRESH, LEAST_UNSEEN_PRECISION, LEAST_UNSEEN_RECALL, LIMITS, Case, blind, measure, read_cases


def cases() -> list[Case]:
    return [case for path in sorted(CASES.glob("*.yaml")) if path.stem not in LIMITS | {FRESH} for case in read_cases(path)]


def rules_of(text: str, **more: object) -> list[str]:
    return [finding.rule for finding in the_gate().text(text, **more).findings]  # type: ignore[arg-type]


def a_rule(**changes: object) -> Rule:
    values = {
        "id": "zh.test.one",
        "kind": "absolute",
        "law": "x",
        "message": {"zh": "甲", "en": "a"},
        "mend": {"zh": "乙", "en": "b"},
        "words": ("禁词",),
    }
    return Rule.model_validate(values | changes)


def test_there_are_enough_cases_of_both_kinds_in_both_languages() -> None:
    all_cases = cases()
    texts = [case.text for case in all_cases]
    assert len(set(texts)) == len(texts)
    assert sum(bool(case.kind) for case in all_cases) >= 200
    assert sum(not case.kind for case in all_cases) >= 200
    sectors = {"medical", "food", "cosmetics", "finance", "education", "absolute", "deceptive", "unsafe", "evaded"}
    for language in ("zh", "en"):
        assert sectors <= {case.kind for case in all_cases if case.language == language}


def test_every_case_is_told_rightly() -> None:
    assert measure(the_gate(), cases())["wrong"] == []


def test_the_fresh_cases_that_may_be_studied_are_told_rightly_and_the_others_well_enough() -> None:
    found = blind(the_gate(), read_cases(CASES / "fresh.yaml"))
    assert found["look_wrong"] == []
    unseen = found["held_out"]["all"]
    assert unseen["recall"] >= LEAST_UNSEEN_RECALL
    assert unseen["precision"] >= LEAST_UNSEEN_PRECISION


def test_the_halves_do_not_hang_on_the_order_of_the_cases() -> None:
    halves = [case.held_out for case in read_cases(CASES / "fresh.yaml")]
    assert 0.4 < sum(halves) / len(halves) < 0.6


def test_the_known_limits_are_limits_still() -> None:
    met = [case.text for case in read_cases(CASES / "limits.yaml") if the_gate().text(case.text, sector=case.sector).blocked]
    assert met == []  # move it to hard.yaml


def sector_of(rule: Rule) -> Sector | None:
    return rule.sectors[0] if rule.sectors else None


def said(rule: Rule) -> dict[str, str]:
    """Each word of a rule, and each frame with each word of its classes (in the first frame that has them), in a sentence: by what it tries."""
    lexicon = load_lexicon()
    found = {word: word.replace("<n>", "7").replace("*", "xx") for word in rule.words}
    tried: set[str] = set()
    for text in rule.frames:
        frame = read_frame(text)
        found[text] = example(frame, lexicon)
        for place, slot in enumerate(frame.slots):
            for name in set(frame.alternatives(slot)) - tried:
                tried.add(name)
                found |= {f"{text} [{word}]": example(frame, lexicon, {place: word}) for word in words_of(name, lexicon)}
    return {tries: f"青花 {words} 陶碗" for tries, words in found.items()}


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.id)
def test_every_word_of_a_rule_is_met_and_every_harmless_phrase_is_none_of_it(rule: Rule) -> None:
    gate = Gate((rule,))
    for word in rule.words:
        assert gate.text(f"本店 {word.replace('<n>', '7').replace('*', 'xx')} 好物", sector=sector_of(rule)).findings, word
    for text in rule.frames:
        frame = read_frame(text)
        assert gate.text(f"本店 {example(frame, load_lexicon())} 好物", sector=sector_of(rule)).findings, text
    for phrase in rule.but:
        harmless = example(read_frame(phrase), load_lexicon()) if is_frame(phrase) else phrase.replace("<n>", "7")
        found = gate.text(f"本店 {harmless} 好物", sector=sector_of(rule)).findings
        assert not found, (phrase, [finding.words for finding in found])


def test_no_harmless_phrase_is_idle() -> None:
    idle = {
        rule.id: [
            phrase
            for phrase in rule.but
            if not Gate((rule.model_copy(update={"but": ()}),), contexts=())
            .text(example(read_frame(phrase), load_lexicon()) if is_frame(phrase) else phrase.replace("<n>", "7"), sector=sector_of(rule))
            .findings
        ]
        for rule in load_rules()
        if rule.frames
    }
    assert {rule: phrases for rule, phrases in idle.items() if phrases} == {}


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.id)
def test_what_every_rule_finds_can_be_mended(rule: Rule) -> None:
    """The proposal, or the cut, leaves a text that passes and still says what was harmless in it."""
    gate = the_gate()
    for tried, text in said(rule).items():
        mended = gate.mended(text, sector=sector_of(rule))
        assert not gate.text(mended, sector=sector_of(rule)).blocked, (tried, mended)
        assert "陶碗" in mended, (tried, text, mended)


@pytest.mark.parametrize(
    "text",
    ["最好", "最 好", "最·好", "最\u200b好", "最🔥好", "最\n好", "蕞好", "【最】【好】", "最-好", "ｚｕｉ好"],
)
def test_a_word_is_met_however_it_is_set_apart(text: str) -> None:
    assert the_gate().text(text).blocked


@pytest.mark.parametrize("text", ["國家級", "囯家级", "国，家，级", "国 家 级", "国●家●级", "国*家*级"])
def test_traditional_and_set_apart(text: str) -> None:
    assert rules_of(text) == ["zh.absolute.level"]


@pytest.mark.parametrize(
    "text",
    [
        "BEST deals",
        "besssst deals",
        "b e s t deals",
        "b.e.s.t deals",
        "b3st deals",
        "ｂｅｓｔ deals",
        "bеst deals",
        "bést deals",
        "be\u200bst deals",
        "𝐛𝐞𝐬𝐭 deals",
    ],
)
def test_latin_words_are_met_however_they_are_written(text: str) -> None:
    assert rules_of(text) == ["en.absolute.best"]


@pytest.mark.parametrize("text", ["bestow", "asbestos", "Bestway", "guaranteeing nothing", "curettes", "grape", "Essex", "6500K, size X"])
def test_a_latin_word_is_met_whole(text: str) -> None:
    assert rules_of(text) == []


def test_a_sentence_that_ends_between_two_characters_makes_no_word() -> None:
    assert rules_of("这件在柜顶，级别分三层") == []
    assert rules_of("放在楼顶。级联安装") == []


def test_a_finding_says_rule_words_place_law_and_mend_in_both_languages() -> None:
    (finding,) = the_gate().text("匠心 顶🔥级 面料", "hero.title").findings
    assert (finding.rule, finding.severity, finding.place) == ("zh.absolute.level", "block", "hero.title")
    assert finding.words == "顶🔥级" == "匠心 顶🔥级 面料"[finding.start : finding.end]
    assert finding.law == "广告法第九条第(三)项"
    assert finding.instead == "优质"
    assert set(finding.message) == set(finding.mend) == {"zh", "en"}
    assert finding.said("zh") == "hero.title: 「顶🔥级」 级别类绝对化用语 (广告法第九条第(三)项)"


def test_the_longest_word_is_told_once() -> None:
    assert [finding.words for finding in the_gate().text("全网第一品牌").findings] == ["全网第一品牌"]
    assert [finding.words for finding in the_gate().text("best price guaranteed").findings] == ["best price guaranteed"]


def test_offsets_hold_behind_characters_that_fold_to_several() -> None:
    text = "½㎏ﬁ 最佳"
    (finding,) = the_gate().text(text).findings
    assert text[finding.start : finding.end] == "最佳"


def test_a_rule_of_a_sector_holds_there_only() -> None:
    assert rules_of("强效面霜", sector="cosmetics") == ["zh.cosmetics.strong"]
    assert rules_of("强效面霜") == []
    assert the_policy("beauty").sector == "cosmetics"
    assert the_policy("toys").sector is None


def test_a_merchants_words_are_judged_by_their_own_measure() -> None:
    gate = the_gate()
    assert gate.text("最好的玩偶", origin="product").blocked
    assert gate.text("Quality steel, unbeatable", origin="product").findings == ()
    assert gate.text("象牙手镯", origin="product").blocked
    assert gate.text("President backpack", origin="product").findings == ()
    assert gate.text("President backpack").blocked  # a name of ours may not play with politics


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("顶级羊绒，全网最低价", "优质羊绒，低价"),
        ("最好的礼物", "好的礼物"),
        ("永不褪色的印花", "不易褪色的印花"),
        ("100%不掉色", "不易掉色"),
        ("The best deals, guaranteed", "The deals"),
        ("熊猫玩偶专场", "熊猫玩偶专场"),
        ("第一", ""),
        ("國家級", ""),
    ],
)
def test_mended_words_may_be_said(text: str, said: str) -> None:
    mended = the_gate().mended(text)
    assert mended == said
    assert not the_gate().text(mended).blocked


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="最好第一国家级 ，.顶b e s t#1\u200b熊猫", max_size=40))
def test_whatever_is_mended_passes_and_offsets_lie_in_the_text(text: str) -> None:
    gate = the_gate()
    assert not gate.text(gate.mended(text)).blocked
    for finding in gate.text(text).findings:
        assert 0 <= finding.start < finding.end <= len(text)


def test_a_text_of_thousands_of_hits_is_told_in_bounds() -> None:
    verdict = the_gate().text("最" * 20_000)
    assert verdict.blocked
    assert len(verdict.findings) == 200


def test_the_hash_of_the_rules_stands_in_the_verdict_and_moves_with_them() -> None:
    one, other = Gate((a_rule(),)), Gate((a_rule(words=("别的",)),))
    assert one.text("x").rules == one.hash != other.hash
    assert Gate((a_rule(),)).hash == one.hash


def test_brand_rules_hold_on_top_of_the_law() -> None:
    brand = BrandRules(owner="campaign:c-1", forbidden=("清仓价",), competitors=("Acme",))
    policy = the_policy("toys", (brand,))
    assert [f.rule for f in policy.text("清 仓 价，better than ACME").findings] == ["brand.forbidden", "brand.competitor"]
    assert policy.text("顶级").blocked
    assert not the_policy("toys").text("清仓价 Acme").blocked
    asked = the_policy("toys", (brand.model_copy(update={"owner": "merchant:m-1"}),)).text("清仓价")
    assert (asked.blocked, [f.severity for f in asked.findings]) == (False, ["warn"])


@pytest.mark.parametrize("words", [("！！",), ("x",), ("字" * 61,)])
def test_a_brand_word_that_is_none_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="forbidden"):
        BrandRules(owner="everywhere", forbidden=words)


def test_the_denied_topics_are_read_from_where_they_stand() -> None:
    ids = {rule.id for rule in load_rules()}
    assert {f"denied.{topic.topic}" for topic in denied_topics()} <= ids


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "cannot be used"),
        ("a: 1", "a list of rules is expected"),
        ("- {id: a.b, kind: absolute, law: x, message: {zh: a}, mend: {zh: a, en: b}, words: [x1]}", "message and mend need zh and en"),
        ("- {id: a.b, kind: odd, law: x, message: {zh: a, en: b}, mend: {zh: a, en: b}, words: [x1]}", "kind"),
        (
            "- {id: a.b, kind: absolute, law: x, message: {zh: a, en: b}, mend: {zh: a, en: b}, words: [x1], instead: {y: z}}",
            "none of its words",
        ),
        (
            "- &r {id: a.b, kind: absolute, law: x, message: {zh: a, en: b}, mend: {zh: a, en: b}, words: [x1]}\n- *r",
            "two rules are called a.b",
        ),
    ],
)
def test_a_rule_file_that_cannot_be_used_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PermanentError, match=said) as raised:
        read_folder(tmp_path)
    assert raised.value.where == "policy/rules/odd.yaml"


def test_the_error_names_every_place_and_mend() -> None:
    verdict = the_gate().check(
        [Passage(text="顶级", place="floors[1].title"), Passage(text="熊猫"), Passage(text="No. 1", place="floors[3].title")]
    )
    error = PolicyError(verdict, "en")
    assert (error.status, error.code, error.where) == (422, "policy_blocked", "floors[1].title")
    assert [place for place, _ in error.details] == ["floors[1].title", "floors[3].title"]
    assert "→ 优质" in error.mend
