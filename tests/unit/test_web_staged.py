"""A staged page at its signed address: its own policy, nothing to index or keep, and one page for whoever comes wrong or late."""

from __future__ import annotations

import re

from huichang.kernel.errors import NotFoundError
from huichang.pages.inspection import parse
from huichang.pages.model import PageModel
from huichang.pages.rendering import render
from huichang.pages.templates import TEMPLATES
from huichang.web.public import preview_headers, refused_page
from tests.support.web_api import Api

PAGE = render(PageModel.model_validate_json((TEMPLATES / "festival/sample.json").read_text(encoding="utf-8")), "festival")


def test_a_staged_page_has_its_own_policy_as_a_header_and_connects_to_nothing() -> None:
    policy = preview_headers(PAGE)["Content-Security-Policy"]
    meta = next(n.attributes["content"] for n in parse(PAGE).walk() if n.attributes.get("http-equiv") == "Content-Security-Policy")
    for name in ("default-src", "img-src", "style-src", "script-src", "base-uri", "form-action"):
        assert re.search(rf"{name} [^;]+", meta)[0] in policy  # type: ignore[index]
    assert policy.count("connect-src") == 1
    assert "connect-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy


def test_a_page_without_a_policy_may_show_nothing() -> None:
    assert preview_headers("<p>hello")["Content-Security-Policy"].startswith("default-src 'none'; connect-src 'none'")


class Closed(Api):
    """Every token is wrong."""

    def __init__(self) -> None:
        super().__init__()

        def refuse(token: str) -> str:
            raise NotFoundError(f"no {token}", code="preview_not_valid")

        self.desk.open = refuse  # type: ignore[method-assign]


def test_a_wrong_or_late_address_gets_a_clear_page_that_tells_nothing() -> None:
    answer = Closed()("GET", "/preview/v-1.secret", role=None)
    assert (answer.status, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert answer.text == refused_page().body
    assert "已过期" in answer.text
    assert "expired" in answer.text
    assert "v-1" not in answer.text
    assert answer.headers["x-robots-tag"].startswith("noindex")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "unsafe" not in answer.headers["content-security-policy"]
