"""Backgrounds as vector scenes: one light, three depths, a quiet side for the words, motifs placed by rule. No text is painted.

A prompt may say, each on its own or parted by semicolons: `motif:` (what is seen), `palette:` (#rrggbb or #rgb, in the order
quiet ground, lit ground, accent, light, pale), `mood:`, `seed:` and `composition:`. Every hint may be missing.
"""

from __future__ import annotations

import hashlib
import random
import re
import struct
import zlib
from collections.abc import Callable, Sequence

from infra.local.models.painting import life, nature
from infra.local.models.painting.canvas import Canvas, Palette, darker, lighter, lightness, turned

MIN_SIDE, MAX_SIDE = 64, 2400
Draw = Callable[[Canvas], None]

# What names a scene. The word that stands first in the prompt's motif wins.
SCENES: dict[str, tuple[Draw, tuple[str, ...]]] = {
    "bamboo": (nature.bamboo, ("bamboo", "panda", "pandas", "竹", "熊猫")),
    "moon": (nature.moon, ("moon", "osmanthus", "mid-autumn", "mooncake", "中秋", "月")),
    "lantern": (life.lanterns, ("lantern", "lanterns", "plum blossom", "spring festival", "new year", "灯笼", "春节")),
    "snow": (nature.snow, ("snow", "snowflake", "snowflakes", "christmas", "fir", "fir trees", "pine", "winter", "圣诞", "雪", "冬")),
    "meadow": (nature.meadow, ("spring", "tulip", "tulips", "meadow", "spring flowers", "cherry", "春")),
    "petal": (life.petal_arch, ("petal", "petals", "blossom", "blossoms", "flower", "flowers", "rose", "romance", "valentine", "花")),
    "wave": (nature.wave, ("wave", "waves", "sea", "beach", "summer", "palm", "ocean", "夏", "海")),
    "leaf": (nature.autumn, ("maple", "leaf", "leaves", "autumn", "harvest", "wheat", "pumpkin", "秋", "枫")),
    "tent": (nature.camp, ("tent", "tents", "camp", "camping", "mountain", "mountains", "ridge", "ridges", "outdoor", "露营", "户外")),
    "sport": (nature.sport, ("sport", "sports", "track", "stadium", "ball", "fitness", "running", "运动")),
    "tea": (nature.tea, ("tea", "teapot", "terrace", "terraces", "food", "茶", "食品")),
    "diya": (life.diya, ("diya", "diyas", "oil lamp", "oil lamps", "marigold", "rangoli", "lamp", "diwali")),
    "fabric": (life.fabric, ("fabric", "hanger", "hangers", "dress", "dresses", "womenswear", "clothes", "satin", "女装", "服装")),
    "beauty": (life.beauty, ("beauty", "skincare", "cosmetics", "perfume", "serum", "bubble spheres", "美妆")),
    "play": (life.play, ("balloon", "balloons", "star", "stars", "baby", "blocks", "building blocks", "children", "rainbow", "儿童", "母婴")),
    "plush": (life.plush, ("plush", "toy", "toys", "teddy", "doll", "玩偶", "玩具")),
    "paw": (life.pets, ("paw", "paws", "pet", "pets", "cat", "dog", "宠物")),
    "pencil": (life.school, ("pencil", "pencils", "school", "stationery", "notebook", "paper planes", "book", "文具", "开学")),
    "kitchen": (life.kitchen, ("kitchen", "pan", "pans", "cookware", "tableware", "table", "厨房", "餐厨")),
    "home": (life.home, ("sprig", "sprigs", "linen", "home", "interior", "window", "eucalyptus", "arch", "furniture", "家居", "家纺")),
    "tech": (life.tech, ("circuit", "circuits", "tech", "orbit", "orbits", "neon", "grid", "light trails", "electronics", "数码", "科技")),
    "studio": (life.studio, ("studio", "slate", "paper planes of light", "planes of light", "diagonal lines", "menswear", "minimal", "男装")),
    "market": (life.market, ("tag", "tags", "price tags", "parcel", "parcels", "coupon", "coupons", "market", "sale", "wholesale", "stripes", "促销", "批发")),
    "gift": (life.gifts, ("gift", "gifts", "ribbon", "ribbons", "present", "confetti", "party", "礼物", "礼")),
}  # fmt: skip
# Words that only accompany another motif, and their scenes only where nothing else is named.
_FAINT = frozenset({"star", "stars", "arch", "window", "table", "lamp", "ribbon", "ribbons", "grid", "ball", "spring", "leaf", "leaves"})
_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?![0-9a-fA-F])")


