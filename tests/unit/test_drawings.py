"""Drawings: complete, small, inert, deterministic; and every product of any catalogue finds one."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from huichang.pictures import (
    CAMERAS,
    GENERIC,
    KINDS,
    draw,
    drawing_for,
    drawing_url,
    infer_colours,
    infer_detail,
    infer_kind,
    parse_drawing_url,
    render_url,
)
from huichang.pictures.canvas import PATTERNS
from huichang.pictures.colours import COLOURS, canonical, find_colours
from huichang.pictures.keywords import CATEGORY_WORDS, KIND_WORDS

SVG = "{http://www.w3.org/2000/svg}"
DRAWABLE = {"svg", "g", "path", "circle", "ellipse", "use", "defs", "clipPath", "pattern", "linearGradient",
            "radialGradient", "stop"}  # fmt: skip
PALETTES = ((), ("black",), ("white",), ("red", "gold", "navy"))
DETAILS: tuple[dict[str, str], ...] = (
    {},
    {"pattern": "floral", "print": "panda", "form": "bamboo", "wear": "hat", "sleeve": "long"},
)


def test_there_are_enough_kinds_and_each_has_three_different_views() -> None:
    assert len(KINDS) >= 48
    for kind in KINDS:
        assert len({draw(kind, camera=camera) for camera in range(CAMERAS)}) == CAMERAS, kind


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_drawing_is_small_self_contained_and_inert(kind: str) -> None:
    for colours in PALETTES:
        for camera in range(CAMERAS):
            for detail in DETAILS:
                svg = draw(kind, colours, camera, detail=detail)
                assert len(svg.encode()) <= 6144, (kind, colours, camera, detail, len(svg))
                root = ET.fromstring(svg)  # noqa: S314 - our own markup
                assert root.get("viewBox") == "0 0 480 480"
                tags = {element.tag.removeprefix(SVG) for element in root.iter()}
                assert tags <= DRAWABLE, tags - DRAWABLE
                assert "nan" not in svg
                ids = {element.get("id") for element in root.iter() if element.get("id")}
                assert len(ids) == len([element for element in root.iter() if element.get("id")]), "an id is used twice"
                wanted = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
                assert wanted <= ids, wanted - ids
                assert svg.count("http") == 1, "only the namespace may be an address"


def test_panda_forms_fit_the_budget_too() -> None:
    for form in ("sitting", "bamboo", "lying", "keyring", "puppet", "soother", "pillow"):
        for wear in ("", "scarf", "bow", "hat"):
            for camera in range(CAMERAS):
                detail = {"form": form, "wear": wear}
                assert len(draw("panda-plush", ["black", "white"], camera, detail=detail)) <= 6144, detail


def test_patterns_show_and_stay_in_budget() -> None:
    plain = draw("dress", ["pink"])
    for pattern in PATTERNS:
        patterned = draw("dress", ["pink"], detail={"pattern": pattern})
        assert patterned != plain
        assert "<pattern" in patterned


def test_same_arguments_same_bytes_and_colours_count() -> None:
    assert draw("mug", ["藏青色"], 1) == draw("mug", ["navy"], 1)
    assert draw("mug", ["navy"]) != draw("mug", ["red"])
    assert draw("mug", ["no such colour"]) == draw("mug")


def test_two_drawings_inlined_in_one_page_share_no_id() -> None:
    first, second = (set(re.findall(r'id="([^"]+)"', draw("mug", [colour]))) for colour in ("red", "blue"))
    assert not first & second


def test_hostile_words_never_reach_the_markup() -> None:
    evil = '"><script>alert(1)</script>'
    svg = draw("dress", [evil, "red"], detail={"pattern": evil, evil: evil, "sleeve": evil})
    assert "script" not in svg
    assert "alert" not in svg


def test_url_round_trip() -> None:
    url = drawing_url("panda-plush", ["black", "white"], 2, detail={"form": "keyring"})
    found = parse_drawing_url(url)
    assert (found.kind, found.colours, found.camera, dict(found.detail)) == (
        "panda-plush", ("black", "white"), 2, {"form": "keyring"},
    )  # fmt: skip
    assert render_url(url) == draw("panda-plush", ["black", "white"], 2, detail={"form": "keyring"})
    assert parse_drawing_url("drawing://panda-plush?colour=black&colour=white&camera=1").camera == 1


@pytest.mark.parametrize("url", ["https://x/y", "drawing://nothing?camera=1", "drawing://mug?camera=one", "mug", ""])
def test_a_bad_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"not a drawing|no drawing|camera must"):
        parse_drawing_url(url)


def test_unknown_kind_is_an_error() -> None:
    with pytest.raises(KeyError):
        draw("unicorn-castle")


@pytest.mark.parametrize(
    ("title", "path", "kind"),
    [
        ("熊猫公仔毛绒玩具 花花抱竹款 儿童安抚布娃娃 25cm", (), "panda-plush"),
        ("熊猫图案马克杯", (), "mug"),
        ("Panda print T-shirt", (), "t-shirt"),
        ("Alisha Solid Women's Cycling Shorts", ("Clothing", "Women's Clothing"), "shorts"),
        ("FabHomeDecor Fabric Double Sofa Bed", ("Furniture", "Sofa Beds & Futons"), "sofa"),
        ("AW Bellies", ("Footwear", "Women's Footwear", "Ballerinas"), "flats"),
        ("Printland PMR1836 Ceramic Mug", (), "mug"),
        ("Maxima 0123 Analog Watch - For Men", ("Watches", "Wrist Watches"), "watch"),
        ("轻奢纯棉刺绣水洗四件套", ("居家", "床品件套"), "bedding"),
        ("20寸 纯PC“铝框”（非全铝）登机箱", ("配件", "功能箱包"), "suitcase"),
        ("日式和风懒人沙发", ("居家", "布艺软装"), "sofa"),
        ("原素系列1.8米实木床", ("居家", "家具"), "bedding"),
        ("棉双层纱波点娃娃裙（婴童）", ("婴童", "服饰"), "kids-dress"),
        ("Model X-200", ("Computers", "Network Components", "Routers"), "router"),
        ("zzz qqq", (), GENERIC),
    ],
)
def test_kind_is_told_from_words(title: str, path: tuple[str, ...], kind: str) -> None:
    assert infer_kind(title, path, {}) == kind


def test_every_keyword_names_a_kind_that_exists() -> None:
    assert {kind for kind, _ in (*KIND_WORDS, *CATEGORY_WORDS)} <= set(KINDS)


def test_colours_are_told_from_attributes_before_titles() -> None:
    assert infer_colours("Red dress", {"Colour": "Navy Blue"}) == ["navy"]
    assert infer_colours("藏青色连衣裙", {}) == ["navy"]
    assert infer_colours("连衣裙", {"颜色": "黑白"}) == ["black", "white"]
    assert infer_colours("金属亚光钢笔", {}) == []
    assert infer_colours("Steel bottle", {"Color": "Multicolor"})
    assert all(name in COLOURS for name in find_colours("red, green and light blue"))
    assert canonical("天蓝色") == "lightblue"


def test_details_are_told_from_words() -> None:
    assert infer_detail("dress", "碎花短袖V领连衣裙", {}) == {"pattern": "floral", "sleeve": "short", "neck": "v"}
    assert infer_detail("panda-plush", "熊猫钥匙扣毛绒挂件", {}) == {"form": "keyring"}
    assert infer_detail("mug", "Panda print ceramic mug", {}) == {"print": "panda"}


def test_any_product_gets_a_drawing_and_products_without_colour_differ() -> None:
    urls = {drawing_for("Ceramic mug", ("Kitchen",), {}, seed=f"p{number}") for number in range(40)}
    assert len(urls) > 5
    for url in urls:
        assert parse_drawing_url(url).kind == "mug"
        assert render_url(url).startswith("<svg")


def test_the_package_needs_nothing_but_the_standard_library() -> None:
    package = Path(__file__).parents[2] / "layers/shared/huichang/pictures"
    stdlib = (
        "__future__",
        "collections",
        "contextlib",
        "dataclasses",
        "functools",
        "hashlib",
        "math",
        "re",
        "typing",
        "urllib",
    )
    for path in package.glob("*.py"):
        for module in re.findall(r"^(?:from|import) ([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert module.startswith("huichang.pictures") or module.split(".")[0] in stdlib, (path.name, module)
