"""`huichang eval rules`: the formats, the figures worked out by hand, and that production's own code is what runs."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from huichang.adapters.index import open_index
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.models import CallContext, Prompt
from huichang.selection.model import Condition, Eligibility
from infra.bench.rules import DATA, passed
from infra.evaluation.rules import BuiltIn, configured_model, f1, run
from infra.evaluation.rules_files import EvalIndex, read_briefs, read_products
from tests.support.cli import Cli
from tests.support.products import DIMENSION, make_items

PRODUCTS: list[dict[str, Any]] = [
    {"id": f"m{n}", "title": f"Mug {n}", "language": "en", "category_path": ["Kitchen", "Mugs"], "brand": "Acme" if n < 5 else None,
     "attributes": {"material": "cotton" if n < 4 else "glass"}, "price": n * 10, "free_shipping": n % 2 == 0, "rating": None if n == 9 else 4 + n / 10}
    for n in range(1, 10)
] + [{"id": "x", "title": "Nothing known", "category_path": ["Kitchen"], "price": None}]  # fmt: skip


def a_brief(text: str, **more: Any) -> dict[str, Any]:
    return {"brief": text, "language": "en", "pool": ["mugs"], "where": [], "percentile": [], "unsupported": [], "conflict": False} | more


def condition(indicator: str, op: str, value: Any) -> dict[str, Any]:
    return {"indicator": indicator, "op": op, "value": value}


def written(folder: Path, name: str, records: list[Any]) -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), encoding="utf-8")
    return path


def measured(folder: Path, *briefs: dict[str, Any]) -> dict[str, Any]:
    return run(written(folder, "p.jsonl", PRODUCTS), written(folder, "b.jsonl", list(briefs)))


def test_what_is_read_as_labelled_scores_one(tmp_path: Path) -> None:
    found = measured(
        tmp_path,
        a_brief(
            "mugs under 50 with free shipping", where=[condition("price", "<", 50), condition("free_shipping", "=", True)], tag="number"
        ),
        a_brief("cheap mugs", percentile=[{"indicator": "price", "op": "<=", "p": 30}], tag="vague"),
        a_brief("cotton mugs", where=[condition("attribute", "in", ["cotton"])], tag="text"),
        a_brief(
            "低价杯子，直播带货",
            language="zh",
            pool=None,
            percentile=[{"indicator": "price", "op": "<=", "p": 30}],
            unsupported=["直播"],
            tag="told",
        ),
        a_brief(
            "mugs under 20 and over 60", where=[condition("price", "<", 20), condition("price", ">", 60)], conflict=True, tag="conflict"
        ),
    )
    assert (found["briefs"], found["f1"], found["exact"], found["invented"], found["products"]) == (5, 1.0, 1.0, 0, 10)
    assert found["conflicts"] == {"expected": 1, "told": 1, "false": 0}
    assert found["unsupported"] == {"expected": 1, "told": 1, "over_told": 0}
    assert set(found["by_language"]) == {"zh", "en"}
    assert found["by_tag"]["told"]["briefs"] == 1
    assert found["wrong"] == []


def test_what_is_not_read_as_labelled_is_counted_and_shown(tmp_path: Path) -> None:
    # Asked for: 10, 20, 30, 40. Read: under 30, which leaves 10 and 20. Of four wanted two were found, both right: 2*2/(4+2).
    found = measured(tmp_path, a_brief("mugs under 30", where=[condition("price", "<=", 40)], unsupported=["handmade"], conflict=True))
    assert (found["f1"], found["exact"]) == (0.6667, 0.0)
    assert found["conflicts"] == {"expected": 1, "told": 0, "false": 0}
    assert found["unsupported"] == {"expected": 1, "told": 0, "over_told": 0}
    (wrong,) = found["wrong"]
    assert (wrong["expected"], wrong["found"], wrong["missed"]) == (["price <= 40.0"], ["price < 30.0"], ["handmade"])


def test_unknown_meets_nothing_and_two_empty_sets_agree(tmp_path: Path) -> None:
    found = measured(
        tmp_path,
        a_brief("rated above 4.9", pool=None, where=[condition("rating", ">", 4.9)]),  # m9 would, were its rating known
        a_brief("ships within 2 days", pool=None, where=[condition("ship_within_hours", "<=", 48)]),
        a_brief("no free shipping please, exclude free shipping", pool=None, where=[condition("free_shipping", "=", False)]),
    )
    assert found["f1"] == 1.0
    assert f1(frozenset(), frozenset()) == 1.0
    assert f1(frozenset("a"), frozenset()) == 0.0


def test_a_model_that_invents_is_counted(tmp_path: Path) -> None:
    class Inventor:
        def ask(self, prompt: Prompt, answer: Any, context: CallContext) -> Any:
            item = {"indicator": "margin", "op": ">=", "value": 3, "percentile": None, "because": "mugs"}
            return answer.model_validate({"conditions": [item, item | {"indicator": "price", "because": "never said"}], "unsupported": []})

    briefs = written(tmp_path, "b.jsonl", [a_brief("mugs")])
    found = run(written(tmp_path, "p.jsonl", PRODUCTS), briefs, model=Inventor())
    assert (found["invented"], found["exact"], found["model"]) == (1, 1.0, "configured endpoint")


def test_percentiles_and_values_are_those_of_the_embedded_index(tmp_path: Path) -> None:
    items = make_items(range(60))
    embedded = open_index(f"sqlite://{tmp_path}", index="products", dimension=DIMENSION)
    embedded.upsert(items)
    path = tmp_path / "p.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for item in items:
            lines.write(item.product.model_dump_json() + "\n")
    index = EvalIndex(read_products(path))
    where = Eligibility(enrolled=False, min_stock=0, conditions=(Condition(indicator="price", op=">=", value=5.0),))
    for code in ("price", "sales_30d", "rating", "discount_rate"):
        for p in (0, 30, 47.3, 80, 100):
            assert index.percentile(code, p, where) == embedded.percentile(code, p, where)
    assert index.count(where) == embedded.count(where)
    brand = next(item.product.brand for item in items if item.product.brand)
    assert index.known_values("brand", [brand], where) == embedded.known_values("brand", [brand], where)


@pytest.mark.parametrize(
    ("name", "text", "where", "what"),
    [
        ("p", "{", "p.jsonl:1", "no JSON"),
        ("p", "[]", "p.jsonl:1", "no JSON object"),
        ("p", '{"title":"x"}', "p.jsonl:1", "needs an id"),
        ("p", '{"id":"a"}\n{"id":"a"}', "p.jsonl:2", "stands twice"),
        ("p", '{"id":"a","price":"cheap"}', "p.jsonl:1", "no number"),
        ("p", '{"id":"a","free_shipping":1}', "p.jsonl:1", "neither true"),
        ("p", '{"id":"a","category_path":"x"}', "p.jsonl:1", "no list"),
        ("p", "", "p.jsonl", "no product"),
        ("b", "", "b.jsonl", "no brief"),
        ("b", '{"language":"en"}', "b.jsonl:1", "sentence"),
        ("b", '{"brief":"x","where":[{"indicator":"margin","op":"<=","value":3}]}', "b.jsonl:1", "no indicator"),
        ("b", '{"brief":"x","where":[{"indicator":"price","op":"~","value":3}]}', "b.jsonl:1", "cannot be compared"),
        ("b", '{"brief":"x","where":[{"indicator":"free_shipping","op":"=","value":3}]}', "b.jsonl:1", "true or false"),
        ("b", '{"brief":"x","percentile":[{"indicator":"price","op":"<","p":3}]}', "b.jsonl:1", "<= or >="),
        ("b", '{"brief":"x","pool":"mugs"}', "b.jsonl:1", "pool"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, name: str, text: str, where: str, what: str) -> None:
    path = tmp_path / f"{name}.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=what) as raised:
        read_products(path) if name == "p" else read_briefs(path)
    assert raised.value.where == where


def test_the_command_prints_json_or_a_table_and_says_what_is_wrong(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    products = str(written(tmp_path, "p.jsonl", PRODUCTS))
    briefs = str(written(tmp_path, "b.jsonl", [a_brief("mugs under 30", where=[condition("price", "<", 30)], tag="number")]))
    ran = cli("eval", "rules", "--products", products, "--briefs", briefs, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["f1"] == 1.0
    assert "number" in cli("eval", "rules", "--products", products, "--briefs", briefs).out
    assert cli("eval", "rules", "--products", products, "--briefs", str(tmp_path / "none.jsonl")).code == 2


def test_a_model_needs_an_endpoint() -> None:
    with pytest.raises(InvalidInputError, match="MODEL_API_KEY"):
        configured_model({"MODEL_BASE_URL": "http://127.0.0.1:9/v1", "CHAT_MODEL": "m"})
    assert configured_model({"MODEL_BASE_URL": "http://127.0.0.1:9/v1", "CHAT_MODEL": "m", "MODEL_API_KEY": "k"})
    with pytest.raises(InvalidInputError, match="cannot answer"):
        BuiltIn().ask(Prompt(name="write_copy", version=1, system="", user=""), Any, CallContext(campaign_id="c"))


def test_the_development_briefs_are_well_formed_and_the_bench_knows_when_it_failed() -> None:
    briefs = read_briefs(DATA / "briefs_dev.jsonl")
    assert len(briefs) >= 170
    assert {brief.language for brief in briefs} == {"zh", "en"}
    assert len({brief.brief for brief in briefs}) == len(briefs)
    good = {"invented": 0, "f1": 0.95}
    assert passed({"briefs_dev": good})
    assert not passed({"briefs_dev": good, "briefs_heldout": good | {"f1": 0.9}})
    assert not passed({"briefs_dev": good | {"invented": 1}})
