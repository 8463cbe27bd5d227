"""The one policy gate: what may be said and shown, as data, with the rule, the words, the place and a mend for each finding."""

from huichang.materials.policy.gate import UNNAMED, Gate, Policy, gate_for, the_gate, the_policy
from huichang.materials.policy.model import Passage, PolicyError, PolicyFinding, Rule, Sector, Verdict
from huichang.materials.policy.rules import EVERYWHERE, SECTOR_OF_INDUSTRY, BrandBook, BrandRules, load_rules

__all__ = [
    "EVERYWHERE",
    "SECTOR_OF_INDUSTRY",
    "UNNAMED",
    "BrandBook",
    "BrandRules",
    "Gate",
    "Passage",
    "Policy",
    "PolicyError",
    "PolicyFinding",
    "Rule",
    "Sector",
    "Verdict",
    "gate_for",
    "load_rules",
    "the_gate",
    "the_policy",
]
