"""The contact sheet and the measuring of pictures: they write what they say, and see what is wrong."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from PIL import Image

from huichang.materials.styles.packages import load_presets
from huichang.pages.typesetting.formats import FORMATS
from huichang.pages.typesetting.layout import Layout, Run
from infra.bench import pictures as bench
from infra.pictures import contact_sheet
from infra.pictures.contact_sheet import LANGUAGES
from infra.pictures.titles import random_words, words_of


def test_a_contact_sheet_is_a_folder_a_page_and_a_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert contact_sheet.main(["--folder", str(tmp_path), "--presets", "linen_home", "--formats", "share"]) == 0
    made = json.loads((tmp_path / "pictures.json").read_text(encoding="utf-8"))
    assert [each["file"] for each in made] == [f"linen_home-{rest}-share.webp" for rest in ("zh-short", "zh-long", "en-short", "en-long")]
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    for each in made:
        assert f'src="{each["file"]}"' in page
        assert (tmp_path / each["file"]).stat().st_size == each["bytes"]
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.height > sheet.width / 4
    assert f"Look at {tmp_path}/index.html" in capsys.readouterr().out


def test_presets_say_things_of_their_own_in_both_languages() -> None:
    presets = [preset for preset in load_presets() if words_of(preset, "zh", long=False) != words_of("no such preset", "zh", long=False)]
    assert len(presets) >= 8
    said = [words_of(preset, language, long=long).title for preset in presets for language in LANGUAGES for long in (False, True)]
    assert len(set(said)) == len(said)
    dice = random.Random(1)
    assert len({random_words(dice).title for _ in range(200)}) > 120


def test_a_word_outside_the_safe_area_is_seen() -> None:
    form = FORMATS["share"]
    left, top, right, _ = form.words.pixels(form.width, form.height)

    def layout(x: float, baseline: float) -> Layout:
        run = Run(role="title", text="年货", x=x, baseline=baseline, size=60, width=120, weight=900)
        return Layout(runs=(run,), plates=())

    assert bench.outside(layout(left, top + 60), form) == []
    assert bench.outside(layout(right - 100, top + 60), form) == ["年货"]
    assert bench.outside(layout(left, top + 20), form) == ["年货"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({}, 0), ({"contrast_pass_rate": 0.998}, 1), ({"over_budget": 1}, 1), ({"refused": ["x"]}, 1), ({"wrong": ["x"]}, 1)],
)
def test_the_bench_fails_where_a_bound_does_not_hold(monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], code: int) -> None:
    sound: dict[str, object] = {"contrast_pass_rate": 1.0, "over_budget": 0, "refused": [], "wrong": []}
    monkeypatch.setattr(bench, "measure", lambda *_: sound | changes)
    assert bench.main([]) == code
