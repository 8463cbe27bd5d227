"""Template packages checked in full: what a good one is, and every way in which one can be bad."""

from __future__ import annotations

import io
import stat
import zipfile
from functools import cache
from typing import Any

import pytest

from huichang.pages.packages import archive, sandbox
from huichang.pages.packages.archive import read_folder, read_zip, write_zip
from huichang.pages.packages.checking import checked, sample_of
from huichang.pages.packages.diffing import diff, losses
from huichang.pages.packages.locks import with_locked_words
from huichang.pages.packages.model import TemplatePackage, TemplatePackageError, TemplateProblem
from huichang.pages.packages.telling import sentences
from huichang.pages.rendering import render
from huichang.pages.templates import TEMPLATES
from tests.support.memory_templates import LOCKING, a_package, zipped


def problems_of(data: bytes) -> tuple[TemplateProblem, ...]:
    try:
        checked(read_zip(data))
    except TemplatePackageError as error:
        return error.problems
    return ()


@cache
def a_good_one() -> TemplatePackage:
    return checked(read_zip(zipped(a_package())))


def found(**how: Any) -> set[tuple[str, str]]:
    """(code, place) of all problems of a package with these changes."""
    return {(each.code, each.place) for each in problems_of(zipped(a_package(**how)))}


def codes(**how: Any) -> set[str]:
    return {code for code, _ in found(**how)}


_LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"{n}: &{n} [{','.join([f'*{chr(ord(n) - 1)}'] * 10)}]\n" for n in "bcdefghi")


def in_page(new: str, at: str = "<main") -> dict[str, Any]:
    return {"replace": {"page.html.j2": (at, f"{new}\n{at}")}}


def test_a_good_package_passes_and_is_named_by_its_content() -> None:
    package = a_good_one()
    assert (package.manifest.id, package.manifest.tags) == ("lantern", ("festival", "test"))
    assert package == checked(read_zip(zipped(a_package())))
    assert package.hash != checked(read_zip(zipped(a_package(style__css=".x{}")))).hash


@pytest.mark.parametrize("template_id", ["festival", "everyday_goods"])
def test_what_ships_passes_the_checks_of_an_upload_and_renders_the_same(template_id: str) -> None:
    package = checked(read_folder(TEMPLATES / template_id))
    assert package == checked(read_zip(write_zip(TEMPLATES / template_id)))
    page = sample_of(package)
    assert render(page, template_id, package) == render(page, template_id)


def test_locked_words_are_the_designers_in_both_languages() -> None:
    package = checked(read_zip(zipped(a_package(replace=LOCKING))))
    assert (sample_of(package, "zh").slogan, sample_of(package, "en").slogan) == ("源头好货", "Made at the source")


def test_everything_that_is_wrong_is_told_at_once_with_file_line_and_what_to_do() -> None:
    bad = a_package(
        replace={
            "page.html.j2": ("<main", '<script>alert(1)</script>\n<p onclick="x">{{ page|safe }}</p>\n<main'),
            "manifest.yaml": ("locked_regions: [benefits, prices, ai_label, legal]", "locked_regions: [benefits, prices]"),
        },
        style__css="@import 'x';\n.a{background:url(https://evil.example/a.png)}",
    )
    told = problems_of(zipped(bad))
    assert {(each.code, each.place) for each in told} >= {
        ("must_lock", "manifest.yaml:23"),
        ("script", "page.html.j2:17"),
        ("handler", "page.html.j2:18"),
        ("filter", "page.html.j2:18"),
        ("css_outside", "style.css:1"),
        ("css_outside", "style.css:2"),
    }
    for each in told:
        assert each.what["zh"] != each.what["en"]
        assert each.mend["zh"] != each.mend["en"]
        assert "{" not in each.mend["zh"].replace('"{region}"', "")


def test_every_sentence_is_there_in_both_languages() -> None:
    for code, said in sentences().items():
        assert set(said) == {"what", "mend"}, code
        assert all(text.get("zh") and text.get("en") for text in said.values()), code


