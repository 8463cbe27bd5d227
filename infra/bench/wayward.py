"""A writer and a painter that go wrong at known rates and obey what reviewers said only partly, as a real model does.

Both speak the product's ports and read nothing but the prompt. They remember what they did wrong, by the text or picture they gave:
that is the bench's oracle (infra/bench/feedback.py), and nothing of it is in an answer.
"""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageDraw

from huichang.kernel.models import Answer, CallContext, Prompt

_FENCE = re.compile(r"<data>\n(.*?)\n</data>", re.DOTALL)


@dataclass(frozen=True)
class Defect:
    """A habit of the model. `rate`: share of materials that show it (0..1); `heard`: how the model knows that a constraint means it."""

    kind: str
    rate: float
    slot: str
    heard: re.Pattern[str]
    of_picture: bool = False


def _heard(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


DEFECTS = (
    Defect("pet_name", 0.40, "subtitle", _heard("亲们")),
    Defect("shouting", 0.35, "subtitle", _heard("感叹号|！")),
    Defect("long_title", 0.45, "title", _heard("太长|at most|a reviewer allows")),
    Defect("number_in_title", 0.40, "title", _heard("数字|no numbers|has a number")),
    Defect("foreign_word", 0.30, "subtitle", _heard("英文|another language")),
    Defect("cliche", 0.35, "subtitle", _heard("套话|repeats what")),
    Defect("false_claim", 0.35, "subtitle", _heard("手工|手作")),
    Defect("pushy", 0.30, "subtitle", _heard("催")),
    Defect("too_dark", 0.40, "", _heard("太暗|bright|lightness"), of_picture=True),
    Defect("same_picture", 0.40, "", _heard("又是这张|nearly the picture"), of_picture=True),
)
_OPENINGS = ("慢慢挑选", "轻松备货", "按需补货", "从容选款", "一页看全", "随心搭配", "货架常新", "放心进货", "细细比较", "常备常新")
_ENDINGS = ("", "，省心", "，不费力", "，刚刚好", "，样样有", "，随时补")
_TITLES = ("来了", "上新", "专区", "好货", "选品", "集锦")
_LONG = ("大集合火热开场", "全品类一站备齐", "采购季盛装登场")
_CLICHES = ("好货到店，生意在手", "好货到店 生意在手", "好货到了店，生意在手", "好货到店，生意就在手", "好货到店里，生意在手")
_CLAIMS = ("纯手工", "手工制作", "匠人手作", "手作")
_PUSHY = ("再不抢就没了", "手慢就没有", "错过等一年", "快来抢", "抢到就是赚到", "赶紧下手", "别再犹豫了")
_FOREIGN = ("New", "Hot", "Style", "Fashion", "Good")


@dataclass
class Obedience:
    """How far constraints are obeyed: `first` for one in a prompt, less the more there are; `again` for a complaint on an answer."""

    first: float = 0.6
    again: float = 0.75
    each_more: float = 0.97


@dataclass
class WaywardWriter:
    """ChatModel."""

    rng: random.Random
    obedience: Obedience = field(default_factory=Obedience)
    calls: int = 0
    wrong: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def ask(self, prompt: Prompt, answer: type[Answer], context: CallContext) -> Answer:  # noqa: ARG002 - a port
        """Texts for the slots asked for."""
        self.calls += 1
        data = json.loads(_FENCE.findall(prompt.user)[-1])
        said = [json.dumps(entry, ensure_ascii=False) for entry in data["constraints"]]
        texts = {"title": self._title(data["facts"]), "subtitle": self.rng.choice(_OPENINGS) + self.rng.choice(_ENDINGS)}
        did: dict[str, set[str]] = {"title": set(), "subtitle": set()}
        habits = [defect for defect in DEFECTS if not defect.of_picture and self.rng.random() < self._rate(defect, said)]
        self.rng.shuffle(habits)
        for defect in habits:
            limit = next(int(slot["max_chars"]) for slot in data["slots"] if slot["name"] == defect.slot)
            text = self._spoilt(defect, texts[defect.slot], data["facts"])
            # One habit may hide another; two of them need room.
            if (
                text
                and len(text) <= limit
                and not (defect.kind in ("cliche", "pushy", "number_in_title", "long_title") and did[defect.slot])
            ):
                texts[defect.slot] = text
                did[defect.slot].add(defect.kind)
        for slot, text in texts.items():
            self.wrong[slot, text] = frozenset(did[slot])
        given = [{"slot": slot["name"], "text": texts[slot["name"]]} for slot in data["slots"]]
        return answer.model_validate({"texts": given})

    def defects(self, texts: Mapping[str, str]) -> frozenset[str]:
        """What is wrong with these texts; what this writer never wrote has none of its habits."""
        return frozenset(kind for slot, text in texts.items() for kind in self.wrong.get((slot, text), ()))

    def _rate(self, defect: Defect, said: list[str]) -> float:
        return rate(defect, said, self.obedience)

    def _title(self, facts: Mapping[str, Any]) -> str:
        return f"{facts['theme_name']}{self.rng.choice(_TITLES)}"

    def _spoilt(self, defect: Defect, text: str, facts: Mapping[str, Any]) -> str:
        pick = self.rng.choice
        return {
            "pet_name": lambda: f"亲们，{text}",
            "shouting": lambda: f"{text}{pick(('！', '！！', '！！！'))}",
            "long_title": lambda: f"{facts['theme_name']}{pick(_LONG)}",
            "number_in_title": lambda: f"{facts['product_count']}款{facts['theme_name']}",
            "foreign_word": lambda: f"{text}{pick(_FOREIGN)}",
            "cliche": lambda: pick(_CLICHES),
            "false_claim": lambda: f"{text}，{pick(_CLAIMS)}",
            "pushy": lambda: pick(_PUSHY),
        }[defect.kind]()


def rate(defect: Defect, said: list[str], obedience: Obedience) -> float:
    """How often the habit shows, given what the prompt says. A complaint on the last answer counts more than a constraint."""
    heard = [entry for entry in said if defect.heard.search(entry)]
    if not heard:
        return defect.rate
    complaint = any(re.search(r"a reviewer (?:forbade|allows|wants|rejected)|which a reviewer|The last try", entry) for entry in heard)
    obeyed = obedience.again if complaint else obedience.first * obedience.each_more ** max(len(said) - 1, 0)
    return defect.rate * (1 - obeyed)


@dataclass
class WaywardPainter:
    """ImageModel."""

    rng: random.Random
    obedience: Obedience = field(default_factory=Obedience)
    calls: int = 0
    last: frozenset[str] = frozenset()

    def paint(self, prompt: str, *, width: int, height: int, context: CallContext) -> bytes:  # noqa: ARG002 - a port
        """A scene of blocks in one light. `last`: what is wrong with it."""
        self.calls += 1
        said = [line for line in prompt.splitlines() if line.startswith(("A reviewer", "The last try"))]
        did = {defect.kind for defect in DEFECTS if defect.of_picture and self.rng.random() < rate(defect, said, self.obedience)}
        if len(did) == 2:  # the favourite picture is a bright one
            did = {self.rng.choice(sorted(did))}
        scene = random.Random("favourite") if "same_picture" in did else random.Random(self.rng.random())
        ground = 30 if "too_dark" in did else 190
        picture = Image.new("RGB", (width, height), tuple(ground + scene.randint(-15, 15) for _ in range(3)))
        draw = ImageDraw.Draw(picture)
        for _ in range(9):
            left, top = scene.randint(0, width), scene.randint(0, height)
            size = scene.randint(height // 5, height // 2)
            shade = tuple(max(0, min(255, ground + scene.randint(-35, 40))) for _ in range(3))
            draw.ellipse((left - size, top - size, left + size, top + size), fill=shade)
        if "same_picture" in did:  # never the same bytes: a speck that nobody sees
            picture.putpixel((self.rng.randrange(width), self.rng.randrange(height)), (self.rng.randrange(256),) * 3)
        self.last = frozenset(did)
        out = io.BytesIO()
        picture.save(out, "PNG")
        return out.getvalue()