def paint(prompt: str, width: int, height: int) -> bytes:
    """PNG bytes of the scene; its metadata say that it was generated, and by what."""
    import resvg_py

    png = bytes(resvg_py.svg_to_bytes(svg_string=scene(prompt, width, height)))
    return marked(png, {"Software": "huichang-offline-image", "Description": f"Generated illustration: {scene_name(prompt)}"})


def scene(prompt: str, width: int, height: int) -> str:
    """The scene as SVG; the same prompt and size give the same picture."""
    hints = hints_of(prompt)
    colours = _HEX.findall(hints.get("palette", ""))
    digest = hashlib.sha256(f"{prompt}|{width}x{height}".encode()).digest()
    canvas = Canvas(Palette.of(_relit(colours, hints.get("seed", ""))), width, height, random.Random(digest))
    canvas.has_panda = bool(re.search(r"panda|熊猫", prompt, re.IGNORECASE))
    SCENES[scene_name(prompt)][0](canvas)
    if re.search(r"\bstage\b", prompt):
        canvas.stage()
    canvas.veil()
    return canvas.svg()


def _relit(colours: Sequence[str], seed: str) -> list[str]:
    """Another seed paints in another light: who sent a picture back must not get the same one with three leaves moved.

    A seed is the number of rejections, `-` and the number of the try; 0 is the preset's own light.
    """
    said = re.match(r"(\d{1,4})(?:-(\d{1,2}))?", seed)
    level = int(said[1]) + 4 * int(said[2] or 0) if said else 0
    if level == 0 or not colours:
        return list(colours)
    share = (0.1, 0.2, 0.3)[(level - 1) % 3]
    dark = sum(map(lightness, colours)) < 0.5 * len(colours)
    return [(lighter if dark else darker)(turned(colour, level * 11 % 28 - 14), share) for colour in colours]


def hints_of(prompt: str) -> dict[str, str]:
    """The hints of a prompt, by name."""
    found: dict[str, str] = {}
    for name, value in re.findall(r"\b(motif|palette|mood|seed|composition|subject):\s*([^;\n]+)", prompt):
        found.setdefault(name, value.strip())
    return found


def scene_name(prompt: str) -> str:
    """The scene that a prompt asks for."""
    hints = hints_of(prompt)
    for text in (hints.get("motif", ""), hints.get("subject", ""), prompt):
        named = _first_named(text.lower())
        if named:
            return named
    return "gift"


def _first_named(text: str) -> str:
    best: tuple[bool, int, int, str] | None = None
    for name, (_, words) in SCENES.items():
        for word in words:
            pattern = re.escape(word) if not word.isascii() else rf"(?<![a-z]){re.escape(word)}(?![a-z])"
            found = re.search(pattern, text)
            if found:
                rank = (word in _FAINT, found.start(), -len(word), name)
                best = rank if best is None or rank < best else best
    return best[3] if best else ""


def marked(png: bytes, texts: dict[str, str]) -> bytes:
    """The PNG with text chunks after its header."""
    chunks = b""
    for keyword, value in texts.items():
        body = keyword.encode("latin-1") + b"\0" + value.encode("latin-1", "replace")
        chunks += struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))
    header = 8 + 4 + 4 + 13 + 4
    return png[:header] + chunks + png[header:]
