"""What the gate knows and says: rules as data, passages to check, findings, a verdict."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Language, Text
from huichang.kernel.model import Model

Severity = Literal["block", "warn"]
Sector = Literal["medical", "food", "cosmetics", "finance", "education"]
RuleClass = Literal["absolute", "medical", "food", "cosmetics", "finance", "education", "deceptive", "unsafe", "brand", "label"]
Origin = Literal["ours", "product"]
"""Whose words: ours (written by a model, a designer or an operator), or a merchant's about a product."""


class Rule(Model):
    """One rule, as it stands in rules/*.yaml.

    `words` are matched folded (policy/folding.py): Chinese anywhere, Latin words whole; `<n>` stands for a number. `but` are
    harmless phrases: a hit that one of them overlaps and outreaches is none. `frames` are sequences of word classes
    (policy/frames.py), for what is forbidden in more ways than a list holds. `instead` proposes a replacement for a word or a frame;
    what has none is cut. `sectors` empty: everywhere. `products`: how it counts in a merchant's own words.
    """

    id: Annotated[str, Field(pattern=r"^[a-z]+(\.[a-z0-9_-]+)+$")]
    kind: RuleClass
    law: str
    message: Text
    mend: Text
    severity: Severity = "block"
    products: Literal["block", "warn", "off"] = "warn"
    sectors: tuple[Sector, ...] = ()
    words: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    instead: dict[str, str] = {}

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if set(self.message) != {"zh", "en"} or set(self.mend) != {"zh", "en"}:
            raise ValueError(f"{self.id}: message and mend need zh and en")
        if not self.words and not self.frames:
            raise ValueError(f"{self.id}: words or frames are needed")
        strange = sorted(set(self.instead) - {*self.words, *self.frames})
        if strange:
            raise ValueError(f"{self.id}: instead names {strange[0]!r}, which is none of its words")
        return self

    def counts(self, origin: Origin) -> Severity | None:
        """How a hit in such words counts; None: not at all."""
        if origin == "ours":
            return self.severity
        return None if self.products == "off" else self.products


class Passage(Model):
    """A text to check: where it stands, whose words it is, and the goods' sector where one is known."""

    text: str
    place: str = ""
    origin: Origin = "ours"
    sector: Sector | None = None


class PolicyFinding(Model):
    """What may not be said: the rule, the words as they stand in the text, where, and what to do.

    `start` and `end` are offsets of the passage's text (characters). `instead` is the proposal for these words, "" to leave them out.
    """

    rule: str
    kind: RuleClass
    severity: Severity
    words: str
    place: str
    start: int
    end: int
    law: str
    message: Text
    mend: Text
    instead: str = ""

    def said(self, language: Language) -> str:
        """One line for people: place, words, why, law."""
        mark = f"「{self.words}」" if language == "zh" else f"{self.words!r}"
        return f"{self.place}: {mark} {self.message[language]} ({self.law})" if self.words else f"{self.place}: {self.message[language]}"


class Verdict(Model):
    """Findings in the order of the passages. `rules` is the hash of the rule data that judged, so that a verdict can be replayed."""

    findings: tuple[PolicyFinding, ...] = ()
    rules: str = ""

    @property
    def blocked(self) -> bool:
        """True if the text may not be shown."""
        return any(finding.severity == "block" for finding in self.findings)

    @property
    def blocking(self) -> tuple[PolicyFinding, ...]:
        """The findings that block."""
        return tuple(finding for finding in self.findings if finding.severity == "block")


class PolicyError(PermanentError):
    """Words or a page may not be shown. HTTP 422; `details` names every place. `language`: of the people who read it."""

    code = "policy_blocked"

    def __init__(self, verdict: Verdict, language: Language, *, where: str = "") -> None:
        found = verdict.blocking or verdict.findings
        said = "; ".join(each.said(language) for each in found[:5])
        more = {"zh": f"（另有 {len(found) - 5} 处）", "en": f" (and {len(found) - 5} more)"}[language] if len(found) > 5 else ""
        mends = dict.fromkeys(each.mend[language] + (f" → {each.instead}" if each.instead else "") for each in found)
        super().__init__(said + more, where=where or (found[0].place if found else ""), mend="; ".join(mends)[:600])
        self.verdict = verdict
        self.details = tuple((each.place, each.said(language)) for each in found[:50])


def read_rules(entries: Any, where: str) -> tuple[Rule, ...]:
    """Validate the list of one rule file. Raises ValueError naming the file."""
    if not isinstance(entries, list):
        raise ValueError(f"{where}: a list of rules is expected")
    return tuple(Rule.model_validate(entry) for entry in entries)
