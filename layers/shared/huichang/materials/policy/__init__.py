"""The one policy gate: what may be said and shown, as data, with the rule, the words, the place and a mend for each finding."""

from huichang.materials.policy.gate import Gate, gate_for, the_gate
from huichang.materials.policy.model import Passage, PolicyFinding, Rule, Sector, Verdict
from huichang.materials.policy.rules import SECTOR_OF_INDUSTRY, BrandRules, load_rules

__all__ = [
    "SECTOR_OF_INDUSTRY",
    "BrandRules",
    "Gate",
    "Passage",
    "PolicyFinding",
    "Rule",
    "Sector",
    "Verdict",
    "gate_for",
    "load_rules",
    "the_gate",
]
