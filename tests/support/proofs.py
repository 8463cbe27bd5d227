"""A release's proof as the API shows it, for tests of what is around it."""

from __future__ import annotations

from typing import Any

from huichang.kernel.money import Money
from huichang.ledger.model import LedgerTotals
from huichang.line.proof.model import (
    InputHash,
    ProvedProduct,
    ReleaseManifest,
    ReplayFinding,
    ReplayReport,
    Reviewed,
    Thought,
)
from huichang.line.proof.telling import ProofShown, VenueWhy, why_of
from huichang.selection.model import Reason


def a_manifest(venue_id: str = "v-1", **changes: Any) -> ReleaseManifest:
    """A small one."""
    price = Money.model_validate({"amount": "12.80", "currency": "CNY"})
    values: dict[str, Any] = {
        "venue_id": venue_id,
        "campaign_id": "c-1",
        "version_id": "ab" * 12,
        "language": "zh",
        "run": 1,
        "round": 1,
        "html_sha256": "ab" * 32,
        "page_sha256": "cd" * 32,
        "inputs_sha256": "ef" * 32,
        "inputs": (InputHash(name="venue", sha256="01" * 32),),
        "theme": Thought(name="熊猫玩偶会场", kind="created", sentence="办一场熊猫玩偶会场", reason="熊猫热"),
        "products": (
            ProvedProduct(
                product_id="p1", title="熊猫玩偶", floor="公仔", place=1, price=price, rank=1, reason=Reason(ranks={"search": 1}, score=1.0)
            ),
        ),
        "cost": LedgerTotals(calls=9),
        "planning_cost": LedgerTotals(calls=3),
        "gate_rules": "23" * 32,
        "reviews": (Reviewed(actor="周审", role="reviewer", action="approve", at="2026-09-01T08:00:00.000Z", saw={"hero.copy": "1"}),),
    }
    return ReleaseManifest.model_validate(values | changes)


class ProofShelf:
    """Proof and Replaying; `desk` remembers what was asked."""

    def __init__(self, desk: Any = None) -> None:
        self.desk = desk

    def proof(self, venue_id: str, version_id: str = "") -> ProofShown:
        self._did("proof", venue_id, version_id)
        manifest = a_manifest(venue_id)
        return ProofShown(manifest=manifest, sha256=manifest.sha256, why=why_of(manifest, live=True))

    def why(self, venue_id: str) -> VenueWhy:
        self._did("why_venue", venue_id)
        return why_of(a_manifest(venue_id), live=True)

    def replay(self, venue_id: str, version_id: str = "") -> ReplayReport:
        self._did("replay", venue_id, version_id)
        newer = ReplayFinding(name="template/festival", state="other", text={"zh": "现在部署的不同", "en": "what is deployed is another"})
        manifest = a_manifest(venue_id)
        return ReplayReport(
            venue_id=venue_id,
            version_id=manifest.version_id,
            manifest_sha256=manifest.sha256,
            rebuilt=manifest.version_id,
            identical=True,
            deep=True,
            checked=130,
            findings=(newer,),
        )

    def _did(self, *what: Any) -> None:
        if self.desk is not None:
            self.desk._did(*what)