@pytest.mark.parametrize(
    ("layout", "code"),
    [
        ("<script>1</script>", "script"),
        ("<ScRiPt src=x></ScRiPt>", "script"),
        ("<scr{# #}ipt>1</script>", "script"),
        ("<b onmouseover='x'>", "handler"),
        ('<a href="https://evil.example/">x</a>', "outside"),
        ("<img src=//evil.example/a.png>", "outside"),
        ('<a href="javascript:x">x</a>', "outside"),
        ('<a href="{{ "javas" ~ "cript:x" }}">x</a>', "outside"),
        ('<img src="{{ "ht" ~ "tps:/" ~ "/evil.example" }}">', "outside"),
        ("<iframe></iframe>", "foreign_element"),
        ("<form></form>", "foreign_element"),
        ('<meta http-equiv="refresh" content="0">', "foreign_element"),
        ('<p style="color:red">x</p>', "inline_style"),
        ("<style>x{}</style>", "inline_style"),
        ('{% include "../festival/page.html.j2" %}', "outside_file"),
        ('{% extends "festival/page.html.j2" %}', "outside_file"),
        ('{% extends "/etc/passwd" %}', "outside_file"),
        ('{% import "_parts/../festival/page.html.j2" as x %}', "outside_file"),
        ("{% include page.title %}", "computed_file"),
        ('{% include "gone.html.j2" %}', "no_such_file"),
        ('{% include "page.html.j2" %}', "circle"),
        ("{% for a in range(999999999) %}x{% endfor %}", "endless"),
        ("{% for a in page.floors recursive %}{{ loop(page.floors) }}{% endfor %}", "endless"),
        ("{{ page.__class__ }}", "name"),
        ('{{ page["__class__"] }}', "name"),
        ("{{ page.model_dump() }}", "call"),
        ('{{ "%s" | format(1) }}', "filter"),
        ("{{ ('x' * 3).center(9) }}", "call"),
        ("{{ page.title.format(1) }}", "call"),
        ("{% set columns = page.model_dump %}", "name"),
        ("{{ 9 ** 9 }}", "tag"),
        ("{% autoescape false %}{{ page.title }}{% endautoescape %}", "tag"),
        ("{% set x %}{{ page.title }}{% endset %}", "tag"),
        ("{% if %}", "syntax"),
        ("{{ " + "(" * 3000 + " }}", "syntax"),
        ("{% set a = [page.title] %}{% set a = [a, a] %}", "list"),
        ('{% set a = {"x": page} %}', "list"),
        ("{{ page.floors }}", "budget"),
        ("<b>" * 5000 + "</b>" * 5000, "page"),
        ("{% " * 20000, "syntax"),
        ("{{ page.nothing }}", "render"),
        ("{{ 1 // 0 }}", "render"),
        ("{{ 'x' * 1000000000 }}", "budget"),
        ("{{ '%1000000000d' % 1 }}", "budget"),
    ],
)  # fmt: skip
def test_what_a_layout_may_not_say(layout: str, code: str) -> None:
    assert code in codes(**in_page(layout))


@pytest.mark.parametrize(
    "layout",
    [
        # 6 floors and their cards, four deep, and then macros that call each other: short to write, endless to run.
        "{% macro a(n) %}{{ a(n) }}{{ a(n) }}{% endmacro %}{{ a(1) }}",
        "{% macro a(n) %}{% if n %}{{ a(n - 1) }}{{ a(n - 1) }}{% endif %}{% endmacro %}{{ a(60) }}",
        "{% macro a(f) %}{% for c in f %}{{ f }}{% endfor %}{% endmacro %}" + "{{ a(page.title ~ page.title) }}" * 3 + "{% set ns = namespace(x='xxxxxxxx') %}"
        + "{% set ns.x = ns.x ~ ns.x %}" * 40,
        "{% for a in page.slogan ~ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}{% for b in 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}"
        "{% for c in 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}{% for d in 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}"
        "{% set z = 1 %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
    ],
    ids=["recursion", "doubling recursion", "doubling text", "nested loops"],
)  # fmt: skip
def test_a_layout_that_never_ends_is_stopped_by_its_budget(layout: str) -> None:
    told = problems_of(zipped(a_package(**in_page(layout))))
    assert {each.code for each in told} == {"budget"}
    assert told[0].file == "page.html.j2"


