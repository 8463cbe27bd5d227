"""The handler of the console's files, and what those files promise. Needs no browser."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from functions.serve_console import app
from huichang.catalog.imports import ImportState
from huichang.catalog.indicators import INDICATORS
from huichang.line import evidence, inspecting
from huichang.materials.model import TRANSITIONS, ReviewConstraint
from huichang.materials.styles.packages import load_presets
from huichang.pages import inspection, reading, seeing
from huichang.pages.finding_words import rule_words
from huichang.pages.templates import load_templates
from huichang.selection.model import LeftOutCode
from huichang.venues.model import VENUE_STEPS, CampaignStatus, VenueStatus
from huichang.web.access import ROLES

STATIC = Path(app.STATIC)
CONTEXT: Any = SimpleNamespace(function_name="console", memory_limit_in_mb=128, invoked_function_arn="arn:aws:lambda:x", aws_request_id="1")
SCRIPTS = {path.name: path.read_text() for path in STATIC.glob("*.js")}
WORDS: dict[str, dict[str, str]] = {code: json.loads((STATIC / f"words.{code}.json").read_text()) for code in ("zh", "en")}


def get(path: str | None, **headers: str) -> dict[str, Any]:
    return app.handler({"pathParameters": {"proxy": path} if path is not None else None, "headers": headers}, CONTEXT)


def directives(answer: dict[str, Any]) -> dict[str, list[str]]:
    policy = answer["headers"]["Content-Security-Policy"]
    return {name: values for name, *values in (part.split() for part in policy.split("; "))}


@pytest.mark.parametrize("place", [None, "", "campaigns/c-1", "venues/v-1/products", "callback", "review/"])
def test_places_inside_the_console_answer_with_its_page(place: str | None) -> None:
    answer = get(place)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert '<script type="module" src="/console/main.js">' in answer["body"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("main.js", "text/javascript"),
        ("console.css", "text/css"),
        ("words.zh.json", "application/json"),
        ("seal.svg", "image/svg+xml"),
    ],
)
def test_files_carry_their_type_and_are_not_sniffed(name: str, kind: str) -> None:
    answer = get(name)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"].startswith(kind)
    assert answer["headers"]["X-Content-Type-Options"] == "nosniff"
    assert answer["body"] == (STATIC / name).read_text()


@pytest.mark.parametrize(
    "path", ["../app.py", "..", "static/../../app.py", "/etc/passwd.txt", "%2e%2e/app.py", "nothing.js", "..\\app.py"]
)  # fmt: skip
def test_nothing_outside_static_is_served(path: str) -> None:
    answer = get(path)
    assert answer["statusCode"] == 404
    assert "def handler" not in answer["body"]


def test_an_unchanged_file_is_304_and_a_changed_one_is_not() -> None:
    first = get("main.js")
    again = get("main.js", **{"if-none-match": first["headers"]["ETag"]})
    assert again["statusCode"] == 304
    assert "body" not in again
    assert again["headers"]["ETag"] == first["headers"]["ETag"]
    assert get("main.js", **{"if-none-match": '"another"'})["statusCode"] == 200
    assert first["headers"]["Cache-Control"] == "no-cache"


def test_the_policy_allows_our_own_files_and_nothing_inline() -> None:
    policy = directives(get("main.js"))
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["frame-src"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'none'"]
    assert not any("unsafe" in value for values in policy.values() for value in values)


def test_the_policy_lets_the_page_talk_to_the_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_ISSUER", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool")
    monkeypatch.setenv("CONSOLE_CONNECT_ORIGINS", "https://signin.example.com")
    wanted = ["'self'", "https://cognito-idp.eu-west-1.amazonaws.com", "https://signin.example.com"]
    assert directives(get(""))["connect-src"] == wanted


def test_binary_files_are_sent_as_base64(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(b"\x89PNG\x00\xff")
    monkeypatch.setattr(app, "STATIC", tmp_path)
    app._files.cache_clear()
    try:
        answer = get("dot.png")
    finally:
        app._files.cache_clear()
    assert answer["isBase64Encoded"] is True
    assert base64.b64decode(answer["body"]) == b"\x89PNG\x00\xff"
    assert answer["headers"]["Content-Type"] == "image/png"


def test_the_page_has_no_inline_code() -> None:
    page = (STATIC / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", page) == []


def test_no_script_turns_data_into_markup() -> None:
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|ContextualFragment"
    assert {name: found for name, text in SCRIPTS.items() if (found := re.findall(sinks, text))} == {}


def test_scripts_import_only_each_other() -> None:
    for name, text in SCRIPTS.items():
        for source in re.findall(r'from "([^"]+)"', text):
            assert (STATIC / source.removeprefix("/console/")).is_file(), f"{name} imports {source}"


# --- words ----------------------------------------------------------------------------------------------------------


def test_both_languages_have_the_same_words() -> None:
    # English tells one from many; Chinese does not.
    plain = {code: {key for key in table if "#" not in key} for code, table in WORDS.items()}
    assert plain["zh"] ^ plain["en"] == set()
    assert not [key for table in WORDS.values() for key, text in table.items() if not text.strip()]


def test_translations_take_the_same_parameters() -> None:
    def taken(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    different = {key for key, text in WORDS["zh"].items() if taken(text) != taken(WORDS["en"][key])}
    assert different == set()
    for key, text in WORDS["en"].items():
        if "#" in key:
            assert taken(text) == taken(WORDS["en"][key.split("#")[0]]), key


def test_every_word_the_scripts_ask_for_exists() -> None:
    asked = {key for text in SCRIPTS.values() for key in re.findall(r'\btn?\(\s*"([^"]+)"', text)}
    asked |= {key for text in SCRIPTS.values() for pair in re.findall(r'\bt\(\w[^"()?]*\? "([^"]+)" : "([^"]+)"', text) for key in pair}
    assert len(asked) > 250
    assert asked - WORDS["en"].keys() == set()


def test_every_state_and_code_of_the_product_has_words() -> None:
    codes = get_args(ReviewConstraint.model_fields["code"].annotation)
    wanted = [
        *(f"venue.{name}" for name in get_args(VenueStatus)),
        *(f"campaign.{name}" for name in get_args(CampaignStatus)),
        *(f"step.{name}" for name in VENUE_STEPS),
        *(f"material.{name}" for name in TRANSITIONS),
        *(f"reason.{name}" for name in codes),
        *(f"indicator.{name}" for name in INDICATORS),
        *(f"role.{name}" for name in ROLES),
        *(f"import.{name}" for name in get_args(ImportState)),
        *(f"pixels.{name}" for name in ("passed", "failed", "not_run")),
        *(f"path.{name}" for name in ("search", "vector", "rules")),
    ]
    assert [key for key in wanted if key not in WORDS["en"]] == []
    # The digits of the review screen are the API's codes, in this order.
    listed = re.search(r"REASONS = \[([^\]]+)\]", SCRIPTS["materials.js"])
    assert listed
    assert tuple(re.findall(r'"(\w+)"', listed[1])) == codes


def test_every_rule_of_the_inspection_has_its_words() -> None:
    """Older rules reach the console as a rule and an English message, and people read the console's words; others bring theirs along."""
    source = Path(str(inspection.__file__)).read_text("utf-8")
    rules = set(re.findall(r'"(?:blocker|warning)"(?: if [^,]+)?,\s*"([a-z]+(?:-[a-z]+)+|language)"', source))
    assert len(rules) > 15
    for words in WORDS.values():
        assert {rule for rule in rules if f"finding.{rule}" not in words or f"finding.{rule}.mend" not in words} == set()
    theirs = set()
    for module in (seeing, reading, evidence, inspecting):
        source = Path(str(module.__file__)).read_text("utf-8")
        theirs |= set(re.findall(r'(?:_at\(\s*sight,|finding\()\s*"([a-z]+(?:-[a-z]+)*)"', source))
    assert len(theirs) > 25
    assert theirs <= set(rule_words())


def test_every_template_and_what_speaks_for_it_has_its_words() -> None:
    for manifest in load_templates().values():
        for words in WORDS.values():
            assert f"template.{manifest.id}" in words
        assert all(re.search(r"[\u4e00-\u9fff]", rule.because["zh"]) and rule.because["en"].isascii() for rule in manifest.rules), (
            manifest.id
        )
    for style_id in load_presets():
        assert all(f"style.{style_id}" in words for words in WORDS.values()), style_id


def test_every_reason_to_leave_a_product_out_has_its_words() -> None:
    for code in get_args(LeftOutCode):
        assert all(f"dropped.{code}" in words for words in WORDS.values()), code
