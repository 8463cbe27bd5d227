"""write_rules: the operator's limits in the indicators that were offered; what none of them measures is said so."""

from __future__ import annotations

from typing import Any

from infra.local.models.embeddings import Embedder
from infra.local.models.grammar import Limit, Vague, as_conditions, read
from infra.local.models.harmless import harmless


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """RuleAnswer."""
    # Clauses that give orders to a model say no limits.
    sentence = harmless(str(data["sentence"]))
    known = {str(entry["code"]) for entry in data.get("indicators", [])}
    reading = read(sentence, _vague(data.get("vague_words")))
    found = _once([*reading.limits, *_values(data.get("values"))])
    measured = [limit.phrase for limit in found if limit.indicator in known]
    missing = [
        phrase
        for phrase in dict.fromkeys([*(limit.phrase for limit in found if limit.indicator not in known), *reading.unmeasured])
        if not any(phrase in said for said in measured)
    ]
    return {"conditions": as_conditions(found, known)[:30], "unsupported": [phrase[:100] for phrase in missing][:30]}


def _vague(given: Any) -> tuple[Vague, ...] | None:
    if not isinstance(given, list) or not given:
        return None
    return tuple(
        Vague(
            words=tuple(str(word) for side in ("zh", "en") for word in entry.get(side, ())),
            indicator=str(entry["indicator"]),
            op=str(entry["op"]),
            value=entry.get("value"),
            percentile=entry.get("percentile"),
        )
        for entry in given
    )


def _values(given: Any) -> list[Limit]:
    """The catalogue's own values that stand in the sentence, as they were sent; several for one phrase are alternatives."""
    if not isinstance(given, list):
        return []
    return [
        Limit(
            str(entry["because"]),
            len(str(entry["because"])),
            str(entry["indicator"]),
            "=",
            "|".join(str(value) for value in entry["values"]),
        )
        for entry in given
    ]


def _once(found: list[Limit]) -> list[Limit]:
    """The same condition said twice is one, with the phrase that was said first."""
    kept: dict[tuple[str, str, object, object], Limit] = {}
    for limit in found:
        kept.setdefault((limit.indicator, limit.op, limit.value, limit.percentile), limit)
    return list(kept.values())
