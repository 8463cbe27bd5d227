"""write_rules: the operator's limits in the indicators that were offered; what none of them measures is said so."""

from __future__ import annotations

from typing import Any

from infra.local.models.embeddings import Embedder
from infra.local.models.grammar import VAGUE, Limit, Vague, as_conditions, limits, unmeasured


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """RuleAnswer."""
    sentence = str(data["sentence"])
    known = {str(entry["code"]) for entry in data.get("indicators", [])}
    vague = _vague(data.get("vague_words"))
    found = limits(sentence, vague)
    spoken_of = [limit.phrase for limit in found]
    left_over: list[str] = []
    for raw in data.get("constraints", []):
        phrase = str(raw)
        if any(phrase in said or said in phrase for said in spoken_of):
            continue
        more = limits(phrase, vague)
        if more:
            found += more
            spoken_of += [limit.phrase for limit in more]
        else:
            left_over.append(phrase)
    found = _once(found)
    unknown = [limit.phrase for limit in found if limit.indicator not in known]
    measured = [limit.phrase for limit in found if limit.indicator in known]
    missing = [
        phrase for phrase in dict.fromkeys([*unknown, *left_over, *unmeasured(sentence)]) if not any(phrase in said for said in measured)
    ]
    return {"conditions": as_conditions(found, known)[:30], "unsupported": [phrase[:100] for phrase in missing][:30]}


def _vague(given: Any) -> tuple[Vague, ...]:
    if not isinstance(given, list) or not given:
        return VAGUE
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


def _once(found: list[Limit]) -> list[Limit]:
    """The same condition said twice is one, with the phrase that was said first."""
    kept: dict[tuple[str, str, object, object], Limit] = {}
    for limit in found:
        kept.setdefault((limit.indicator, limit.op, limit.value, limit.percentile), limit)
    return list(kept.values())
