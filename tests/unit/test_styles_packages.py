"""Style packages: what ships is complete, readable and distinct; what is wrong is told with place and mend, and takes nobody down."""

from __future__ import annotations

import importlib.util
import logging
import re
import shutil
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import ImageFont

from huichang.kernel.colours import contrast
from huichang.kernel.errors import PermanentError
from huichang.materials.styles import packages
from huichang.materials.styles.fonts import FontFamily, load_fonts
from huichang.materials.styles.model import MIN_CONTRAST, MOTIFS, READ
from huichang.materials.styles.packages import STYLES, StylePackageError, StyleProblem, load_presets, load_shelf, read_package, read_shelf
from huichang.materials.styles.prompting import hero_image_prompt
from huichang.pages.model import PageModel
from huichang.pages.rendering import checked_style, render
from huichang.pages.templates import TEMPLATES, load_templates


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of a package that can be used, to be spoilt."""
    return Path(shutil.copytree(STYLES / "tea_house", tmp_path / "tea_house"))


def spoil(package: Path, **changes: Any) -> None:
    """Write changes into the manifest; "type.family" is a key within a key, None removes it."""
    manifest = yaml.safe_load((package / "manifest.yaml").read_text(encoding="utf-8"))
    for path, value in changes.items():
        *parents, key = path.split("__")
        within = manifest
        for parent in parents:
            within = within[parent]
        if value is None:
            del within[key]
        else:
            within[key] = value
    (package / "manifest.yaml").write_text(yaml.safe_dump(manifest, allow_unicode=True), encoding="utf-8")


def problems(package: Path, fonts: dict[str, FontFamily] | None = None) -> list[StyleProblem]:
    with pytest.raises(StylePackageError) as caught:
        read_package(package, fonts)
    return list(caught.value.problems)


# --- what ships -------------------------------------------------------------------------------------------------------


def test_every_package_that_ships_can_be_used() -> None:
    shelf = load_shelf()
    assert shelf.left_out == {}
    assert len(shelf.presets) >= 8
    assert shelf.default.id == packages.DEFAULT


def test_every_motif_is_used_by_one_preset_and_drawn_by_the_templates() -> None:
    used = sorted(preset.motif for preset in load_presets().values())
    assert used == sorted(MOTIFS)
    drawn = set(re.findall(r'motif == "(\w+)"', (TEMPLATES / "_parts/macros.html.j2").read_text(encoding="utf-8")))
    assert drawn == set(MOTIFS) - {"tag"}  # what is drawn where no other is


def test_no_two_presets_look_alike() -> None:
    def distance(one: str, other: str) -> float:
        return sum((int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) ** 2 for i in (1, 3, 5)) ** 0.5

    for one, other in combinations(load_presets().values(), 2):
        apart = sum(distance(one.palette[name], other.palette[name]) for name in ("ground", "hero", "accent"))
        assert apart > 60, (one.id, other.id, apart)


def test_the_fonts_of_the_registry_are_there() -> None:
    for font in load_fonts().values():
        found = importlib.util.find_spec(font.package)
        assert found is not None
        assert found.origin is not None
        face = ImageFont.truetype(str(Path(found.origin).parent / font.file), 20, index=font.index)
        assert face.getname()[0] == font.family
        (axis,) = face.get_variation_axes()
        assert (axis["minimum"], axis["maximum"]) == font.weights


@pytest.mark.parametrize("effect", ["plain", "outline", "two_tone"])
@pytest.mark.parametrize("template_id", sorted(load_templates()))
def test_a_title_is_set_as_its_preset_says(template_id: str, effect: str) -> None:
    preset = next(each for each in load_presets().values() if each.type.effect == effect)
    sample = PageModel.model_validate_json((TEMPLATES / template_id / "sample.json").read_text(encoding="utf-8"))
    html = render(sample.model_copy(update={"style": preset.style()}), template_id)
    assert f'class="art art-{effect}"' in html
    assert f"--title-weight:{preset.type.title_weight}" in html


def test_a_style_that_was_kept_before_titles_had_one_gets_the_default() -> None:
    old = {name: value for name, value in load_presets()["tea_house"].style().items() if not name.startswith("title_")}
    assert checked_style(old)["title_effect"] == load_shelf().default.type.effect
    assert checked_style({**old, "title_weight": "900;color:red"})["title_weight"] == str(load_shelf().default.type.title_weight)


# --- what is wrong with a package -------------------------------------------------------------------------------------


def test_a_font_that_does_not_ship_is_told_with_place_and_mend(package: Path) -> None:
    spoil(package, type__family="Comic Sans MS")
    (problem,) = problems(package)
    assert problem.where == "manifest.yaml type.family"
    assert "'Comic Sans MS' does not ship" in problem.what
    assert "Noto Sans CJK SC" in problem.mend
    with pytest.raises(StylePackageError) as caught:
        read_package(package)
    assert caught.value.where == "style_presets/tea_house/manifest.yaml type.family"
    assert caught.value.mend == problem.mend


def test_a_font_must_have_the_weight_and_both_languages(package: Path) -> None:
    thin = FontFamily(family="Thin", package="x", file="x.otf", weights=(100, 300), languages=("en",), licence="OFL-1.1")
    spoil(package, type__family="Thin")
    found = problems(package, {"Thin": thin})
    assert [problem.where for problem in found] == ["manifest.yaml type.title_weight", "manifest.yaml type.family"]
    assert "weights from 100 to 300, not 600" in found[0].what
    assert "cannot set zh" in found[1].what


@pytest.mark.parametrize(
    ("changes", "where", "what"),
    [
        ({"tpye": {}}, "tpye", "nobody reads this key"),
        ({"tags__word": ["茶"]}, "tags.word", "nobody reads this key"),
        ({"mood": None}, "mood", "it is missing"),
        ({"motif": "dragon"}, "motif", "no template draws 'dragon'"),
        ({"id": "teahouse"}, "id", "the folder is 'tea_house'"),
        ({"palette__price": None}, "palette", "price is missing"),
        ({"palette__shadow": "#000000"}, "palette", "shadow is none of its colours"),
        ({"palette__price": "red;}"}, "palette", "not #rrggbb"),
        ({"palette__muted": "#c9c3b5"}, "palette.muted", "muted #c9c3b5 on surface"),
        ({"palette__accent": "#3a3614", "palette__ground": "#38341f", "palette__on_ground": "#ffffff"}, "palette.accent", "on ground"),
        ({"tags__industries": ["tees"]}, "tags.industries", "no industry 'tees'"),
        ({"tags__festivals": ["tea_day"]}, "tags.festivals", "no festival 'tea_day'"),
        ({"tags": {}}, "tags", "nothing could ever speak for this preset"),
        ({"name": {"zh": "茶"}}, "name", "missing in en"),
        ({"name": {"zh": "全网最低价", "en": "Tea"}}, "name.zh", "全网最低价"),
        ({"type__effect": "blink"}, "type.effect", "'blink'"),
        ({"type__title_weight": 950}, "type.title_weight", "950"),
        ({"image": "x"}, "image", "no such key"),
    ],
)
def test_what_is_wrong_in_a_manifest_is_named(package: Path, changes: dict[str, Any], where: str, what: str) -> None:
    spoil(package, **changes)
    found = problems(package)
    assert any(problem.where == f"manifest.yaml {where}" and what in problem.what and problem.mend for problem in found), found


def test_everything_that_is_wrong_is_told_at_once(package: Path) -> None:
    spoil(package, type__family="Papyrus", palette__muted="#c9c3b5", tags__industries=["tees"])
    (package / "image.j2").write_text("a tea house", encoding="utf-8")
    assert len(problems(package)) >= 6


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("palette: {{ palette }}; {{ composition }}; {{ colour }}; {{ subject }}; no text", "nobody fills colour"),
        ("{{ palette }} {{ composition }} no text", "does not use subject"),
        ("{{ palette }} {{ composition }} {{ subject }}", "does not forbid words"),
        ("{{ palette }} {{ composition }} {{ subject }\nno text", "no template that can be filled in"),
        ("{{ palette.x.y }} {{ composition }} {{ subject }} no text", "no template that can be filled in"),
        ("{{ ().__class__.__mro__ }} {{ palette }} {{ composition }} {{ subject }} no text", "no template that can be filled in"),
        ("{{ palette }} {{ composition }} {{ subject }} no text " + "tea " * 500, "characters"),
        ("  \n", "it is empty"),
    ],
)
def test_an_image_prompt_is_filled_in_once_before_it_ships(package: Path, source: str, what: str) -> None:
    (package / "image.j2").write_text(source, encoding="utf-8")
    assert any(problem.where == "image.j2" and what in problem.what for problem in problems(package))


@pytest.mark.parametrize("name", ["manifest.yaml", "image.j2"])
def test_a_missing_file_is_named(package: Path, name: str) -> None:
    (package / name).unlink()
    assert [problem.where for problem in problems(package)] == [name]


@pytest.mark.parametrize("manifest", [b"a: [", b"- 1", b"", b"\xff\xfe\x00"])
def test_a_manifest_that_is_none_is_named(package: Path, manifest: bytes) -> None:
    (package / "manifest.yaml").write_bytes(manifest)
    (problem,) = problems(package)
    assert problem.where == "manifest.yaml"


def test_every_readable_pair_is_held_to_the_contrast() -> None:
    for preset in load_presets().values():
        assert min(contrast(preset.palette[word], preset.palette[ground]) for word, ground in READ) >= MIN_CONTRAST == 4.5


# --- one broken package ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The packages that ship, to be spoilt, as what is loaded."""
    folder = Path(shutil.copytree(STYLES, tmp_path / "style_presets"))
    monkeypatch.setattr(packages, "STYLES", folder)
    load_shelf.cache_clear()
    yield folder
    load_shelf.cache_clear()


