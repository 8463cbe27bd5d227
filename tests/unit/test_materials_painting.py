"""Pictures: asked for in the page's size, made to fit, and different after a rejection."""

from __future__ import annotations

import base64

import pytest

from huichang.kernel.errors import PermanentError
from huichang.kernel.models import CallContext
from huichang.materials.checks import Checks
from huichang.materials.model import ImageResult, ReviewConstraint
from huichang.materials.painting import BYTE_BUDGET, image_prompt, paint
from huichang.materials.policy.labels import ContentMaker, picture_findings, read_xmp
from tests.support.line_fakes import FakePages, an_image_request, webp_with


class FakePainter:
    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int, CallContext]] = []

    def paint(self, prompt: str, *, width: int, height: int, context: CallContext) -> bytes:
        self.asked.append((prompt, width, height, context))
        return b"png"


class FakeEncoder:
    def __init__(self, *, forgets: bool = False) -> None:
        self.forgets = forgets
        self.budgets: list[int] = []

    def encode(self, data: bytes, *, width: int, height: int, budget: int, xmp: bytes = b"") -> tuple[bytes, int, int]:
        if data != b"png":
            raise PermanentError("no picture")
        self.budgets.append(budget)
        return webp_with(b"" if self.forgets else xmp), width, height


class FakeEyes:
    """Sees the looks it was given, one after the other."""

    def __init__(self, *looks: str) -> None:
        self.looks = list(looks)

    def look(self, data: bytes) -> str:
        return self.looks.pop(0) if self.looks else ""


def test_a_picture_is_painted_fitted_and_shelved() -> None:
    painter, pages, encoder = FakePainter(), FakePages(), FakeEncoder()
    maker = ContentMaker(producer="001191110000000000000X00001")
    result = paint(an_image_request(), painter, encoder, pages, FakeEyes(), maker)
    ((prompt, width, height, context),) = painter.asked
    assert prompt.startswith("竹林背景\n")
    assert (width, height) == (1200, 500)
    assert (context.campaign_id, context.venue_id, context.purpose) == ("c-1", "v-1", "picture of hero")
    shelved = pages.media[result.media_key]
    assert encoder.budgets == [BYTE_BUDGET]
    assert result.asked
    assert result.asked.user == prompt
    assert result == ImageResult(media_key=result.media_key, width=1200, height=500, bytes=len(shelved), asked=result.asked)
    assert picture_findings(shelved, "hero.image") == ()
    assert maker.producer in read_xmp(shelved)
    assert an_image_request().task_key in read_xmp(shelved)


def test_a_picture_that_lost_its_label_goes_nowhere() -> None:
    pages = FakePages()
    with pytest.raises(PermanentError, match="AIGC") as raised:
        paint(an_image_request(), FakePainter(), FakeEncoder(forgets=True), pages, FakeEyes())
    assert raised.value.code == "policy_blocked"
    assert pages.media == {}


def test_the_same_request_gives_the_same_prompt() -> None:
    assert image_prompt(an_image_request()) == image_prompt(an_image_request())
    assert "no text" in image_prompt(an_image_request())


def test_a_rejection_changes_the_prompt_and_the_key() -> None:
    dark = ReviewConstraint(code="ugly", text="too dark")
    once, twice = an_image_request(constraints=(dark,), rejections=1), an_image_request(constraints=(dark, dark), rejections=2)
    prompts = [image_prompt(request) for request in (an_image_request(), once, twice)]
    assert len(set(prompts)) == 3
    assert '"too dark"' in prompts[1]
    assert [prompt.splitlines()[-1].partition(";")[0] for prompt in prompts] == ["seed: 0", "seed: 1", "seed: 2"]
    assert len({request.task_key for request in (an_image_request(), once, twice)}) == 3


def test_a_rejection_without_words_still_says_its_kind() -> None:
    assert "(off_topic): no words given" in image_prompt(an_image_request(constraints=(ReviewConstraint(code="off_topic"),)))


def test_what_is_no_picture_is_a_permanent_error() -> None:
    class Liar(FakePainter):
        def paint(self, prompt: str, *, width: int, height: int, context: CallContext) -> bytes:
            return b"<html>"

    pages = FakePages()
    with pytest.raises(PermanentError):
        paint(an_image_request(), Liar(), FakeEncoder(), pages, FakeEyes())
    assert pages.media == {}


def test_a_picture_that_reviewers_rejected_is_painted_anew_and_given_up_after_three() -> None:
    rejected = ReviewConstraint(code="ugly", checks=Checks(min_light=0.5))
    dark, bright = (base64.b64encode(bytes([light]) * 768).decode() for light in (20, 220))
    painter = FakePainter()
    result = paint(an_image_request(constraints=(rejected,)), painter, FakeEncoder(), FakePages(), FakeEyes(dark, bright))
    assert result.look == bright
    first, second = (prompt for prompt, *_ in painter.asked)
    assert "mean lightness at least 50%" in first
    assert "The last try has a mean lightness of 8%" in second
    assert second.splitlines()[-1].startswith("seed: 0-1;")
    with pytest.raises(PermanentError, match="3 times over") as caught:
        paint(an_image_request(constraints=(rejected,)), painter, FakeEncoder(), FakePages(), FakeEyes(dark, dark, dark))
    assert caught.value.mend
    assert len(painter.asked) == 5
