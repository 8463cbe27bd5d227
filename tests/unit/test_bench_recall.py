from __future__ import annotations

from pathlib import Path

import pytest

from huichang.kernel.language import detect_language
from infra.bench.judging import JUDGMENTS, holds, judge, text
from infra.bench.recall import FLOORS, passed
from infra.evaluation.files import read_judgments


def test_the_judgments_are_what_the_rules_say_of_the_sample_as_it_is() -> None:
    # On failure: the sample or a rule has changed; run `python -m infra.bench.judging` and read what moved.
    assert JUDGMENTS.read_text(encoding="utf-8") == text()


def test_both_languages_ask_enough_and_every_query_has_a_best_answer() -> None:
    judged = read_judgments(Path(JUDGMENTS))
    languages = [detect_language(query) for query in judged]
    assert min(languages.count("zh"), languages.count("en")) >= 20
    assert all(max(grades.values()) == 3 for grades in judged.values())


def test_a_rule_holds_where_all_of_it_does() -> None:
    record = {"title": "红色陶瓷杯", "category_path": ["餐厨", "马克杯"], "attributes": {"材质": "陶瓷"}}
    assert holds({"grade": 3, "category": ["马克杯"], "材质": ["陶瓷", "玻璃"], "title": ["红"]}, record)
    assert not holds({"grade": 3, "category": ["餐厨"]}, record)
    assert not holds({"grade": 3, "category": ["马克杯"], "规格": ["500ml"]}, record)


def test_the_highest_grade_counts_and_a_rule_that_judges_nothing_is_refused() -> None:
    records = [{"id": "a", "title": "x", "category_path": ["杯"], "attributes": {"材质": "陶瓷"}}]
    rules = [{"grade": 3, "材质": ["陶瓷"]}, {"grade": 1, "category": ["杯"]}]
    assert judge([{"query": "q", "rules": rules}], records) == {"q": {"a": 3}}
    with pytest.raises(ValueError, match="no product meets"):
        judge([{"query": "q", "rules": [{"grade": 1, "category": ["碗"]}]}], records)


def test_one_language_below_its_floor_fails_the_benchmark() -> None:
    held = {language: {"fused": {"ndcg_at_10_all": floor}} for language, floor in FLOORS.items()}
    assert passed(held)
    assert not passed(held | {"zh": {"fused": {"ndcg_at_10_all": FLOORS["zh"] - 0.01}}})
