"""Pictures: asked for in the page's size, made to fit, and different after a rejection."""

from __future__ import annotations

import pytest

from huichang.kernel.errors import PermanentError
from huichang.kernel.models import CallContext
from huichang.materials.model import ImageResult, ReviewConstraint
from huichang.materials.painting import BYTE_BUDGET, image_prompt, paint
from tests.support.line_fakes import FakePages, an_image_request


class FakePainter:
    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int, CallContext]] = []

    def paint(self, prompt: str, *, width: int, height: int, context: CallContext) -> bytes:
        self.asked.append((prompt, width, height, context))
        return b"png"


class FakeEncoder:
    def encode(self, data: bytes, *, width: int, height: int, budget: int) -> tuple[bytes, int, int]:
        if data != b"png":
            raise PermanentError("no picture")
        return b"webp" + bytes([budget % 256]), width, height


def test_a_picture_is_painted_fitted_and_shelved() -> None:
    painter, pages = FakePainter(), FakePages()
    result = paint(an_image_request(), painter, FakeEncoder(), pages)
    ((prompt, width, height, context),) = painter.asked
    assert prompt.startswith("竹林背景\n")
    assert (width, height) == (1200, 500)
    assert (context.campaign_id, context.venue_id, context.purpose) == ("c-1", "v-1", "picture of hero")
    assert pages.media[result.media_key] == b"webp" + bytes([BYTE_BUDGET % 256])
    assert result == ImageResult(media_key=result.media_key, width=1200, height=500, bytes=5)


def test_the_same_request_gives_the_same_prompt() -> None:
    assert image_prompt(an_image_request()) == image_prompt(an_image_request())
    assert "no text" in image_prompt(an_image_request())


def test_a_rejection_changes_the_prompt_and_the_key() -> None:
    dark = ReviewConstraint(code="ugly", text="too dark")
    once, twice = an_image_request(constraints=(dark,)), an_image_request(constraints=(dark, dark))
    prompts = [image_prompt(request) for request in (an_image_request(), once, twice)]
    assert len(set(prompts)) == 3
    assert "too dark" in prompts[1]
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
        paint(an_image_request(), Liar(), FakeEncoder(), pages)
    assert pages.media == {}
