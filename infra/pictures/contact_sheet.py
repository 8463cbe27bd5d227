"""`python -m infra.pictures.contact_sheet`: finished pictures of every style preset into a folder, with a page and one sheet to look at.

Presets x zh/en x short/long titles x phone/desktop, as the line makes them: the offline model's scene, set by the studio, labelled.
"""

from __future__ import annotations

import argparse
import html
import io
import json
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from huichang.adapters.posters import PillowStudio
from huichang.kernel.language import Language
from huichang.materials.policy.labels import ContentMaker
from huichang.materials.styles.packages import load_presets
from huichang.pages.typesetting.formats import FORMATS, FormatName
from huichang.pages.typesetting.poster import Colours
from infra.pictures.backgrounds import scene
from infra.pictures.titles import words_of

LEAST = 40
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_TILE = 300
_STYLE = (
    "body{margin:24px;font:14px/1.5 system-ui,sans-serif;background:#f4f4f2;color:#222}"
    "h1{font-size:20px}h2{font-size:16px;margin:28px 0 8px}"
    ".row{display:flex;flex-wrap:wrap;gap:12px;align-items:flex-end}figure{margin:0}img{display:block;height:300px;width:auto;border-radius:6px}"
    "figcaption{font-size:12px;color:#555;max-width:520px}"
)


def make(folder: Path, presets: list[str], formats: list[FormatName], tell: Any = print) -> list[dict[str, Any]]:
    """Write every picture; return what is known of each, in order. `tell` gets a line for every preset."""
    studio, maker = PillowStudio(), ContentMaker(trained=False)
    folder.mkdir(parents=True, exist_ok=True)
    made: list[dict[str, Any]] = []
    for number, preset in enumerate(presets, 1):
        style = load_presets()[preset]
        colours = Colours.of(style.style())
        for language in LANGUAGES:
            for long in (False, True):
                said = words_of(preset, language, long=long)
                for name in formats:
                    drawn = studio.poster(
                        scene(preset), said, FORMATS[name], colours, style.type, xmp=maker.label(f"contact-sheet.{preset}").xmp
                    )
                    file = f"{preset}-{language}-{'long' if long else 'short'}-{name}.webp"
                    (folder / file).write_bytes(drawn.data)
                    known = {"file": file, "preset": preset, "language": language, "title": said.title, "format": name}
                    contrast = min(each.contrast for each in drawn.measured)
                    made.append(known | {"bytes": len(drawn.data), "veil": drawn.veil, "contrast": contrast})
        tell(f"· {number}/{len(presets)} {preset}: {len(made)} pictures")
    return made


def page(made: list[dict[str, Any]]) -> str:
    """The folder's index.html."""
    parts = [f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Contact sheet</title><style>{_STYLE}</style>']
    parts.append(f"<h1>{len(made)} finished pictures</h1>")
    for preset in dict.fromkeys(each["preset"] for each in made):
        parts.append(f'<h2>{html.escape(preset)}</h2><div class="row">')
        for each in (one for one in made if one["preset"] == preset):
            told = f"{each['title']} · {each['bytes'] / 1024:.0f} KB · contrast {each['contrast']:.1f} · veil {each['veil']:.2f}"
            file, alt = html.escape(each["file"], quote=True), html.escape(each["title"], quote=True)
            parts.append(f'<figure><a href="{file}"><img src="{file}" alt="{alt}" loading="lazy"></a>')
            parts.append(f"<figcaption>{html.escape(told)}</figcaption></figure>")
        parts.append("</div>")
    return "".join(parts)


def sheet(folder: Path, made: list[dict[str, Any]]) -> Image.Image:
    """All pictures on one, a row for each preset and language."""
    rows: list[list[Image.Image]] = []
    for preset, language in dict.fromkeys((each["preset"], each["language"]) for each in made):
        row = []
        for each in (one for one in made if (one["preset"], one["language"]) == (preset, language)):
            with Image.open(io.BytesIO((folder / each["file"]).read_bytes())) as picture:
                row.append(picture.convert("RGB").resize((round(picture.width * _TILE / picture.height), _TILE), Image.Resampling.LANCZOS))
        rows.append(row)
    gap = 10
    width = max(sum(tile.width + gap for tile in row) for row in rows) + gap
    whole = Image.new("RGB", (width, len(rows) * (_TILE + gap) + gap), "#f4f4f2")
    for number, row in enumerate(rows):
        x = gap
        for tile in row:
            whole.paste(tile, (x, gap + number * (_TILE + gap)))
            x += tile.width + gap
    return whole


def main(arguments: list[str] | None = None) -> int:
    """0 with at least 40 pictures."""
    parser = argparse.ArgumentParser(prog="python -m infra.pictures.contact_sheet", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("contact-sheet"))
    parser.add_argument("--presets", nargs="*", default=list(load_presets()))
    parser.add_argument("--formats", nargs="*", default=["phone", "desktop"], choices=sorted(FORMATS))
    options = parser.parse_args(arguments)
    made = make(options.folder, options.presets, options.formats)
    (options.folder / "index.html").write_text(page(made), encoding="utf-8")
    (options.folder / "pictures.json").write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")
    sheet(options.folder, made).save(options.folder / "sheet.jpg", quality=88)
    sys.stdout.write(f"{len(made)} pictures. Look at {options.folder}/index.html, or at all of them at once: {options.folder}/sheet.jpg\n")
    return 0 if len(made) >= LEAST or options.presets != list(load_presets()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
