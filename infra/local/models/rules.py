"""write_rules: the operator's limits in the indicators that were offered."""

from __future__ import annotations

from typing import Any

from infra.local.models.embeddings import Embedder
from infra.local.models.grammar import as_conditions, limits, unmeasured


def answer(data: dict[str, Any], user: str, embedder: Embedder) -> dict[str, Any]:
    """RuleAnswer."""
    sentence = str(data["sentence"])
    known = {str(entry["code"]) for entry in data.get("indicators", [])}
    return {"conditions": as_conditions(limits(sentence), known)[:30], "unsupported": unmeasured(sentence)[:30]}
