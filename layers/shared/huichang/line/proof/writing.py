"""Gathers what a release is made of, and keeps it as a document under its own hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from huichang.kernel.errors import NotFoundError
from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model
from huichang.ledger.model import Ledger, ModelCall, total
from huichang.line.first_images import made_for
from huichang.line.keys import VenueStep
from huichang.line.proof.ingredients import ingredients_of
from huichang.line.proof.model import (
    TASKS,
    InputHash,
    InputsPointer,
    ModelUse,
    ProvedImage,
    ProvedMaterial,
    ProvedProduct,
    ProvedSibling,
    ReleaseManifest,
    RenderInputs,
    RenderSettings,
    Reviewed,
    StyleMade,
    Thought,
    inputs_key,
    manifest_key,
    pointer_key,
)
from huichang.line.showing import seen_hash
from huichang.line.siblings import SiblingLooks, looks_key, siblings_of
from huichang.materials.model import CopyResult, ImageResult, MaterialRequest, MaterialTask
from huichang.materials.policy import Verdict
from huichang.pages.model import Design, Inspection, PageModel, PageStore
from huichang.selection.model import FloorPlan, Selection
from huichang.venues.model import AuditTrail, Campaign, CampaignStore, Documents, Venue, VenueStore

Body = TypeVar("Body", bound=Model)
_DECISIONS = frozenset({"approve", "reject", "release_unreviewed"})
_TRAIL = 500


@dataclass(frozen=True)
class Proofs:
    """Manifests of releases."""

    campaigns: CampaignStore
    venues: VenueStore
    documents: Documents
    pages: PageStore
    ledger: Ledger
    trail: AuditTrail

    def write(self, venue: Venue, version_id: str, page: PageModel, html: str, verdict: Verdict) -> str:
        """Keep the manifest of a version that goes live; its SHA-256, which belongs into the venue's record (proofs_with).

        What cannot be found any more is told in `unknown` and stops no release. Writing it again changes nothing.
        """
        manifest = self.gather(venue, version_id, page, html, verdict)
        self.documents.put(manifest_key(venue.venue_id, version_id, manifest.sha256), manifest)
        return manifest.sha256

    def kept(self, venue: Venue, version_id: str) -> ReleaseManifest:
        """The manifest that the venue's record names. Raises NotFoundError."""
        sha256 = venue.proofs.get(version_id)
        if not sha256:
            raise NotFoundError(
                f"version {version_id[:12]} has no manifest: it went live before there were any",
                where="version_id",
                mend="publish the venue again: its manifest is written then",
                code="no_proof",
            )
        return self.documents.get(manifest_key(venue.venue_id, version_id, sha256), ReleaseManifest)

    def gather(self, venue: Venue, version_id: str, page: PageModel, html: str, verdict: Verdict) -> ReleaseManifest:
        """What this version is made of, from what its run wrote down."""
        unknown: list[str] = []
        inputs = self.inputs(venue.venue_id, version_id)
        if inputs is None:
            unknown.append("inputs")
        step = VenueStep(
            campaign_id=venue.campaign_id,
            venue_id=venue.venue_id,
            run=inputs.run if inputs else venue.run,
            round=inputs.round if inputs else venue.round,
        )
        design = self._found(step.key("design"), Design, unknown)
        selection = self._found(step.key("selection"), Selection, unknown)
        floors = self._found(step.key("floors"), FloorPlan, unknown)
        ingredients = inputs.ingredients if inputs else ()
        if not ingredients and design:
            ingredients = ingredients_of(design.template, design.style_id, self.documents)
        calls = self.ledger.of_venue(venue.campaign_id, venue.venue_id)
        planning = self.ledger.of_venue(venue.campaign_id, "")
        choice = design.style_choice if design else None
        return ReleaseManifest(
            venue_id=venue.venue_id,
            campaign_id=venue.campaign_id,
            version_id=version_id,
            language=venue.language,
            run=step.run,
            round=step.round,
            html_sha256=content_hash(html),
            page_sha256=page_hash(page),
            inputs_sha256=inputs.sha256 if inputs else "",
            inputs=hashes(inputs) if inputs else (),
            media=tuple(InputHash(name=key, sha256=sha256) for key, sha256 in inputs.media.items()) if inputs else (),
            ingredients=ingredients,
            settings=RenderSettings.model_validate_json(inputs.parts["settings"]) if inputs else None,
            theme=_thought(venue, self.campaigns.get(venue.campaign_id)),
            template=design.template if design else None,
            style=StyleMade(id=design.style_id, version=choice.version if choice else 0, reasons=choice.said() if choice else {})
            if design
            else None,
            conditions=selection.rules.conditions if selection else (),
            relaxed=selection.rules.relaxed if selection else (),
            recalled=selection.recalled if selection else {},
            floors_by=floors.by if floors else "",
            floors_reason=floors.reason if floors else "",
            products=_products(page, selection),
            materials=tuple(self._materials(inputs)) if inputs else (),
            models=_models([*planning, *calls]),
            cost=total(calls),
            planning_cost=total(planning),
            gate_rules=verdict.rules,
            gate=verdict.findings,
            inspections=self._inspections(venue.venue_id, version_id),
            reviews=self._reviews(venue.venue_id, version_id),
            unknown=tuple(unknown),
            siblings=self._siblings(venue.venue_id, version_id),
            first_images=tuple(
                ProvedImage.model_validate(image.model_dump(include=set(ProvedImage.model_fields)))
                for image in made_for(self.documents, venue.venue_id, version_id)
            ),
        )

    def inputs(self, venue_id: str, version_id: str) -> RenderInputs | None:
        """Of the version's latest rendering; None where none were written down."""
        if not self.documents.exists(pointer_key(venue_id, version_id)):
            return None
        pointer = self.documents.get(pointer_key(venue_id, version_id), InputsPointer)
        return self.documents.get(inputs_key(venue_id, pointer.sha256), RenderInputs)

    def _found(self, key: str, kind: type[Body], unknown: list[str]) -> Body | None:
        if self.documents.exists(key):
            return self.documents.get(key, kind)
        unknown.append(key.rsplit("/", 1)[-1])
        return None

    def _materials(self, inputs: RenderInputs) -> list[ProvedMaterial]:
        made = []
        for task in TASKS.validate_json(inputs.parts["materials"]):
            text = inputs.parts.get(f"document/{task.result_key}")
            if text is not None:
                made.append(self._material(task, text))
        return made

    def _material(self, task: MaterialTask, text: str) -> ProvedMaterial:
        result = (ImageResult if task.kind == "image" else CopyResult).model_validate_json(text)
        request = self.documents.get(task.request_key, MaterialRequest) if self.documents.exists(task.request_key) else None
        asked = result.asked
        return ProvedMaterial(
            material_id=task.material_id,
            kind=task.kind,
            task_key=task.task_key,
            request_sha256=content_hash(request.model_dump(mode="json")) if request else "",
            result_sha256=content_hash(text),
            seen=seen_hash(result),
            prompt=f"{asked.name}.v{asked.version}" if asked else (request.prompt_version if request else ""),
            prompt_sha256=content_hash(asked.model_dump(mode="json")) if asked else "",
            attempts=task.attempts,
            fallback=result.fallback,
        )

    def _siblings(self, venue_id: str, version_id: str) -> tuple[ProvedSibling, ...]:
        made = [each for each in siblings_of(self.documents, venue_id, version_id).siblings if each.version_id]
        key = looks_key(venue_id, version_id)
        looks = self.documents.get(key, SiblingLooks).looks if made and self.documents.exists(key) else ()
        sound = {look.version_id for look in looks if not look.blocked}
        return tuple(
            ProvedSibling(
                segment=each.segment,
                version_id=each.version_id,
                html_sha256=content_hash(self.pages.read_version(venue_id, each.version_id)),
                order=each.variant.order,
                hero=each.variant.hero,
                why=each.variant.why,
                sound=each.version_id in sound,
            )
            for each in made
        )

    def _inspections(self, venue_id: str, version_id: str) -> tuple[Inspection, ...]:
        key = f"venues/{venue_id}/inspection"
        if not self.documents.exists(key):
            return ()
        found = self.documents.get(key, Inspection)
        return (found,) if found.version_id == version_id else ()

    def _reviews(self, venue_id: str, version_id: str) -> tuple[Reviewed, ...]:
        entries = self.trail.of(venue_id, _TRAIL)
        about = [entry for entry in reversed(entries) if entry.action in _DECISIONS and entry.saw == version_id]
        return tuple(
            Reviewed(
                actor=entry.actor,
                role=entry.role,
                action=entry.action,
                at=entry.at,
                note=str(entry.detail.get("note", "")),
                saw={str(name): str(sha256) for name, sha256 in dict(entry.detail.get("saw") or {}).items()},
                saw_told=bool(entry.detail.get("saw_told")),
            )
            for entry in about
        )


