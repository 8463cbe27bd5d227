"""Finished pictures, measured: `python -m infra.bench.pictures`, figures as one JSON line.

Random titles (zh and en, short and long) on painted scenes and on backgrounds no designer would choose, in every format and effect:
contrast as typesetting/poster.py defines it, bytes against the format's budget, pictures per second of one process.
Every poster is also read back from its stored WebP by other means (read_back). Exit code 1 below 100 % or over a budget.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import time
from collections import Counter, defaultdict
from typing import Any

import numpy as np
from PIL import Image

from huichang.adapters.posters import PillowStudio
from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Language
from huichang.materials.policy.labels import ContentMaker, picture_findings
from huichang.materials.styles.model import EFFECTS, TypeStyle
from huichang.materials.styles.packages import load_presets
from huichang.pages.typesetting.formats import FORMATS, Format, FormatName
from huichang.pages.typesetting.layout import Layout, Run, Words
from huichang.pages.typesetting.poster import LEAST_CONTRAST, Colours, Drawn
from infra.pictures.backgrounds import HOSTILE, scene
from infra.pictures.titles import random_words, words_of

PAINTED_SHARE = 0.4


def one(
    studio: PillowStudio, dice: random.Random, backgrounds: dict[str, bytes], presets: list[str]
) -> tuple[str, FormatName, Words, Drawn]:
    """A random poster: (kind of background, format, its words, what was drawn)."""
    preset = dice.choice(presets)
    if dice.random() < PAINTED_SHARE:
        kind, background = "painted", scene(preset)
    else:
        kind = dice.choice(sorted({name.split("#")[0] for name in backgrounds}))
        background = backgrounds[dice.choice([name for name in backgrounds if name.split("#")[0] == kind])]
    language: Language = dice.choice(("zh", "en"))
    said = random_words(dice) if dice.random() < 0.7 else words_of(preset, language, long=dice.random() < 0.5)
    form = FORMATS[dice.choice(list(FORMATS))]
    style = TypeStyle(title_weight=dice.choice((500, 700, 900)), effect=dice.choice(EFFECTS))
    drawn = studio.poster(
        background, said, form, Colours.of(load_presets()[preset].style()), style, xmp=ContentMaker().label(f"bench.{preset}").xmp
    )
    return kind, form.name, said, drawn


def outside(layout: Layout, form: Format) -> list[str]:
    """The runs that leave the format's safe area (the AI label has a corner of its own)."""
    left, top, right, bottom = form.words.pixels(form.width, form.height)

    def inside(run: Run) -> bool:
        across = left - 1 <= run.x and run.x + run.width <= right + 1
        return across and top - 1 <= run.baseline - 0.8 * run.size and run.baseline <= bottom + 1

    return [run.text for run in layout.runs if run.role != "ai" and not inside(run)]


def read_back(drawn: Drawn, form: Format) -> float:
    """Contrast of the title's strokes with what lies around them, read off the stored file: the 90th and the 10th percentile of light
    in the title's own rectangle. No mask and no palette of ours comes into it."""
    with Image.open(io.BytesIO(drawn.data)) as picture:
        scale = picture.width / form.width
        pixels = np.asarray(picture.convert("RGB"), dtype=np.float64) / 255
    light = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4) @ np.array([0.2126, 0.7152, 0.0722])
    found = []
    for run in (run for run in drawn.layout.runs if run.role == "title"):
        top, bottom = round((run.baseline - 0.8 * run.size) * scale), round((run.baseline + 0.05 * run.size) * scale)
        part = light[max(top, 0) : bottom, round(run.x * scale) : round((run.x + run.width) * scale)]
        bright, dark = np.percentile(part, 92), np.percentile(part, 8)
        found.append((bright + 0.05) / (dark + 0.05))
    return float(min(found))


def measure(count: int, seed: int, tell: Any) -> dict[str, Any]:
    """The figures of `count` posters."""
    dice = random.Random(seed)
    presets = list(load_presets())
    tell("· painting the scenes, making the hostile backgrounds")
    for preset in presets:
        scene(preset)
    plain = ("white", "black")
    backgrounds = {f"{name}#{n}": make(dice) for name, make in HOSTILE.items() for n in range(1 if name in plain else 3)}
    studio = PillowStudio()
    passed: Counter[str] = Counter()
    total: Counter[str] = Counter()
    sizes: dict[FormatName, list[int]] = defaultdict(list)
    worst: list[float] = []
    lowest: list[float] = []
    back: list[float] = []
    veils: dict[str, list[float]] = defaultdict(list)
    refused: list[str] = []
    wrong: list[str] = []
    shrunk = 0
    spent = worked = 0.0
    for number in range(count):
        started, worked_before = time.perf_counter(), time.process_time()
        try:
            kind, form, said, drawn = one(studio, dice, backgrounds, presets)
        except PermanentError as error:
            refused.append(str(error))
            continue
        spent += time.perf_counter() - started
        worked += time.process_time() - worked_before
        contrast = min(each.contrast for each in drawn.measured)
        total[kind] += 1
        passed[kind] += contrast >= LEAST_CONTRAST
        worst.append(contrast)
        lowest.append(min(each.lowest for each in drawn.measured))
        sizes[form].append(len(drawn.data))
        veils[kind].append(drawn.veil)
        shrunk += drawn.width < FORMATS[form].width
        back.append(read_back(drawn, FORMATS[form]))
        if out := outside(drawn.layout, FORMATS[form]):
            wrong.append(f"outside the safe area: {out} of {said.title}")
        if missing := picture_findings(drawn.data, "poster"):
            wrong.append(f"no label: {missing[0].rule}")
        if number % 50 == 49:
            tell(f"· {number + 1}/{count}, {(number + 1) / spent:.1f} pictures a second")
    made = sum(total.values())
    over = sum(size > FORMATS[form].budget for form, found in sizes.items() for size in found)
    kinds = {
        kind: {"pictures": n, "passed": passed[kind], "veil_p50": round(float(np.median(veils[kind])), 2)}
        for kind, n in sorted(total.items())
    }
    byte_figures = {
        form: {
            "budget": FORMATS[form].budget,
            "p50": int(np.median(found)),
            "p95": int(np.percentile(found, 95)),
            "max": max(found),
        }
        for form, found in sorted(sizes.items())
    }
    return {
        "pictures": made,
        "contrast_pass_rate": round(sum(passed.values()) / max(count, 1), 4),
        "contrast": {"limit": LEAST_CONTRAST, "least": min(worst), "p50": round(float(np.median(worst)), 2), "least_pixel": min(lowest)},
        "contrast_read_back": {"least": round(min(back), 2), "p5": round(float(np.percentile(back, 5)), 2)},
        "by_background": kinds,
        "bytes": byte_figures,
        "over_budget": over,
        "shown_smaller_to_fit": shrunk,
        "refused": refused,
        "wrong": wrong,
        "pictures_per_second": round(made / spent, 2),
        "processor_seconds_each": round(worked / max(made, 1), 3),
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; 1 where a title cannot be read, a file is too large, a word leaves its place or a label is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    result = measure(options.pictures, options.seed, lambda line: print(line, file=sys.stderr))
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    sound = result["contrast_pass_rate"] == 1 and not (result["over_budget"] or result["refused"] or result["wrong"])
    return 0 if sound else 1


if __name__ == "__main__":
    raise SystemExit(main())