def test_five_deep_is_too_deep() -> None:
    layout = "".join(f"{{% for x{n} in page.floors %}}" for n in range(5)) + "{% endfor %}" * 5
    assert "deep" in codes(**in_page(layout))


@pytest.mark.parametrize(
    ("css", "code"),
    [
        ("@import url(x)", "css_outside"),
        (".a{background:url('https://evil.example/x')}", "css_outside"),
        (".a{background:url(data:image/png;base64,xx)}", "css_outside"),
        (r".a{background:\75 rl(//evil.example)}", "css_outside"),
        (r".a{background:u\72l(//evil.example)}", "css_outside"),
        (".a{background:u/**/rl(#a) url/**/(//evil.example)}", "css_outside"),
        ("@font-face{}", "css_outside"),
        (".a{background:image-set('x.png' 1x)}", "css_outside"),
        (".a{width:expression(alert(1))}", "css_active"),
        ("</style><script>", "css_active"),
        (".a{background:url(" + " " * 60000 + "x)}", "css_outside"),
        (".a{behavior:url(#x)}", "css_active"),
    ],
)
def test_what_a_style_may_not_say(css: str, code: str) -> None:
    if "u/**/rl" in css:
        css = css.replace("u/**/rl(#a) ", "")  # a comment ends a word in CSS: only "url (" is left to be refused
    assert code in codes(style__css=css)


def test_a_style_may_refer_to_the_pages_own_drawings() -> None:
    assert found(style__css=".a{mask:url(#motif) url( '#x' ) url(\"#y\");content:'\\201C'} /* @import url(https://a.example) */") == set()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("id: lantern", "id: Lantern!", "manifest_key"),
        ("version: 1", "version: 0", "manifest_key"),
        ("name: {zh: 灯笼, en: Lantern}", "name: {zh: 灯笼}", "manifest_key"),
        ("base_weight: 0.5", "base_wieght: 0.5", "unknown_key"),
        ("base_weight: 0.5", "base_weight: heavy", "manifest_key"),
        ("base_weight: 0.5", "min_floors: 5\nmax_floors: 2", "manifest_rule"),
        ("- {name: text, max_chars: 80", "- {nom: text, max_chars: 80", "unknown_key"),
        ("{name: text, max_chars: 80", "{name: text, max_chars: 0", "manifest_key"),
        ("{name: title, max_chars: 24, what: \"title of the page\"}", "{name: headline, max_chars: 24, what: x}", "missing_slot"),
        ("{name: slogan,", "{name: motto,", "unknown_slot"),
        ("legal]", "legal, gone]", "region_missing"),
        ("holds: [hero.title, ", "holds: [hero.gone, ", "region_holds"),
        ("{name: stage, ", "{name: stage, locked: true, ", "locked_words"),
        ("{name: stage, ", "{name: stage, locked: true, ", "locked_picture"),
        ("holds: [hero.title, hero.subtitle, hero.background]", "locked: true, holds: [floor.point]", "locked_floor"),
        ("holds: [hero.title, hero.subtitle, hero.background]", "locked: true", "region_leaks"),
        ("zh: 灯笼, en: Lantern", "zh: 全网最低价, en: Lantern", "words"),
        ("id: lantern", "id: [lantern", "no_yaml"),
        ("id: lantern", "id: " + "[" * 9000, "no_yaml"),
        ("id: lantern", _LAUGHS + "id: *i", "unknown_key"),
    ],
)  # fmt: skip
def test_what_a_manifest_may_not_say(old: str, new: str, code: str) -> None:
    assert code in codes(replace={"manifest.yaml": (old, new)})


@pytest.mark.parametrize("component", ["floor", "share"])
def test_a_picture_other_than_the_heros_has_no_place_on_a_page(component: str) -> None:
    """So the editor's previews, which draw the hero's, draw every picture that can be swapped."""
    at = {"floor": "    per_floor: true\n", "share": "  - name: share\n"}[component]
    manifest = a_package()["manifest.yaml"].replace(
        at, f"{at}    image_slots:\n      - {{name: picture, width: 800, height: 400, required: false}}\n"
    )
    told = problems_of(zipped(a_package(manifest__yaml=manifest)))
    assert f"a page has no place for the slot {component}.picture" in [each.what["en"] for each in told if each.code == "unknown_slot"]


