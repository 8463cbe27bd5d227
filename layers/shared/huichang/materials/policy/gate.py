"""The one gate: texts in, a verdict out. Pure, deterministic, linear in the texts' length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from huichang.kernel.errors import PermanentError
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Text
from huichang.materials.policy.contexts import Context, load_contexts
from huichang.materials.policy.lexicon import Lexicon, load_lexicon
from huichang.materials.policy.matcher import Hit, Matcher
from huichang.materials.policy.model import Origin, Passage, PolicyFinding, Rule, Sector, Severity, Verdict
from huichang.materials.policy.rules import SECTOR_OF_INDUSTRY, BrandRules, load_rules

UNNAMED: Text = {"zh": "好货专场", "en": "Good finds"}
"""What a page or a section is called whose own name may not be said."""
_MOST_ASKED = 60
MOST_FINDINGS = 200
"""Of one passage: a text that breaks the rules more often is told so often, and is blocked all the same."""
_RANK: dict[Severity, int] = {"warn": 0, "block": 1}


class Gate:
    """Checks words against rules. Build one and keep it: the automata are made once.

    `lexicon`, `contexts`: those that come with the product where none are given. Raises PermanentError naming what cannot be used.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        lexicon: Lexicon | None = None,
        contexts: Sequence[Context] | None = None,
        *,
        on_top_of: Gate | None = None,
    ) -> None:
        """`on_top_of`: a gate whose rules hold as well, and whose automata are shared: a brand's ten words cost nothing to add."""
        self._base = on_top_of
        below = on_top_of.rules if on_top_of else ()
        self._rules = (*below, *rules)
        words = load_lexicon() if lexicon is None else lexicon
        harmless = load_contexts() if contexts is None else tuple(contexts)
        try:
            self._matcher = Matcher(self._rules[len(below) :], words, harmless)
        except (ValueError, KeyError) as error:
            raise PermanentError(
                f"the rules cannot be used: {error}", where="policy/rules", mend="mend the frame, or the lexicon"
            ) from error
        self._first = len(below)
        groups = (rules, () if on_top_of else (words, *harmless))
        data = [on_top_of.hash if on_top_of else "", *([each.model_dump(mode="json") for each in group] for group in groups)]
        self.hash: str = content_hash(data)[:16]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that judge."""
        return self._rules

    def check(self, passages: Iterable[Passage]) -> Verdict:
        """Findings of every passage, in order."""
        return Verdict(findings=tuple(finding for passage in passages for finding in self._passage(passage)), rules=self.hash)

    def text(self, text: str, place: str = "", *, origin: Origin = "ours", sector: Sector | None = None) -> Verdict:
        """The verdict on one text."""
        return self.check((Passage(text=text, place=place, origin=origin, sector=sector),))

    def mended(self, text: str, *, sector: Sector | None = None) -> str:
        """The text with every blocked word replaced by its proposal or cut; "" where nothing sayable is left.

        What still is blocked after three rounds (a cut that joins two halves to a new word) is given up.
        """
        for _ in range(3):
            verdict = self.text(text, sector=sector)
            if not verdict.blocked:
                return text
            text = _replaced(text, verdict.blocking)
        return "" if self.text(text, sector=sector).blocked else text

    def _hits(self, text: str) -> list[Hit]:
        own = [hit._replace(rule=hit.rule + self._first) for hit in self._matcher.hits(text)]
        return [*(self._base._hits(text) if self._base else ()), *own]

    def _passage(self, passage: Passage) -> list[PolicyFinding]:
        counted: list[tuple[Hit, Severity]] = []
        for hit in self._hits(passage.text):
            rule = self._rules[hit.rule]
            severity = rule.counts(passage.origin)
            if severity and (not rule.sectors or passage.sector in rule.sectors):
                counted.append((hit, severity))
        # Longest first from each place; what lies within a hit that counts as much is said already.
        counted.sort(key=lambda item: (item[0].start, -item[0].end, -_RANK[item[1]], item[0].rule))
        furthest: dict[Severity, int] = {"warn": 0, "block": 0}
        found: list[PolicyFinding] = []
        for hit, severity in counted:
            if hit.end <= max(reach for level, reach in furthest.items() if _RANK[level] >= _RANK[severity]):
                continue
            furthest[severity] = max(furthest[severity], hit.end)
            found.append(self._finding(hit, severity, passage))
            if len(found) == MOST_FINDINGS:
                break
        return found

    def _finding(self, hit: Hit, severity: Severity, passage: Passage) -> PolicyFinding:
        rule = self._rules[hit.rule]
        shown = hit.end
        if hit.end - hit.start == 1:  # 最 alone says little: shown with the character after it
            shown = next((n + 1 for n in range(hit.end, min(hit.end + 5, len(passage.text))) if passage.text[n].isalnum()), hit.end)
        return PolicyFinding(
            rule=rule.id,
            kind=rule.kind,
            severity=severity,
            words=passage.text[hit.start : shown][:80],
            place=passage.place,
            start=hit.start,
            end=hit.end,
            law=rule.law,
            message=rule.message,
            mend=rule.mend,
            instead=rule.instead.get(hit.word, ""),
        )


def _replaced(text: str, findings: Sequence[PolicyFinding]) -> str:
    pieces: list[str] = []
    done = 0
    chosen: list[PolicyFinding] = []  # of two that overlap the longer one: it says more of what is meant
    for finding in sorted(findings, key=lambda each: each.start - each.end):
        if all(finding.end <= other.start or other.end <= finding.start for other in chosen):
            chosen.append(finding)
    for finding in sorted(chosen, key=lambda each: each.start):
        pieces += [text[done : finding.start], finding.instead]
        done = finding.end
    pieces.append(text[done:])
    return " ".join("".join(pieces).split()).strip(" ,，.。、·-—:：;；")


@lru_cache(maxsize=1)
def the_gate() -> Gate:
    """The gate with the rules that come with the product."""
    return Gate(load_rules())


@lru_cache(maxsize=64)
def gate_for(brands: tuple[BrandRules, ...]) -> Gate:
    """The gate with brands' rules on top; the plain one without."""
    more = [rule for brand in brands for rule in brand.rules()]
    return Gate(more, on_top_of=the_gate()) if more else the_gate()


@dataclass(frozen=True)
class Policy:
    """A gate, and the sector of the goods that are spoken of."""

    gate: Gate
    sector: Sector | None = None

    def check(self, passages: Iterable[Passage]) -> Verdict:
        """See Gate.check; the passages name their sector themselves."""
        return self.gate.check(passages)

    def text(self, text: str, place: str = "", *, origin: Origin = "ours") -> Verdict:
        """The verdict on one text."""
        return self.gate.text(text, place, origin=origin, sector=self.sector)

    @property
    def asks(self) -> tuple[str, ...]:
        """What the brand asks for on top of the law, for the model that writes: one line for each rule."""
        brand = (rule for rule in self.gate.rules if rule.kind == "brand")
        return tuple(f"do not write {rule.message['en']}: {', '.join(rule.words[:_MOST_ASKED])}" for rule in brand)

    def mended(self, text: str) -> str:
        """See Gate.mended."""
        return self.gate.mended(text, sector=self.sector)


def the_policy(industry: str | None = None, brands: tuple[BrandRules, ...] = ()) -> Policy:
    """For goods of an industry (catalog/industries.yaml) and brands."""
    return Policy(gate_for(brands), SECTOR_OF_INDUSTRY.get(industry or ""))
