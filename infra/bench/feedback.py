"""Whether a rejected defect stays away: 200 scripted rejections of ten kinds, and what later materials show of them.

python -m infra.bench.feedback [--seed N] [--rejections 200] [--obedience 0.6]: one JSON line on standard output. Exit 0 when prompts and
checks together take away at least 80 % of the repeats, 1 otherwise.

A model (infra/bench/wayward.py) that has ten habits and obeys constraints partly writes and paints through the product's own code
(write_copy, paint). A scripted reviewer rejects a material that shows a habit, with the reason, scope and checks that a person would
give. Then more materials are made where the constraint holds, in four arms that start from the same seed: nothing carried and nothing
checked ("before"), prompts only, checks only, both. The checks see texts and pixels; which habit struck is known to the bench alone.
Every universe holds ten rejections at once, so that prompts carry what they would carry in use.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from huichang.adapters.imaging import PillowEncoder
from huichang.adapters.imaging_look import PillowEyes
from huichang.kernel.errors import PermanentError
from huichang.kernel.ids import content_hash
from huichang.kernel.models import Answer, CallContext, ChatModel, ImageModel, Prompt
from huichang.materials.checks import Checks, RejectedPicture
from huichang.materials.constraints import Constraint, Level, Place, holding
from huichang.materials.copywriting import copy_prompt, write_copy
from huichang.materials.model import CopyResult, ImageResult, MaterialRequest, ReasonCode, ReviewConstraint
from huichang.materials.painting import image_prompt, paint
from infra.bench.machine import machine
from infra.bench.memory import MemoryConstraints
from infra.bench.wayward import DEFECTS, Defect, Obedience, WaywardPainter, WaywardWriter

Arm = Literal["before", "prompts", "checks", "both"]
ARMS: tuple[Arm, ...] = get_args(Arm)
LEVELS: tuple[Level, ...] = get_args(Level)
LATER = 6
TARGET = 0.8
WIDTH, HEIGHT = 320, 128
_THEMES = ("熊猫", "抱枕", "台灯", "积木", "连衣裙", "马克杯", "帐篷", "笔袋", "毛巾", "耳机", "项链", "月饼")
_SLOTS = ({"name": "title", "max_chars": 12, "what": "headline"}, {"name": "subtitle", "max_chars": 20, "what": "line below"})

# What a reviewer says and ticks for each kind. Nothing can be ticked against a pushy tone: there only the words count. Of a false claim a
# reviewer names the wordings that come to mind, and the model knows another.
REASONS: dict[str, tuple[ReasonCode, str, dict[str, Any]]] = {
    "pet_name": ("tone", "不要叫顾客亲们", {"never_say": ("亲们",)}),
    "shouting": ("tone", "不要感叹号", {"never_say": ("！",)}),
    "long_title": ("too_long", "标题太长", {"max_chars": 8}),
    "number_in_title": ("other", "标题里不要数字", {"no_numbers": True}),
    "foreign_word": ("tone", "不要夹英文", {"only_language": True}),
    "cliche": ("duplicate", "又是这句套话", {}),
    "false_claim": ("wrong_facts", "货不是手工做的", {"never_say": ("手工", "纯手工")}),
    "pushy": ("tone", "不要催顾客", {}),
    "too_dark": ("ugly", "太暗", {"min_light": 0.4}),
    "same_picture": ("duplicate", "又是这张图", {}),
}


class _Mute:
    """A chat model that is not told the constraints, only what was wrong with its last answer."""

    def __init__(self, chat: ChatModel, constraints: int) -> None:
        self._chat = chat
        self._carried = constraints

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:
        """See ChatModel."""
        head, fence, tail = prompt.user.partition("<data>\n")
        data = json.loads(tail.removesuffix("\n</data>"))
        data["constraints"] = data["constraints"][self._carried :]
        user = f"{head}{fence}{json.dumps(data, ensure_ascii=False)}\n</data>"
        return self._chat.ask(prompt.model_copy(update={"user": user}), answer, context)


class _Telling:
    """A chat model that is told the constraints of another request than the one that is checked."""

    def __init__(self, chat: ChatModel, told: MaterialRequest) -> None:
        self._chat = chat
        self._told = told

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:  # noqa: ARG002 - it is told another one
        """See ChatModel."""
        return self._chat.ask(copy_prompt(self._told), answer, context)


class _Deaf:
    """An image model whose prompts carry no constraints, only what was wrong with the last try."""

    def __init__(self, painter: ImageModel) -> None:
        self._painter = painter

    def paint(self, prompt: str, *, width: int, height: int, context: CallContext) -> bytes:
        """See ImageModel."""
        heard = "\n".join(line for line in prompt.splitlines() if not line.startswith("A reviewer rejected"))
        return self._painter.paint(heard, width=width, height=height, context=context)


class _Listening:
    """An image model that is told the constraints of another request than the one that is checked."""

    def __init__(self, painter: ImageModel, told: MaterialRequest) -> None:
        self._painter = painter
        self._told = told

    def paint(self, prompt: str, *, width: int, height: int, context: CallContext) -> bytes:  # noqa: ARG002 - as above
        """See ImageModel."""
        return self._painter.paint(image_prompt(self._told), width=width, height=height, context=context)


class _Shelf:
    """MediaStore that keeps nothing but names."""

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:  # noqa: ARG002 - a port
        """See MediaStore."""
        return f"media/{content_hash(data)[:32]}.{suffix}"


@dataclass
class Studio:
    """Makes materials in one arm, and counts what that took."""

    arm: Arm
    rng: random.Random
    obedience: Obedience
    made: int = 0
    calls: int = 0
    fallbacks: int = 0
    given_up: int = 0
    _encoder: PillowEncoder = field(default_factory=PillowEncoder)
    _eyes: PillowEyes = field(default_factory=PillowEyes)

    def make(self, request: MaterialRequest) -> tuple[CopyResult | ImageResult | None, frozenset[str]]:
        """The material and its defects (the oracle's). None where it was given up: then the page does without."""
        self.made += 1
        try:
            return self._copy(request) if request.kind == "copy" else self._picture(request)
        except PermanentError:
            self.given_up += 1
            return None, frozenset()

    def _copy(self, request: MaterialRequest) -> tuple[CopyResult, frozenset[str]]:
        writer = WaywardWriter(self.rng, self.obedience)
        bare = request.model_copy(update={"constraints": ()})
        told = len(json.loads(copy_prompt(request).user.partition("<data>\n")[2].removesuffix("\n</data>"))["constraints"])
        try:
            result = {
                "before": lambda: write_copy(bare, writer),
                "prompts": lambda: write_copy(bare, _Telling(writer, request)),
                "checks": lambda: write_copy(request, _Mute(writer, told)),
                "both": lambda: write_copy(request, writer),
            }[self.arm]()
        finally:
            self.calls += writer.calls
        self.fallbacks += result.fallback
        return result, writer.defects(result.texts)

    def _picture(self, request: MaterialRequest) -> tuple[ImageResult, frozenset[str]]:
        painter = WaywardPainter(self.rng, self.obedience)
        bare = request.model_copy(update={"constraints": ()})
        arms: dict[Arm, tuple[MaterialRequest, ImageModel]] = {
            "before": (bare, painter),
            "prompts": (bare, _Listening(painter, request)),
            "checks": (request, _Deaf(painter)),
            "both": (request, painter),
        }
        checked, model = arms[self.arm]
        try:
            result = paint(checked, model, self._encoder, _Shelf(), self._eyes)
        finally:
            self.calls += painter.calls
        return result, painter.last


def place(rng: random.Random, defect: Defect) -> Place:
    """Somewhere a material is made for."""
    return Place(
        venue_id=f"v-{rng.randrange(10**9)}",
        component=rng.choice(("hero", "floor-1", "floor-2", "floor-3")),
        kind="image" if defect.of_picture else "copy",
        language="zh",
        template=rng.choice(("everyday_goods", "festival", "gallery")),
        style=rng.choice(("bamboo_grove", "linen_home", "summer_wave")),
        industry=rng.choice(("toys", "home", "womenswear", "food")),
    )


def within(rng: random.Random, around: Place, level: Level, defect: Defect) -> Place:
    """Another place that shares what the level names with `around`, and as little else as chance wants."""
    other = place(rng, defect)
    shared = {
        "component": ("venue_id", "component", "template", "style", "industry"),
        "venue": ("venue_id", "template", "style", "industry"),
        "template": ("template",),
        "style": ("style",),
        "industry": ("industry",),
        "everywhere": (),
    }[level]
    return other.model_copy(update={name: getattr(around, name) for name in shared})


def request_for(rng: random.Random, where: Place, store: MemoryConstraints) -> MaterialRequest:
    """What line/lessons.py asks for there: the constraints that hold."""
    held = tuple(constraint.said for constraint in holding(store.on_shelves(where.shelves()), where))
    values: dict[str, Any] = {
        "venue_id": where.venue_id, "campaign_id": "bench", "material_id": f"{where.component}.{where.kind}", "component": where.component,
        "kind": where.kind, "language": where.language, "prompt": "a calm scene", "constraints": held,
    }  # fmt: skip
    if where.kind == "image":
        return MaterialRequest.model_validate(values | {"width": WIDTH, "height": HEIGHT})
    count = rng.randint(12, 96)
    # The merchants say that all is made by hand; only a reviewer knows better.
    facts = {"theme_name": rng.choice(_THEMES), "product_count": count, "language": "zh", "qualities": {"handmade": count}}
    return MaterialRequest.model_validate(values | {"slots": _SLOTS, "facts": facts})


def reject(
    rng: random.Random, defect: Defect, level: Level, store: MemoryConstraints, number: int, obedience: Obedience
) -> tuple[Place, Constraint]:
    """A material that shows the habit is found, and sent back as line/lessons.py writes it down."""
    where = place(rng, defect)
    studio = Studio("before", rng, obedience)
    for _ in range(500):
        result, defects = studio.make(request_for(rng, where, MemoryConstraints()))
        if defect.kind in defects and result is not None:
            break
    else:
        raise AssertionError(f"the model never did {defect.kind}")
    code, text, checks = REASONS[defect.kind]
    said = ReviewConstraint(
        code=code,
        text=text,
        checks=Checks.model_validate(checks),
        slot=defect.slot,
        rejected_text={defect.slot: result.texts[defect.slot]} if isinstance(result, CopyResult) else {},
        rejected_picture=RejectedPicture(media_key=result.media_key, look=result.look) if isinstance(result, ImageResult) else None,
    )
    constraint = Constraint(
        constraint_id=f"cst-{number}",
        kind=where.kind,
        language="zh" if where.kind == "copy" else None,
        scope=where.scope(level),
        said=said,
        created_by="bench",
        created_at=f"2026-01-01T00:00:{number:06d}",
        origin=where,
    )
    store.create(constraint)
    return where, constraint


@dataclass
class Tally:
    """Of `made` materials, how many showed a defect; by kind and arm."""

    made: Counter[tuple[str, Arm]] = field(default_factory=Counter)
    shown: Counter[tuple[str, Arm]] = field(default_factory=Counter)

    def count(self, kind: str, arm: Arm, shown: bool) -> None:
        """One material."""
        self.made[kind, arm] += 1
        self.shown[kind, arm] += shown

    def share(self, arm: Arm, *kinds: str) -> float:
        """Over these kinds, all of them without any."""
        wanted = kinds or tuple(defect.kind for defect in DEFECTS)
        made = sum(self.made[kind, arm] for kind in wanted)
        return sum(self.shown[kind, arm] for kind in wanted) / made if made else 0.0


def run(seed: int, rejections: int, obedience: Obedience) -> dict[str, Any]:
    """All rejections and what came after them, in every arm."""
    inside, outside = Tally(), Tally()
    studios = {arm: Studio(arm, random.Random(seed), obedience) for arm in ARMS}
    script = random.Random(seed)
    number = 0
    scopes: Counter[str] = Counter()
    while number < rejections:
        store = MemoryConstraints()
        universe: list[tuple[Defect, Place, Constraint]] = []
        for defect in DEFECTS[: rejections - number]:
            # Ten kinds and six levels: over the universes every kind is rejected at every level.
            level = LEVELS[(number + number // len(DEFECTS)) % len(LEVELS)]
            universe.append((defect, *reject(script, defect, level, store, number, obedience)))
            scopes[level] += 1
            number += 1
        for defect, where, constraint in universe:
            for _ in range(LATER):
                request = request_for(script, within(script, where, constraint.scope.level, defect), store)
                for arm, studio in studios.items():
                    _, defects = studio.make(request)
                    inside.count(defect.kind, arm, defect.kind in defects)
            for _ in range(LATER // 2):
                elsewhere = place(script, defect)
                if constraint.holds_for(elsewhere):
                    continue
                request = request_for(script, elsewhere, store)
                for arm, studio in studios.items():
                    _, defects = studio.make(request)
                    outside.count(defect.kind, arm, defect.kind in defects)
    return report(inside, outside, studios) | {"rejections": number, "scopes": dict(scopes)}


def report(inside: Tally, outside: Tally, studios: dict[Arm, Studio]) -> dict[str, Any]:
    """The figures. Reductions are of the repeat rate, against "before"."""
    before = inside.share("before")
    uncheckable = [kind for kind, (_, _, checks) in REASONS.items() if not checks and kind == "pushy"]
    return {
        "later_materials": sum(count for (_, arm), count in inside.made.items() if arm == "both"),
        "repeat_rate": {arm: round(inside.share(arm), 4) for arm in ARMS},
        "reduction": {arm: round(1 - inside.share(arm) / before, 4) for arm in ARMS[1:]},
        "kinds": {
            defect.kind: {
                "known_rate": defect.rate,
                **{arm: round(inside.share(arm, defect.kind), 3) for arm in ARMS},
                "made": inside.made[defect.kind, "both"],
                "code_can_check": defect.kind not in uncheckable,
            }
            for defect in DEFECTS
        },
        "where_it_does_not_hold": {arm: round(outside.share(arm), 4) for arm in ("before", "both")},
        "calls_per_material": {arm: round(studio.calls / studio.made, 3) for arm, studio in studios.items()},
        "plain_facts_share": {arm: round(studio.fallbacks / studio.made, 4) for arm, studio in studios.items()},
        "given_up_share": {arm: round(studio.given_up / studio.made, 4) for arm, studio in studios.items()},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module's words for the exit status."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.feedback", description="do rejected defects stay away?")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rejections", type=int, default=200)
    parser.add_argument("--obedience", type=float, default=Obedience.first, help="share of times one constraint in a prompt is obeyed")
    options = parser.parse_args(arguments)
    ran_on = machine()
    obedience = Obedience(first=options.obedience)
    figures = run(options.seed, options.rejections, obedience)
    head = {"bench": "feedback", "machine": ran_on, "seed": options.seed, "obedience": vars(obedience)}
    print(json.dumps(head | figures, ensure_ascii=False))
    return 0 if figures["reduction"]["both"] >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