def test_a_slot_that_no_layout_shows_is_told() -> None:
    assert codes(replace={"page.html.j2": ('<p class="ribbon">{{ page.slogan }}</p>', "")}) >= {"unused_slot"}
    told = problems_of(zipped(a_package(replace={"shelf.html.j2": ("{{ floor.point }}", "")})))
    assert [each.what["en"] for each in told if each.code == "unused_slot"] == ["no layout uses the slot floor.point"]


def test_words_in_a_layout_pass_the_gate() -> None:
    assert ("words", "shelf.html.j2:4") in found(replace={"shelf.html.j2": ("<h2", "<b>全网最低价</b><h2")})


@pytest.mark.parametrize("sample", ["{", "[]", '{"venue_id": "x"}'])
def test_a_sample_that_is_no_page_is_told(sample: str) -> None:
    assert "sample" in codes(sample__json=sample)


# --- archives -----------------------------------------------------------------------------------------------------------


def test_what_is_no_zip_is_told() -> None:
    for data in (b"", b"PK\x03\x04", b"<html>", zipped(a_package())[:200]):
        assert problems_of(data)[0].code == "no_zip"


@pytest.mark.parametrize(
    "name", ["../evil.html.j2", "/etc/evil.html.j2", "a/b/c.html.j2", "..\\evil.html.j2", "C:/x.html.j2", "a\0.html.j2", "run.sh"]
)
def test_a_path_that_leads_out_or_is_no_file_of_a_package_is_told(name: str) -> None:
    told = problems_of(zipped(a_package() | {name: "x"}))
    assert {each.code for each in told} <= {"bad_path", "unknown_file"}
    assert told


def test_a_symbolic_link_is_told() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name, text in a_package().items():
            out.writestr(name, text)
        link = zipfile.ZipInfo("evil.html.j2")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        out.writestr(link, "/etc/passwd")
    assert [(each.code, each.file) for each in problems_of(buffer.getvalue())] == [("symlink", "evil.html.j2")]


def test_five_megabytes_of_style_are_not_even_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped(a_package(style__css="a{}" * 1_700_000))
    assert len(data) < archive.MAX_ZIP
    monkeypatch.setattr(zipfile.ZipExtFile, "read", _bounded(zipfile.ZipExtFile.read))
    assert ("file_too_large", "style.css") in {(each.code, each.file) for each in problems_of(data)}


def test_a_bomb_that_lies_about_its_size_is_read_no_further_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(zipped(a_package(style__css="a" * 3_000_000)))
    size = (3_000_000).to_bytes(4, "little")
    assert data.count(size) == 2
    monkeypatch.setattr(zipfile.ZipExtFile, "read", _bounded(zipfile.ZipExtFile.read))
    told = problems_of(bytes(data.replace(size, (100).to_bytes(4, "little"))))
    assert [each.file for each in told if each.code in ("damaged", "file_too_large")] == ["style.css"]


def _bounded(read: Any) -> Any:
    def bounded(self: zipfile.ZipExtFile, size: int | None = -1) -> bytes:
        assert size is not None, "something is unpacked without a bound"
        assert 0 <= size <= archive.MAX_FILE + 1
        data: bytes = read(self, size)
        return data

    return bounded


def test_many_files_and_many_bytes_are_told() -> None:
    many = {f"part{n}.html.j2": "x" for n in range(archive.MAX_FILES)}
    assert [each.code for each in problems_of(zipped(a_package() | many))] == ["too_many_files"]
    large = {f"part{n}.html.j2": "x" * 60_000 for n in range(6)}
    assert "package_too_large" in {each.code for each in problems_of(zipped(a_package() | large))}
    assert [each.code for each in problems_of(b"x" * (archive.MAX_ZIP + 1))] == ["zip_too_large"]


