"""The head of a product's name."""

from __future__ import annotations

import pytest

from huichang.adapters.index_heads import head_of, heads
from tests.support.products import make_product


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("Kensington Gel Mouse Pad Blue", "pad"),
        ("Lenovo ThinkPad USB Laser Mouse", "mouse"),
        ("Keyboard for ThinkPad X300, German", "keyboard"),
        ("Sony LMPH400 projector lamp 400 W", "lamp"),
        ("Brother Drum for Laser Printer", "drum"),
        ("Acme 8GB memory module 0.25 GB 266 MHz", "module"),
        ("512 - 20 x 30", None),
        ("Black", None),
        ("", None),
        ("可爱熊猫玩偶 送女友生日礼物", "玩偶"),
        ("陶瓷马克杯", "克杯"),
        ("【新款】连衣裙（碎花）", "新款"),
        ("for with", None),
    ],
)
def test_the_head_ends_the_first_phrase_that_has_one(name: str, head: str | None) -> None:
    assert head_of(name) == head


def test_a_brand_is_no_head_and_every_name_of_a_product_gives_one() -> None:
    made = make_product(
        1, title="Canon", brand="Canon", localized={}, description="Ink cartridge, black", category_path=("Office", "Printer Supplies")
    )
    assert heads(made) == ("cartridge", "supplies")


def test_hostile_names_take_no_time_to_speak_of() -> None:
    assert head_of("(" * 50_000 + "-" * 50_000) is None
    assert head_of("熊" * 100_000) == "熊熊"
