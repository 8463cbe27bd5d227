"""Colour names of product attributes, zh and en, and the few mixes a flat drawing needs. Colours are "#rrggbb"."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Canonical English name, hex, and the other words sellers use for it.
# Longer words win over shorter ones ("navy blue" over "blue").
_TABLE: tuple[tuple[str, str, str], ...] = (
    ("black", "#2c2e35", "黑色 黑 曜石黑 jet charcoal-black"),
    ("white", "#f8f6f1", "白色 白 本白 纯白 off-white"),
    ("cream", "#f3e8d2", "米白 奶白 奶油 奶油白 米色 杏白 ivory 象牙白 ecru"),
    ("beige", "#dfcdb0", "杏色 卡其白 燕麦 燕麦色 oatmeal sand nude 裸色 肤色"),
    ("khaki", "#c2a878", "卡其 卡其色 驼 tan"),
    ("camel", "#b98a57", "驼色 焦糖 焦糖色 caramel"),
    ("brown", "#8a5a3c", "棕色 棕 咖啡色 咖色 褐色 褐 brownish coffee chocolate 巧克力色 深棕"),
    ("wood", "#c99a66", "原木 原木色 木色 胡桃木 oak walnut teak 榉木 橡木 竹 bamboo wooden"),
    ("grey", "#9a9fa6", "灰色 灰 浅灰 gray 雅灰 ash"),
    ("charcoal", "#4b5058", "深灰 深灰色 炭灰 graphite gunmetal 石墨"),
    ("silver", "#cbd0d6", "银色 银 银白 steel stainless 不锈钢 不锈钢色 aluminium chrome rhodium platinum"),
    ("red", "#d8453f", "红色 红 中国红 大红 朱红 scarlet crimson 正红"),
    ("wine", "#8c2f3f", "酒红 酒红色 枣红 maroon burgundy 勃艮第 豆沙红 绯红"),
    ("pink", "#f2a6b5", "粉色 粉 粉红 樱花粉 浅粉 baby-pink rose 玫瑰粉 胭脂粉"),
    ("blush", "#eec4bd", "藕粉 豆沙粉 裸粉 脏粉 peach-pink"),
    ("magenta", "#c94a86", "玫红 玫红色 fuchsia 紫红"),
    ("coral", "#ef7f66", "珊瑚 珊瑚色 珊瑚橙 西瓜红 salmon"),
    ("orange", "#f0954a", "橙色 橙 橘色 橘 tangerine rust 锈橘"),
    ("peach", "#f7c6a3", "蜜桃 蜜桃色 桃色 apricot"),
    ("yellow", "#f4cb55", "黄色 黄 姜黄 鹅黄 mustard lemon 柠檬黄"),
    ("gold", "#d9b25f", "金色 金 香槟金 golden brass 黄铜 champagne 香槟色"),
    ("rosegold", "#e0aa98", "玫瑰金 rose-gold copper 紫铜"),
    ("green", "#5f9e6e", "绿色 绿 草绿 牛油果绿 emerald 翠绿"),
    ("mint", "#a9d8c2", "薄荷绿 薄荷 浅绿 豆绿 mint-green 青粉"),
    ("sage", "#a3b39a", "灰绿 鼠尾草绿 抹茶绿 抹茶 matcha"),
    ("olive", "#7e8257", "军绿 军绿色 橄榄绿 army 迷彩 camouflage"),
    ("darkgreen", "#2f5d4c", "墨绿 墨绿色 深绿 bottle-green 松石绿"),
    ("teal", "#3f8f93", "孔雀蓝 孔雀绿 turquoise 青色 peacock aqua"),
    ("blue", "#4a7fc1", "蓝色 蓝 宝蓝 海蓝 royal-blue azure"),
    ("lightblue", "#a9cbe8", "浅蓝 浅蓝色 天蓝 天蓝色 sky-blue 雾霾蓝 冰蓝 sky light-blue"),
    ("navy", "#2e4369", "藏青 藏青色 藏蓝 深蓝 深蓝色 navy-blue dark-blue 海军蓝 midnight"),
    ("denim", "#5878a3", "牛仔蓝 牛仔 denim-blue indigo 靛蓝"),
    ("purple", "#8467a8", "紫色 紫 深紫 violet plum 葡萄紫"),
    ("lilac", "#c8b6e0", "香芋紫 浅紫 淡紫 lavender 薰衣草紫 丁香紫 mauve"),
)

COLOURS: dict[str, str] = {name: value for name, value, _ in _TABLE}
_MANY = ("multicolor", "multicolour", "multi", "彩色", "多色", "彩虹", "rainbow", "七彩")
_ALIASES: dict[str, str] = {word.replace("-", " "): name for name, _, words in _TABLE for word in (name, *words.split())}
_ALIASES |= {"light blue": "lightblue", "dark green": "darkgreen", "rose gold": "rosegold"}
# One-character Han words are too greedy inside titles ("金属", "竹语", "黄油"), so they count only as a whole value.
_WHOLE_ONLY = {word for word in _ALIASES if len(word) == 1} | {
    "sand", "rose", "oak", "steel", "coffee", "chocolate", "sky", "lemon", "peacock", "multi", "army", "copper", "ash",
    "bamboo", "emerald", "platinum", "薄荷", "奶油", "燕麦", "抹茶", "蜜桃", "珊瑚", "牛仔", "原木", "不锈钢",
    "stainless",
    "midnight", "plum", "jet", "champagne", "chrome", "rust", "walnut", "teak", "brass", "matcha", "oatmeal", "caramel",
    "焦糖", "榉木", "橡木", "胡桃木", "wood", "wooden", "rhodium", "apricot", "青粉", "tan", "aqua", "mint", "银",
    "迷彩",
    "gold", "silver", "golden", "黄铜", "lavender", "香芋紫", "camel", "peach", "coral", "graphite", "denim", "indigo",
}  # fmt: skip
_ROSES = ("pink", "lilac", "mint", "lightblue")


def canonical(word: str) -> str | None:
    """The canonical name of one colour word in either language, or None: "藏青色" -> "navy"."""
    key = " ".join(re.split(r"[\s_-]+", word.strip().lower()))
    if key in _ALIASES:
        return _ALIASES[key]
    return _ALIASES.get(key.removesuffix("色"))


def to_hex(colour: str) -> str | None:
    """ "#rrggbb" for a colour name in either language or for a hex value itself; None for anything else."""
    if re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return colour.lower()
    name = canonical(colour)
    return COLOURS[name] if name else None


def find_colours(text: str, *, whole_value: bool = False, limit: int = 3) -> list[str]:
    """Canonical names of the colours named in a text, in order of appearance.

    `whole_value` says that the text is the value of a colour attribute: then ambiguous words ("gold", "竹") count too.
    """
    lowered = re.sub(r"[_\s-]+", " ", text.lower())
    if any(word in lowered for word in _MANY):
        return list(_ROSES[:limit])
    pattern = _PATTERN_WHOLE if whole_value else _PATTERN
    found: list[str] = []
    for match in pattern.finditer(lowered):
        name = _ALIASES[match.group(0)]
        if name not in found:
            found.append(name)
    return found[:limit]


def _compile(words: Iterable[str]) -> re.Pattern[str]:
    ordered = sorted(words, key=len, reverse=True)
    parts = [rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in ordered]
    return re.compile("|".join(parts))


_PATTERN_WHOLE = _compile(_ALIASES)
_PATTERN = _compile(word for word in _ALIASES if word not in _WHOLE_ONLY)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with this share (0..1) of `other` stirred in."""
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(_rgb(colour), _rgb(other), strict=True))


def lightness(colour: str) -> float:
    """Perceived lightness 0 (black) .. 1 (white)."""
    red, green, blue = _rgb(colour)
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def saturation(colour: str) -> float:
    """Distance from grey, 0..1."""
    channels = _rgb(colour)
    return (max(channels) - min(channels)) / 255


def shade(colour: str, amount: float = 0.2) -> str:
    """The side away from the light: darker, a little cooler, and more of its own hue; black in it would look dirty."""
    if lightness(colour) < 0.25:
        return mix(colour, "#0c0a14", amount * 2.2)
    dark = [channel * factor for channel, factor in zip(_rgb(colour), (0.6, 0.57, 0.65), strict=True)]
    grey = sum(dark) / 3
    richer = "#" + "".join(f"{min(255, max(0, round(grey + (channel - grey) * 1.35))):02x}" for channel in dark)
    return mix(colour, richer, min(1.0, amount * 1.65))


def tint(colour: str, amount: float = 0.3) -> str:
    """The side towards the light."""
    return mix(colour, "#ffffff", amount * (0.55 if lightness(colour) < 0.25 else 1))
