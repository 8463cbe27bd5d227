"""AI labels: written into real pictures by the imaging adapter, read back by Pillow and by our own reader, and missed where they lack."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from huichang.adapters.imaging import PillowEncoder
from huichang.materials.policy.labels import (
    AIGC_FIELDS,
    ALGORITHMIC,
    TRAINED,
    ContentMaker,
    is_aigc,
    is_visible_label,
    picture_findings,
    read_xmp,
)

LABEL = ContentMaker(producer="鲜花 & <Söhne>", propagator="huichang").label("task-1")


def a_png() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((320, 200), 60).convert("RGB").save(out, "PNG")
    return out.getvalue()


def saved(kind: str, xmp: bytes) -> bytes:
    out = io.BytesIO()
    picture = Image.new("RGB", (16, 16), "red")
    if kind == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        picture.save(out, "PNG", pnginfo=info)
    else:
        picture.save(out, kind, xmp=xmp)
    return out.getvalue()


def test_the_aigc_field_has_the_seven_fields_of_the_standard() -> None:
    fields = json.loads(LABEL.aigc)
    assert tuple(fields) == AIGC_FIELDS
    assert fields["Label"] == "1"
    assert (fields["ContentProducer"], fields["ProduceID"]) == ("鲜花 & <Söhne>", "task-1")
    assert is_aigc(LABEL.aigc)


def test_what_no_trained_model_made_says_so() -> None:
    assert LABEL.source_type == TRAINED
    offline = ContentMaker(trained=False).label("x")
    assert (offline.source_type, offline.source_term) == (ALGORITHMIC, "algorithmicMedia")


def test_the_encoder_writes_the_label_into_the_webp_and_pillow_reads_it_back() -> None:
    data, width, height = PillowEncoder().encode(a_png(), width=160, height=90, budget=40_000, xmp=LABEL.xmp)
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (width, height)) == ("WEBP", (160, 90))
        assert picture.info["xmp"] == LABEL.xmp
    assert picture_findings(data, "hero") == ()


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "JPEG"])
def test_the_label_is_found_in_every_kind_of_picture(kind: str) -> None:
    data = saved(kind, LABEL.xmp)
    assert "task-1" in read_xmp(data)
    assert picture_findings(data, "hero") == ()


@pytest.mark.parametrize(
    ("xmp", "missing"),
    [
        (b"", ["label.aigc", "label.iptc"]),
        (LABEL.xmp.replace(b"&quot;", b'"').replace(b'"Label":"1"', b'"Label":"9"'), ["label.aigc"]),
        (LABEL.xmp.replace(b"trainedAlgorithmicMedia", b"digitalCapture"), ["label.iptc"]),
        (LABEL.xmp.replace(b"ProduceID", b"Something"), ["label.aigc"]),
    ],
)
def test_a_label_that_lacks_something_is_missed(xmp: bytes, missing: list[str]) -> None:
    found = picture_findings(saved("WEBP", xmp) if xmp else a_png(), "hero")
    assert [finding.rule for finding in found] == missing
    assert {finding.severity for finding in found} == {"block"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"GIF89a",
        saved("WEBP", LABEL.xmp)[:60],
        b"\xff\xd8\xff\xe1\x00",
        b"\x89PNG\r\n\x1a\n\x00",
        b"RIFF\x00\x00\x00\x00WEBPXMP \xff\xff\xff\xff<x>",
    ],
)
def test_what_is_broken_carries_no_label(data: bytes) -> None:
    assert [finding.rule for finding in picture_findings(data, "hero")] == ["label.aigc", "label.iptc"]


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (ContentMaker().label("v-1").aigc, True),
        ("{}", False),
        ("no json", False),
        ("[1]", False),
        ('{"Label":1}', False),
        (ContentMaker(producer=" ").label("v-1").aigc, False),
        (ContentMaker().label("").aigc, False),
    ],
)
def test_an_aigc_field_is_whole_or_none(value: str, whole: bool) -> None:
    assert is_aigc(value) is whole


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("AI 生成", True),
        ("人工智能合成", True),
        ("AI-generated", True),
        ("本页部分文案由人工智能生成", True),
        ("离线模型", False),
        ("AI 审核", False),
        ("painted by hand, generated noise", False),
        ("", False),
    ],
)
def test_what_people_must_be_able_to_read(text: str, label: bool) -> None:
    assert is_visible_label(text) is label
