"""The two ends of a venue: published, or failed with a reason an operator can act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huichang.kernel.errors import ConflictError
from huichang.kernel.language import Language, both
from huichang.ledger.model import Ledger
from huichang.line.budgets import CAP_REACHED, NO_MONEY, has_room, reached
from huichang.line.keys import StepError, VenueStep
from huichang.line.lessons import Lessons
from huichang.line.policing import policy_key
from huichang.line.publishing import Publisher
from huichang.line.releasing import NOT_REVIEWED
from huichang.line.runs import MAX_RUNS, Runs
from huichang.line.selecting import Records
from huichang.materials.policy import PolicyError, Verdict
from huichang.pages.model import Finding, Inspection
from huichang.pages.release_plans import ReleasePlans
from huichang.selection.words import say
from huichang.venues.model import Failure, Venue

MENDS: dict[Language, dict[str, str]] = {
    "zh": {
        "TransientError": "外部服务长时间没有响应；保存一次商品调整即可重新开始",
        "States.Timeout": "等待超时；保存一次商品调整即可重新开始",
        "ThrottledError": "模型一直排不上队；检查配额（huichang limits），再保存一次商品调整重新开始",
        "cap_reached": "提高活动的预算上限；会场会从停下处继续，已付费的不会再付",
        "pictures_unreviewed": "保存一次商品调整：页面重新生成后会先送审；或请管理员处理",
        "goods_gone": "保存一次商品调整，页面会用现有商品重新生成",
        "goods_sold_out": "保存一次商品调整，页面会用现有商品重新生成",
        "no_rounds_left": "换一批素材来源（保存一次商品调整），或换一句话另建活动",
        "failed": "先处理上面提到的问题，再保存一次商品调整重新开始",
    },
    "en": {
        "TransientError": "something outside was away for too long; start the venue again (save its edits)",
        "States.Timeout": "nobody answered in time; start the venue again (save its edits)",
        "ThrottledError": "it never came to its turn at the model; look at the quotas (huichang limits), then start the venue again",
        "cap_reached": "raise the campaign's cap; the venue goes on where it stopped, and nothing is paid again",
        "pictures_unreviewed": "save its edits: the page is made again and comes to a review; or ask an admin",
        "goods_gone": "save its edits: the page is made anew of what there is",
        "goods_sold_out": "save its edits: the page is made anew of what there is",
        "no_rounds_left": "change what it is made of (save its edits), or start another campaign with other words",
        "failed": "mend what it names, then start the venue again (save its edits)",
    },
}
REFUSED = (NOT_REVIEWED, "goods_gone", "goods_sold_out")
"""What a version was kept back for, as whoever publishes by hand is told too (line/publishing.py)."""


@dataclass(frozen=True)
class PublishVenue:
    """The approved version to its public address."""

    records: Records
    publisher: Publisher
    lessons: Lessons
    plans: ReleasePlans

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {path}; "" where the venue waits for the release of its campaign."""
        with self.records.journal.step(step, "PublishVenue") as entry:
            venue = self.records.venues.get(step.venue_id)
            if not venue.approved_version:
                raise ConflictError("nothing was approved", where="PublishVenue", mend="review the venue first")
            ready = self.publisher.check(venue, venue.approved_version)  # what may not go live is told now, and not at midnight
            plan = self.plans.get(venue.campaign_id)
            if plan is not None and plan.holds(self.publisher.releases.clock.now()):
                self.records.venues.update(step.venue_id, held=True)
                when = f"{plan.starts_at.replace('T', ' ')} {plan.timezone}" if plan.starts_at else ""
                entry.told = (both(f"等活动在 {when} 一起发布", f"waits for its campaign's release at {when}"),)
                return {"path": ""}
            published = self.publisher.go_live(venue, ready)
            entry.told = (ready.told,) if ready.told else ()
            if not published.live_unreviewed:  # what nobody looked at was accepted by nobody
                self.lessons.accept(venue)
            entry.note = f"/v/{step.venue_id}/"
        return {"path": entry.note}


