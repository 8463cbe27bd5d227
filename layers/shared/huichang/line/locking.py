"""Locked regions on the server: every write that could reach one asks here first, and is refused with `region_locked`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from huichang.kernel.errors import NotFoundError
from huichang.line.keys import VenueStep
from huichang.pages.model import Design, TemplateChoice, TemplateManifest
from huichang.pages.packages.locks import FLOORS, open_component, refuse, region_locked, regions_of, things_at
from huichang.pages.packages.shelf import Templates
from huichang.venues.model import Documents, Venue


class Locks(Protocol):
    """What must not be changed on a venue's page."""

    def refuse(self, venue: Venue, things: Collection[str]) -> None:
        """Raises RegionLockedError where one of the things (a region, a slot's path, "floors") is locked for the venue."""
        ...

    def refuse_component(self, venue: Venue, component: str, slot: str = "") -> None:
        """The same of a component's texts ("hero", "floor-2", or a region's name); `slot`: only this one of them."""
        ...


class Open:
    """Nothing is locked: for desks that know no templates."""

    def refuse(self, venue: Venue, things: Collection[str]) -> None:
        """See Locks."""

    def refuse_component(self, venue: Venue, component: str, slot: str = "") -> None:
        """See Locks."""


OPEN = Open()


@dataclass(frozen=True)
class TemplateLocks:
    """Locks of the template that a venue has, or is on its way to. Before one is matched nothing is locked: matching then leaves out
    templates that would lock what an operator has done already (line/building.py)."""

    documents: Documents
    templates: Templates

    def refuse(self, venue: Venue, things: Collection[str]) -> None:
        """See Locks."""
        manifest = self.manifest(venue)
        if manifest is not None:
            refuse(manifest, things)

    def refuse_component(self, venue: Venue, component: str, slot: str = "") -> None:
        """See Locks."""
        manifest = self.manifest(venue)
        if manifest is not None:
            _refuse_component(manifest, component, slot)

    def manifest(self, venue: Venue) -> TemplateManifest | None:
        """The manifest that holds for the venue now; None before it has a template."""
        if venue.template_pin:
            return self.templates.pinned(venue.template_pin).manifest
        choice = choice_of(venue, self.documents)
        try:
            return self.templates.of(choice) if choice else None
        except NotFoundError:
            return None  # it shipped once and does no more: its page stays, and the next one is matched anew


def choice_of(venue: Venue, documents: Documents) -> TemplateChoice | None:
    """The template of the venue's newest design; None before there is one."""
    if not venue.template:
        return None
    for run in range(venue.run, 0, -1):
        step = VenueStep(campaign_id=venue.campaign_id, venue_id=venue.venue_id, run=run, round=1)
        try:
            return documents.get(step.key("design"), Design).template
        except NotFoundError:
            continue
    return None


def _refuse_component(manifest: TemplateManifest, component: str, slot: str) -> None:
    regions = regions_of(manifest)
    if component in regions and regions[component].locked:
        raise region_locked(component, manifest.id, manifest.version)
    owner = "floor" if component.startswith("floor-") else component
    if slot:
        refuse(manifest, things_at(component, slot))
        return
    for each in manifest.components:
        if owner != ("floor" if each.per_floor else each.name) or not each.copy_slots:
            continue
        if not open_component(manifest, each).copy_slots:  # nothing of it is anybody's to write
            refuse(manifest, [*(f"{owner}.{one.name}" for one in each.copy_slots), FLOORS])
