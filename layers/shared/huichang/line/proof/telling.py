"""A release in words: what stands behind the theme, the goods, the looks, the words, the money, the checks and the people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from huichang.kernel.errors import ConflictError
from huichang.kernel.language import Language, Text, both, pick
from huichang.kernel.model import Model
from huichang.line.policing import policy_key
from huichang.line.proof.model import ReleaseManifest, Reviewed
from huichang.line.proof.writing import Proofs
from huichang.line.publishing import page_key
from huichang.materials.policy import Verdict
from huichang.pages.model import PageModel
from huichang.selection.rules import in_words
from huichang.selection.words import say
from huichang.venues.model import Venue

_LANGUAGES: tuple[Language, ...] = ("zh", "en")
_PATHS = {"search": both("搜索", "search"), "vector": both("语义", "meaning"), "rules": both("规则", "rules")}
_ACTIONS = {
    "approve": both("批准", "approved"),
    "reject": both("打回", "sent back"),
    "release_unreviewed": both("按设置放行（未经人工审核）", "let through unseen, as the campaign is set"),
}
_ROLES = {
    "operator": both("运营", "operator"),
    "reviewer": both("审核", "reviewer"),
    "designer": both("设计师", "designer"),
    "admin": both("管理员", "admin"),
    "campaign_setting": both("活动设置", "the campaign's setting"),
}


class Told(Model):
    """One thing to know of a venue. `about`: theme, goods, floors, template, style, copy, models, gate, inspection, review, hashes."""

    about: str
    text: Text


class VenueWhy(Model):
    """Why a venue's page is as it is. `live`: of the released version and its kept manifest; else of what is staged now."""

    venue_id: str
    version_id: str
    live: bool
    manifest_sha256: str = ""
    told: tuple[Told, ...]


class ProofShown(Model):
    """A release's manifest, and the same in words."""

    manifest: ReleaseManifest
    sha256: str
    why: VenueWhy


@dataclass(frozen=True)
class WhyVenue:
    """Answers from the manifest of what is live, or from what is staged where nothing is live yet."""

    proofs: Proofs

    def proof(self, venue_id: str, version_id: str = "") -> ProofShown:
        """The kept manifest of a released version. Raises NotFoundError (code no_proof where it was never written)."""
        venue = self.proofs.venues.get(venue_id)
        wanted = version_id or venue.live_version
        if not wanted:
            raise ConflictError("nothing of this venue has gone live yet", where="venue", mend="publish it first", code="not_released")
        manifest = self.proofs.kept(venue, wanted)
        return ProofShown(manifest=manifest, sha256=manifest.sha256, why=why_of(manifest, live=True))

    def why(self, venue_id: str) -> VenueWhy:
        """Raises NotFoundError; ConflictError before there is a page."""
        venue = self.proofs.venues.get(venue_id)
        if venue.proofs.get(venue.live_version):
            return why_of(self.proofs.kept(venue, venue.live_version), live=True)
        return why_of(self._staged(venue), live=False)

    def _staged(self, venue: Venue) -> ReleaseManifest:
        version_id = venue.live_version or venue.staged_version
        if not version_id:
            raise ConflictError(
                f"the venue is {venue.status}: it has no page yet", where="venue", mend="wait until RenderPage is done", code="no_page"
            )
        documents, key = self.proofs.documents, policy_key(venue.venue_id, version_id)
        verdict = documents.get(key, Verdict) if documents.exists(key) else Verdict()
        page = documents.get(page_key(venue.venue_id, version_id), PageModel)
        html = self.proofs.pages.read_version(venue.venue_id, version_id)
        return self.proofs.gather(venue, version_id, page, html, verdict)


def why_of(manifest: ReleaseManifest, *, live: bool) -> VenueWhy:
    """The manifest in words. `live`: it is the kept one of a release."""
    told: list[Told] = []
    for about, tell in _TELLERS:
        text = {language: tell(manifest, language) for language in _LANGUAGES}
        if text["en"]:
            told.append(Told(about=about, text=text))
    return VenueWhy(
        venue_id=manifest.venue_id,
        version_id=manifest.version_id,
        live=live,
        manifest_sha256=manifest.sha256 if live else "",
        told=tuple(told),
    )


def _theme(manifest: ReleaseManifest, language: Language) -> str:
    theme = manifest.theme
    said = [
        say(language, f"「{theme.name}」来自“{theme.sentence}”", f'"{theme.name}" comes from "{theme.sentence}"'),
        theme.reason,
        *(f"{evidence.said}{_figures(evidence.figures)}" for evidence in theme.evidence),
    ]
    if theme.trend_ids:
        ids = ", ".join(theme.trend_ids)
        said.append(say(language, f"依据趋势 {ids}", f"trends {ids}"))
    return _join(said, language)


def _figures(figures: dict[str, float]) -> str:
    return f" ({', '.join(f'{name} {value:,.10g}' for name, value in sorted(figures.items()))})" if figures else ""


def _goods(manifest: ReleaseManifest, language: Language) -> str:
    paths = ", ".join(f"{_PATHS[path][language]} {count:,}" for path, count in manifest.recalled.items())
    count = len(manifest.products)
    said = [say(language, f"{count} 件商品", f"{count} products")]
    if paths:
        said.append(say(language, f"召回：{paths}", f"recalled by {paths}"))
    said += [in_words(condition, language) for condition in manifest.conditions]
    said += [pick(told, language) for told in manifest.relaxed]
    return _join(said, language)


