"""The measures of `huichang eval recall`, its files, and the command on a tiny set with made-up vectors."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.evaluation import embeddings
from infra.evaluation.chorus import product as chorus_product
from infra.evaluation.embeddings import DIMENSION, CachedEmbedder
from infra.evaluation.files import BadFileError, product_of, read_judgments, read_products
from infra.evaluation.metrics import judged_only, ndcg, percentile, recall, reciprocal_rank

GRADES = {"a": 3.0, "b": 0.0, "c": 1.0}


def test_ndcg_by_hand() -> None:
    ideal = 7 + 1 / np.log2(3)
    assert ndcg(["a", "c"], GRADES) == pytest.approx(1)
    assert ndcg(["x", "a", "c"], GRADES) == pytest.approx((7 / np.log2(3) + 1 / 2) / ideal)
    assert ndcg(["x"] * 10 + ["a"], GRADES) == 0
    assert ndcg(["a"], {"a": 0.0}) == 0
    assert judged_only(["x", "c", "y", "a"], GRADES) == ["c", "a"]


def test_recall_and_reciprocal_rank_count_grades_above_nought() -> None:
    assert recall(["b", "a", "x"], GRADES, 3) == 0.5
    assert recall(["b", "a", "c"], GRADES, 2) == 0.5
    assert reciprocal_rank(["b", "x", "c"], GRADES) == pytest.approx(1 / 3)
    assert reciprocal_rank(["b"], GRADES) == 0
    assert percentile([4, 1, 3, 2], 0.5) == 2.5


def test_a_row_becomes_a_product_whatever_its_price() -> None:
    row = {"id": 7, "title": "t" * 500, "attributes": {"n": 3, "list": ["a", "b"], "none": None}, "price": 0, "list_price": 5}
    product = product_of(row)
    assert (product.id, len(product.title), product.language) == ("7", 400, "en")
    assert product.attributes == {"n": "3", "list": "a, b"}
    assert product_of({"id": "1", "title": "x", "price": 4, "list_price": 5}).discount_rate == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (['{"id": "1"}'], "p.jsonl:1: no field 'title'"),
        (['{"id": "1", "title": "x"}', "nonsense"], "p.jsonl:2"),
        (['{"id": "1", "title": "x"}', '{"id": "1", "title": "y"}'], "a second product"),
        (['{"id": "1", "title": "x", "language": "fr"}'], "language"),
        (["[1]"], "p.jsonl:1"),
        ([], "no product"),
    ],
)
def test_a_bad_product_file_names_the_line(tmp_path: Path, lines: Sequence[str], says: str) -> None:
    file = tmp_path / "p.jsonl"
    file.write_text("\n".join(lines))
    with pytest.raises(BadFileError, match=says):
        read_products(file)


def test_bad_judgments_are_named(tmp_path: Path) -> None:
    file = tmp_path / "j.csv"
    for text, says in (
        ("query,grade\nx,1\n", "no column product_id"),
        ("query,product_id,grade\nx,1,good\n", "j.csv:2"),
        ("", "no column"),
    ):
        file.write_text(text)
        with pytest.raises(BadFileError, match=says):
            read_judgments(file)


def test_the_chorus_set_in_our_format() -> None:
    row = {
        "id": "1",
        "title": "HP 80",
        "supplier": "HP",
        "price": 950,
        "attr_t_ink_type": "Dye",
        "attr_n_quantity_per_pack": 1.0,
        "ean": [],
    }
    assert chorus_product(row)["attributes"] == {"ink type": "Dye", "quantity per pack": "1.0"}
    assert product_of(chorus_product(row)).price.amount == 9.5


class HashEmbedder:
    """A stand-in for the model: a text's vector is drawn by its words."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> list[np.ndarray]:
        self.texts += texts
        return [self._vector(text) for text in texts]

    @staticmethod
    def _vector(text: str) -> np.ndarray:
        words = text.partition(": ")[2].lower().split()
        total = sum(np.random.default_rng(sum(map(ord, word))).standard_normal(DIMENSION) for word in words)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


def test_embeddings_are_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = HashEmbedder()
    monkeypatch.setattr(embeddings, "Embedder", lambda: model)
    first = CachedEmbedder(tmp_path).passages(["red lamp", "blue lamp", "red lamp"])
    again = CachedEmbedder(tmp_path).passages(["blue lamp"])
    assert model.texts == ["passage: red lamp", "passage: blue lamp"]
    assert np.array_equal(first[1], again[0])
    assert np.array_equal(first[0], first[2])


def test_the_command_on_a_tiny_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "Embedder", HashEmbedder)
    goods = [("1", "red desk lamp"), ("2", "blue desk"), ("3", "garden hose"), ("4", "lamp oil")]
    with gzip.open(tmp_path / "p.jsonl.gz", "wt") as stream:
        stream.writelines(json.dumps({"id": name, "title": title, "language": "en", "price": 3}) + "\n" for name, title in goods)
    (tmp_path / "j.csv").write_text("query,product_id,grade\ndesk lamp,1,3\ndesk lamp,2,1\ndesk lamp,3,0\nnothing,3,0\n")
    asked = ["eval", "recall", "--products", str(tmp_path / "p.jsonl.gz"), "--judgments", str(tmp_path / "j.csv")]
    done = CliRunner().invoke(app, [*asked, "--cache", str(tmp_path / "cache"), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["products"], found["queries"], found["skipped"], found["judgments"]) == (4, 1, 1, 4)
    assert found["paths"]["search"]["mrr"] == 1
    assert found["paths"]["fused"]["ndcg_at_10_judged"] == 1
    assert found["paths"]["fused"]["recall_at_10"] == 1


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    missing = ["eval", "recall", "--products", str(tmp_path / "none"), "--judgments", str(tmp_path / "none"), "--json"]
    done = CliRunner().invoke(app, missing)
    assert done.exit_code == 2
    assert "none" in done.output
