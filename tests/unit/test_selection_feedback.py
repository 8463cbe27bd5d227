"""The question by meaning, pulled by what its words find."""

from __future__ import annotations

import pytest

from huichang.selection.feedback import pulled, with_feedback
from huichang.selection.model import Eligibility
from tests.support.fakes import FakeProductIndex
from tests.support.products import make_product

EVERYTHING = Eligibility(enrolled=False, min_stock=0)


def test_rocchio_by_hand() -> None:
    assert pulled([1.0, 0.0], []) == [1.0, 0.0]
    assert pulled([1.0, 0.0], [[0.0, 1.0], [0.0, 1.0]], 1.0) == pytest.approx([0.5**0.5, 0.5**0.5])
    assert pulled([1.0, 0.0], [[-1.0, 0.0]], 1.0) == [1.0, 0.0]  # no direction is left: the question stays


def test_it_moves_towards_what_the_words_find_and_only_among_the_eligible() -> None:
    index = FakeProductIndex([make_product(number) for number in range(60)])
    asked = index.embeddings.vector("something else entirely")
    pandas = index.known_vectors([make_product(0).embedding_hash()])[make_product(0).embedding_hash()]

    def near(vector: list[float]) -> float:
        return sum(one * other for one, other in zip(vector, pandas, strict=True))

    moved = with_feedback(index, asked, {"zh": ("熊猫玩偶",)}, EVERYTHING)
    assert near(moved) > near(asked)
    assert sum(value * value for value in moved) == pytest.approx(1)
    nobody = EVERYTHING.model_copy(update={"product_ids": ()})
    assert with_feedback(index, asked, {"zh": ("熊猫玩偶",)}, nobody) == asked
    assert with_feedback(index, asked, {"zh": ("没有这个词",)}, nobody) == asked
    assert index.calls["search"] == 3