def proofs_with(venue: Venue, version_id: str, sha256: str, kept: Sequence[str]) -> dict[str, str]:
    """The venue's manifests with this one; only those of versions that can be gone back to stay."""
    proofs = {version: proof for version, proof in venue.proofs.items() if version in kept}
    return proofs | {version_id: sha256}


def page_hash(page: PageModel) -> str:
    """SHA-256 of a page model. Renditions are left off where there are none: models from before them keep their hash."""
    said = page.model_dump(mode="json")
    if not page.pictures:
        del said["pictures"]
    for shot in said["hero_shots"]:
        if not shot["renditions"]:
            del shot["renditions"]
    return content_hash(said)


def hashes(inputs: RenderInputs) -> tuple[InputHash, ...]:
    """Each part's hash, and which documents were not there."""
    parts = [InputHash(name=name, sha256=content_hash(text)) for name, text in sorted(inputs.parts.items())]
    return (*parts, InputHash(name="absent", sha256=content_hash(list(inputs.absent))))


def _thought(venue: Venue, campaign: Campaign) -> Thought:
    theme = venue.theme
    return Thought(
        name=theme.name,
        kind=theme.kind,
        sentence=campaign.request.sentence,
        reason=theme.reason,
        trend_ids=theme.trend_ids,
        evidence=theme.evidence,
        stock_depth=theme.stock_depth,
    )


def _products(page: PageModel, selection: Selection | None) -> tuple[ProvedProduct, ...]:
    chosen = {row.product_id: row for row in selection.products} if selection else {}
    return tuple(
        ProvedProduct(
            product_id=card.product_id,
            title=card.title,
            floor=floor.title,
            place=place,
            price=card.price,
            rank=row.rank if (row := chosen.get(card.product_id)) else None,
            reason=row.reason if row else None,
        )
        for floor in page.floors
        for place, card in enumerate(floor.cards, 1)
    )


def _models(calls: Sequence[ModelCall]) -> tuple[ModelUse, ...]:
    grouped: dict[tuple[str, str, str, bool], list[ModelCall]] = {}
    for call in calls:
        grouped.setdefault((call.kind, call.model, call.purpose, call.offline), []).append(call)
    return tuple(
        ModelUse(
            model=model,
            kind=of[0].kind,
            purpose=purpose,
            offline=offline,
            calls=len(of),
            cost_usd=sum((call.cost_usd for call in of), Decimal(0)),
            call_keys=tuple(sorted(call.call_key for call in of)),
        )
        for (_, model, purpose, offline), of in sorted(grouped.items())
    )