@dataclass(frozen=True)
class FailVenue:
    """Writes the reason. What the step itself wrote down is better than what Step Functions caught of it."""

    records: Records
    runs: Runs
    lessons: Lessons
    ledger: Ledger

    def __call__(self, step: VenueStep, error: StepError) -> dict[str, Any]:
        """Return {code}."""
        venue = self.records.venues.get(step.venue_id)
        if venue.status == "failed" or venue.run != step.run or venue.superseded:
            return {"code": venue.failure.code if venue.failure else "superseded"}
        self.lessons.settle(venue)  # the last rejection's request may have died, and no round follows it
        steps = self.records.venues.steps(step.venue_id)
        ended = [record for record in steps if record.status in ("failed", "retrying", "running")]
        last = ended[-1] if ended else None
        message = error.said
        mends = MENDS[venue.language]
        mend = mends.get(error.Error, mends["failed"])
        code = "try_again" if error.Error in mends else "failed"
        blockers = self._blockers(venue)
        if blockers:
            code = "inspection"
            message = "; ".join(f"{finding.place}: {finding.message}" for finding in blockers)
            mend = "; ".join(dict.fromkeys(finding.mend for finding in blockers if finding.mend)) or mend
        elif verdict := self._stopped(step, venue):
            stopped = PolicyError(verdict, venue.language)
            code, message, mend = stopped.code, stopped.message, stopped.mend
        elif venue.decision == "no_rounds_left":
            code = "no_rounds_left"
            message = f"sent back by reviewers in {venue.round} rounds, and no more are allowed"
            mend = mends["no_rounds_left"]
        elif refused := next((record for record in ended if record.code in REFUSED), None):
            code, mend = refused.code, mends[refused.code]
            message = refused.told[-1][venue.language] if refused.told else message
        elif any(record.code in NO_MONEY and error.said.startswith(record.error[:200]) for record in ended):
            code, mend, message = CAP_REACHED, mends[CAP_REACHED], reached(venue.language, message)
        failure = Failure(code=code, message=message[:1500], mend=mend[:1500], step=last.step if last else "")
        if last and last.status != "failed":  # timed out, or its token was answered with an error
            self.records.journal.fail(step.venue_id, last, message)
        self.runs.fail(venue, failure)
        if code == CAP_REACHED and last and last.code == CAP_REACHED and self._raised_meanwhile(venue):
            note = say(venue.language, "预算上限已提高，从停下处继续", "the cap was raised; it goes on where it stopped")
            self.runs.start_again(venue, note)
        return {"code": code}

    def _raised_meanwhile(self, venue: Venue) -> bool:
        """Whether the cap was raised between the refusal and now. Who raises it starts what has failed by then (line/budgets.py), and we
        look after we have failed: one of the two sees the other, and a run that both start is one run."""
        return venue.run < MAX_RUNS and has_room(self.ledger.budget(venue.campaign_id))

    def _stopped(self, step: VenueStep, venue: Venue) -> Verdict | None:
        """What the policy gate said of a page that it did not let be staged, or of an approved one that it did not let go live."""
        keys = [step.round_key("policy")]
        if venue.status == "approved":
            keys.append(policy_key(venue.venue_id, venue.approved_version))
        verdicts = [self.records.documents.get(key, Verdict) for key in keys if self.records.documents.exists(key)]
        return next((verdict for verdict in verdicts if verdict.blocked), None)

    def _blockers(self, venue: Venue) -> list[Finding]:
        """What stopped the staged version. Nothing if the venue has not come that far, or has gone on."""
        key = f"venues/{venue.venue_id}/inspection"
        if venue.status != "staged" or not self.records.documents.exists(key):
            return []
        inspection = self.records.documents.get(key, Inspection)
        if inspection.version_id != venue.staged_version:
            return []
        return [finding for finding in inspection.findings if finding.severity == "blocker"]
