"""Words for posters, short and long, zh and en: what a venue of each preset's kind would say, and random ones put together from parts."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from huichang.kernel.language import Language
from huichang.pages.typesetting.layout import Words
from huichang.pages.words import words


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("titles.yaml").read_text(encoding="utf-8"))
    return data


def words_of(preset: str, language: Language, *, long: bool) -> Words:
    """What a venue in this style says. A preset that titles.yaml does not know says what the plainest one does."""
    presets = _data()["presets"]
    said = presets.get(preset, presets["market_orange"])[language]
    return _words(said["long" if long else "short"], said["subtitle"], said["badge"], language)


def random_words(dice: random.Random) -> Words:
    """Some title of 1 to about 40 letters' width, with or without subtitle and badge."""
    language: Language = dice.choice(("zh", "en"))
    parts = _data()["parts"][language]
    title = dice.choice(parts["names"])
    for _ in range(dice.randint(1, 3)):
        title += dice.choice(parts["marks"]) + dice.choice((*parts["rest"], *parts["names"]))
    return _words(title, dice.choice(parts["subtitles"]), dice.choice(parts["badges"]), language)


def _words(title: str, subtitle: str, badge: str, language: Language) -> Words:
    return Words(title=title, subtitle=subtitle, badge=badge, ai_label=words(language)["ai_short"], language=language)