def test_names_twice_and_text_that_is_none_are_told() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for name, text in a_package().items():
            out.writestr(name, text)
        with pytest.warns(UserWarning, match="Duplicate"):
            out.writestr("style.css", "a{}")
    assert {each.code for each in problems_of(buffer.getvalue())} == {"doubled"}
    assert ("not_text", "style.css") in {
        (each.code, each.file) for each in problems_of(zipped(dict(a_package()) | {"style.css": b"\xff\xfe\xfa"}))
    }


def test_a_folder_around_everything_and_what_systems_leave_behind_are_taken_off() -> None:
    files = {f"lantern/{name}": text for name, text in a_package().items()}
    left = {"lantern/.DS_Store": "x", "__MACOSX/lantern/._style.css": "x"}
    plain = read_zip(zipped(a_package()))
    assert plain[1] == []
    assert read_zip(zipped(files)) == read_zip(zipped(files | left)) == plain
    assert read_zip(zipped(a_package() | {".DS_Store": "x", "__MACOSX/._style.css": "x"})) == plain


def test_missing_files_are_all_named() -> None:
    files = {name: text for name, text in a_package().items() if name in ("manifest.yaml", "shelf.html.j2")}
    told = problems_of(zipped(files))
    assert {each.file for each in told if each.code == "missing_file"} == {"page.html.j2", "style.css", "sample.json"}


def test_a_link_in_a_folder_is_not_followed(tmp_path: Any) -> None:
    for name, text in a_package().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "evil.html.j2").symlink_to("/etc/passwd")
    assert [each.code for each in read_folder(tmp_path)[1]] == ["symlink"]


# --- rendering ----------------------------------------------------------------------------------------------------------


def test_real_data_is_held_to_the_same_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    package = a_good_one()
    monkeypatch.setattr(sandbox, "MAX_STEPS", 20)
    with pytest.raises(sandbox.BudgetError):
        render(sample_of(package), "lantern", package)


def test_what_the_checks_would_miss_the_sandbox_still_refuses() -> None:
    """The static rules are one wall; a package that came past them meets a second one."""
    good = a_good_one()
    for layout in (
        "{{ page.model_dump() }}",
        "{{ ''.center(9) }}",
        "{{ range(9) }}",
        "{{ page.__class__ }}",
        '{% include "../x.html.j2" %}',
    ):
        bad = TemplatePackage(manifest=good.manifest, files=dict(good.files) | {"page.html.j2": layout})
        with pytest.raises(Exception, match=r"safe|undefined|unsafe|x\.html\.j2|has no"):
            render(sample_of(good), "lantern", bad)


# --- locks and differences ------------------------------------------------------------------------------------------------


def test_whatever_was_answered_a_locked_slot_says_what_the_designer_wrote() -> None:
    manifest = checked(read_zip(zipped(a_package(replace=LOCKING)))).manifest
    answered = {"hero": {"title": "夏日", "slogan": "全网最低"}, "floor-1": {"title": "模型起的名", "point": "好用"}}
    shown = with_locked_words(manifest, "zh", answered)
    assert shown == {"hero": {"title": "夏日", "slogan": "源头好货"}, "floor-1": {"point": "好用"}}
    assert with_locked_words(a_good_one().manifest, "zh", answered) == answered


def test_a_difference_names_regions_and_slots_and_what_would_be_lost() -> None:
    before, after = a_good_one().manifest, checked(read_zip(zipped(a_package(replace=LOCKING)))).manifest
    found_ = {(each.what, each.name, each.how) for each in diff(before, after).changes}
    assert found_ == {("region", "rhythm", "added"), ("region", "motto", "added")}
    assert {each.how for each in diff(after, before).changes} == {"removed"}
    assert diff(before, before).changes == ()
    lost = losses(after, arranged=3, pins=("p-1",), remarks=[("hero", "slogan"), ("hero", "title"), ("gone", "")])
    assert [each.code for each in lost] == ["floors_locked", "pins_locked", "words_locked", "remarks_lost"]
    assert [each.code for each in losses(before, arranged=99)] == ["too_many_floors"]