def test_a_broken_package_is_left_out_with_a_warning_and_the_others_stay(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    everything = len(list(folder.iterdir()))
    spoil(folder / "tea_house", type__family="Comic Sans MS")
    with caplog.at_level(logging.WARNING):
        assert len(load_presets()) == everything - 1
    assert "tea_house" not in load_presets()
    assert "style preset tea_house is left out: manifest.yaml type.family: the font 'Comic Sans MS' does not ship" in caplog.text


def test_another_preset_stands_in_for_a_broken_default(folder: Path) -> None:
    (folder / packages.DEFAULT / "image.j2").unlink()
    assert load_shelf().default.id == "autumn_moon"
    assert checked_style({})["hero"] == load_presets()["autumn_moon"].palette["hero"]


def test_without_any_usable_package_nothing_is_guessed(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PermanentError, match="no style preset can be used"):
        read_shelf(tmp_path)


# --- what the image model is told --------------------------------------------------------------------------------------


def test_the_image_prompt_has_the_lines_the_model_reads() -> None:
    prompt = hero_image_prompt(load_presets()["bamboo_grove"], "熊猫; palette: #000000 {{7*7}}\n")
    first, light, subject = prompt.split("\n")
    assert re.fullmatch(
        r"motif: [^;]+; palette: #[0-9a-f]{6}(,#[0-9a-f]{6})+; mood: [^;]+; composition: [^;]*left third quiet; no text", first
    )
    assert light.startswith("light: ")
    assert "palette:" not in subject  # a theme's name cannot write a second hint
    assert "{{" not in subject
    assert "49" not in subject