def _floors(manifest: ReleaseManifest, language: Language) -> str:
    names = Counter(product.floor for product in manifest.products)
    listed = say(language, "、", ", ").join(f"{name} ({count})" for name, count in names.items())
    return _join([listed, manifest.floors_reason], language) if listed else ""


def _template(manifest: ReleaseManifest, language: Language) -> str:
    choice = manifest.template
    if choice is None:
        return ""
    sha256 = next((each.sha256 for each in manifest.ingredients if each.kind == "template"), "")
    head = f"{choice.template_id} v{choice.version}" + (f" ({sha256[:12]})" if sha256 else "")
    runner_up = say(language, f"其次是 {choice.runner_up}", f"runner-up {choice.runner_up}") if choice.runner_up else ""
    return _join([head, *choice.reasons, runner_up], language)


def _style(manifest: ReleaseManifest, language: Language) -> str:
    style = manifest.style
    return _join([f"{style.id} v{style.version}", pick(style.reasons, language)], language) if style else ""


def _copy(manifest: ReleaseManifest, language: Language) -> str:
    prompts = Counter(material.prompt for material in manifest.materials if material.prompt)
    said = [f"{name} × {count}" for name, count in sorted(prompts.items())]
    fallen = sum(material.fallback for material in manifest.materials)
    if fallen:
        said.append(say(language, f"{fallen} 处用事实代替了模型的文案", f"{fallen} of them fell back on plain facts"))
    return _join(said, language)


def _models(manifest: ReleaseManifest, language: Language) -> str:
    names = {use.model: use.offline for use in manifest.models}
    stand_in = say(language, "（离线替身）", " (offline stand-in)")
    listed = ", ".join(name + (stand_in if offline else "") for name, offline in sorted(names.items()))
    cost = manifest.cost.cost_usd
    shared = manifest.planning_cost.cost_usd
    money = say(
        language,
        f"{manifest.cost.calls} 次调用，${cost:.4f}；活动策划共 ${shared:.4f}",
        f"{manifest.cost.calls} calls, ${cost:.4f}; planning the campaign ${shared:.4f}",
    )
    return _join([listed, money], language) if listed else ""


def _gate(manifest: ReleaseManifest, language: Language) -> str:
    if not manifest.gate:
        return say(language, f"没有发现问题（规则 {manifest.gate_rules[:12]}）", f"nothing found (rules {manifest.gate_rules[:12]})")
    return _join([finding.said(language) for finding in manifest.gate[:8]], language)


def _inspection(manifest: ReleaseManifest, language: Language) -> str:
    if not manifest.inspections:
        return say(language, "没有这个版本的质检记录", "no inspection of this version is kept")
    found = manifest.inspections[-1]
    pixels = {
        "passed": both("浏览器看过，通过", "a browser looked: passed"),
        "failed": both("浏览器看过，未通过", "a browser looked: failed"),
        "not_run": both("没有浏览器看过", "no browser looked"),
    }[found.pixels][language]
    many = len(found.findings)
    return _join([pixels, say(language, f"{many} 处发现", f"{many} finding{'' if many == 1 else 's'}")], language)


def _review(manifest: ReleaseManifest, language: Language) -> str:
    if not manifest.reviews:
        return say(language, "没有人审核过这个版本", "nobody has reviewed this version")
    return _join([_reviewed(each, language) for each in manifest.reviews], language)


def _reviewed(each: Reviewed, language: Language) -> str:
    role = _ROLES[each.role][language] if each.role in _ROLES else each.role
    when = f"{each.at[:16].replace('T', ' ')} UTC"
    return say(
        language,
        f"{each.actor}（{role}）{when} {_ACTIONS[each.action]['zh']}{_saw(len(each.saw), language)}",
        f"{each.actor} ({role}) {_ACTIONS[each.action]['en']} {when}{_saw(len(each.saw), language)}",
    )


def _saw(count: int, language: Language) -> str:
    return say(language, f"，看过 {count} 件素材", f", having seen {count} materials") if count else ""


def _hashes(manifest: ReleaseManifest, language: Language) -> str:
    known = [f"html {manifest.html_sha256[:12]}", f"page {manifest.page_sha256[:12]}"]
    if manifest.inputs_sha256:
        known.append(say(language, f"{len(manifest.inputs)} 项输入", f"{len(manifest.inputs)} inputs") + f" {manifest.inputs_sha256[:12]}")
    if manifest.unknown:
        known.append(say(language, f"找不到：{', '.join(manifest.unknown)}", f"not found: {', '.join(manifest.unknown)}"))
    return _join(known, language)


def _join(parts: list[str], language: Language) -> str:
    return say(language, "；", "; ").join(filter(None, parts))


_TELLERS = (
    ("theme", _theme),
    ("goods", _goods),
    ("floors", _floors),
    ("template", _template),
    ("style", _style),
    ("copy", _copy),
    ("models", _models),
    ("gate", _gate),
    ("inspection", _inspection),
    ("review", _review),
    ("hashes", _hashes),
)
