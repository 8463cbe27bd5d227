"""From the audit trail to what stands beside a share: rules, verdicts, policies, releases, in words.

Rooms write entries of their own; those whose names are known here are told in both languages, every other one about the placements,
venues and campaigns asked for with its own words. What cannot move traffic (a review, an edit of a draft) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from huichang.delivery.results.model import Happening
from huichang.kernel.language import Text, both
from huichang.venues.model import AuditEntry, AuditTrail

Kind = Literal["rule", "verdict", "policy", "placement", "release", "image", "floor", "other"]
MOST = 500
# Of the whole trail so many of the newest are looked through for what names no subject of its own (a traffic rule).
RECENT = 2000
_LONGEST = 300

_KNOWN: dict[str, tuple[Kind, Text]] = {
    "publish": ("release", both("会场上线", "The venue was published")),
    "release_unreviewed": ("release", both("会场未经人工看图上线", "The venue went live without a person having looked at its pictures")),
    "roll_back": ("release", both("会场退回之前的版本", "The venue was rolled back to an earlier version")),
    "roll_back_broken": ("release", both("会场有问题，已退回完好的版本", "The venue was broken and rolled back to its last sound version")),
    "hide_broken": ("release", both("会场有问题，已隐藏", "The venue was broken and hidden")),
    "retire": ("release", both("会场下线", "The venue was retired")),
    "publish_campaign": ("release", both("活动上线", "The campaign was released")),
    "release_campaign": ("release", both("活动上线", "The campaign was released")),
    "rollback_campaign": ("release", both("活动退回之前的发布", "The campaign was rolled back")),
    "retire_campaign": ("release", both("活动下线", "The campaign was retired")),
    "refresh_claims": ("release", both("页面内容按最新数据更新", "The page was refreshed with the facts of now")),
    "order_traffic": ("rule", both("流量规则生效", "A traffic rule was set")),
    "withdraw_order": ("rule", both("流量规则撤销", "A traffic rule was withdrawn")),
    "standing_eliminated": ("verdict", both("会场按结论退出投放位", "The venue left the placement on its evidence")),
    "standing_restored": ("verdict", both("会场回到投放位", "The venue was put back into the placement")),
    "standing_frozen": ("verdict", both("投放位暂停按结论下线", "No verdict moves traffic in the placement for now")),
    "standing_thawed": ("verdict", both("投放位恢复按结论下线", "Verdicts move traffic in the placement again")),
    "policy_released": ("policy", both("排序策略上线", "A ranking policy was released")),
    "policy_overridden": ("policy", both("排序策略未经结论放行，由管理员担保上线", "A ranking policy was released on an admin's word")),
    "policies_rolled_back": ("policy", both("排序策略退回", "The ranking policy was rolled back")),
    "put_placement": ("placement", both("投放位改了设置", "The placement was changed")),
    "remove_placement": ("placement", both("投放位去掉了", "The placement was removed")),
    "first_image_on": ("image", both("首图启用", "A first image was switched on")),
    "first_image_off": ("image", both("首图停用", "A first image was switched off")),
    "migrate_venue": ("release", both("会场换了模板", "The venue moved to another template")),
}
_STARTS = both("流量规则按计划开始", "A traffic rule began, as ordered")
_ENDS = both("流量规则到期结束", "A traffic rule ended, as ordered")
# Of venues and campaigns, and no reason for a share: people at their desks.
_ELSEWHERE = frozenset(
    {
        "approve",
        "reject",
        "edit",
        "undo_edit",
        "edits_due",
        "edit_page",
        "ask_words",
        "edit_brief",
        "plan_release",
        "release_kept_back",
        "start_campaign",
        "claims_stuck",
        "put_back_altered",
        "set_goods_aside",
        "segments",
        "raise_cap",
        "set_cap",
        "restart",
        "policy_proposed",
        "policy_judged",
        "policy_refused",
        "policy_withdrawn",
        "standing_read_again",
        "standing_kept",
    }
)
# Subjects under which a room writes what is about all or several placements.
_ROOMS = ("ranking-policies",)
_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"verdict|eliminat|restor|put_back|standing|retire|promote", "verdict"),
    (r"rule|hold|boost|floor|cap\b|pacing|limit|traffic", "rule"),
    (r"policy|offpolicy", "policy"),
    (r"image|picture", "image"),
    (r"placement", "placement"),
)
_DELIVERY = re.compile(r"placement|traffic|rule|verdict|eliminat|standing|policy|first_image|newcomer|hold_|boost|snapshot")
# Entries of other rooms whose names sound alike.
_NOT_DELIVERY = frozenset({"replace_brand_rules"})


@dataclass(frozen=True)
class AuditHappened:
    """Happened, out of the audit trail."""

    trail: AuditTrail

    def about(self, subjects: Collection[str], since: str, until: str) -> Sequence[Happening]:
        """See Happened. Of each subject the newest MOST entries, and what delivery wrote among the newest RECENT of all."""
        found: dict[str, AuditEntry] = {}
        for subject in subjects:
            for entry in self.trail.of(subject, MOST):
                found[entry.model_dump_json()] = entry
        for entry in [entry for room in _ROOMS for entry in self.trail.of(room, MOST)] + self.trail.recent(RECENT):
            if _is_delivery(entry) and _touches(entry, subjects):
                found[entry.model_dump_json()] = entry
        entries = list(found.values())
        told = [each for each in map(happening_of, entries) if each is not None] + _by_the_clock(entries)
        return sorted((each for each in told if since <= each.at < until), key=lambda each: each.at)


def happening_of(entry: AuditEntry) -> Happening | None:
    """None: it cannot have moved traffic."""
    if entry.action in _ELSEWHERE:
        return None
    plain = re.sub("[_.]", " ", entry.action)
    kind, what = _KNOWN.get(entry.action) or (_kind_of(entry.action), both(plain, plain))
    return Happening(
        at=entry.at, kind=kind, what=_own_words(entry) or what, who=entry.actor, subject=_about(entry), said=_said(entry.detail)
    )


def _kind_of(action: str) -> Kind:
    return next((kind for pattern, kind in _KINDS if re.search(pattern, action)), "other")


def _by_the_clock(entries: Sequence[AuditEntry]) -> list[Happening]:
    """Rules that begin or end by themselves: nobody writes an entry at that moment, the entry that ordered them says when."""
    withdrawn = {entry.subject: entry.at for entry in entries if entry.action == "withdraw_order"}
    found = []
    for entry in entries:
        if entry.action != "order_traffic":
            continue
        for name, what in (("starts", _STARTS), ("ends", _ENDS)):
            at = entry.detail.get(name)
            if isinstance(at, str) and at > entry.at and not withdrawn.get(entry.subject, at) < at:
                found.append(Happening(at=at, kind="rule", what=what, who=entry.actor, subject=_about(entry), said=_said(entry.detail)))
    return found


def _about(entry: AuditEntry) -> str:
    """Whom it is about: what the entry names (a rule's venue or campaign), else its subject."""
    named = entry.detail.get("subject")
    return str(named["id"]) if isinstance(named, dict) and isinstance(named.get("id"), str) else entry.subject


def _own_words(entry: AuditEntry) -> Text:
    """What the entry says of itself in both languages; {} where it says nothing."""
    for name in ("told", "words", "what"):
        said = entry.detail.get(name)
        if isinstance(said, dict) and isinstance(said.get("zh"), str) and isinstance(said.get("en"), str):
            return both(said["zh"][:_LONGEST], said["en"][:_LONGEST])
    return {}


def _said(detail: dict[str, Any]) -> str:
    parts = []
    for name, value in detail.items():
        if name in ("told", "words", "what") or value in (None, "", [], {}, 0) or isinstance(value, dict):
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
        parts.append(shown if name in ("note", "why", "reason") else f"{name.replace('_', ' ')}: {shown}")
    return " · ".join(parts)[:_LONGEST]


def _is_delivery(entry: AuditEntry) -> bool:
    if entry.action in _KNOWN:
        return _KNOWN[entry.action][0] != "release"
    return entry.action not in _NOT_DELIVERY and bool(_DELIVERY.search(f"{entry.action} {entry.subject}"))


def _touches(entry: AuditEntry, subjects: Collection[str]) -> bool:
    """Whether it names one of them, or nobody in particular."""
    named = {part for part in re.split(r"[:#/ ]", entry.subject) if part} | {_about(entry)}
    if named & set(subjects):
        return True
    if "placement" in named:
        return False
    for name in ("placement", "placements", "venue", "venue_id", "campaign", "campaign_id"):
        value = entry.detail.get(name)
        named |= (
            {value} if isinstance(value, str) and value else {str(each) for each in value} if isinstance(value, (list, tuple)) else set()
        )
    return (
        bool(named & set(subjects)) or "*" in named or not any(entry.detail.get(name) for name in ("placement", "placements", "venue_id"))
    )
