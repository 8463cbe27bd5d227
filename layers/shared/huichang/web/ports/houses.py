"""What the API calls for what holds everywhere: templates, brands, constraints, synonyms, feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.line.constraining import ConstraintsShown, ConstraintView, NewConstraint
from huichang.line.migrating import Migration, TemplateUses
from huichang.line.templating import TemplateChecked, TemplatesShown, TemplateVersion
from huichang.line.view_models import PreviewLink
from huichang.materials.constraints import Status
from huichang.materials.feedback import FeedbackPage
from huichang.materials.policy import BrandBook, Verdict
from huichang.pages.packages.model import TemplateRecord
from huichang.venues.model import Actor


class TemplateShelf(Protocol):
    """line/templating.py TemplateDesk."""

    def shown(self) -> TemplatesShown:
        """Every version, and which matching may choose."""
        ...

    def check(self, data: bytes) -> TemplateChecked:
        """Every problem of a ZIP; nothing is kept."""
        ...

    def upload(self, data: bytes, actor: Actor) -> TemplateRecord:
        """Keep a ZIP as a draft. TemplatePackageError names all problems."""
        ...

    def publish(self, template_id: str, version: int, actor: Actor) -> TemplateRecord:
        """Matching may choose it."""
        ...

    def deprecate(self, template_id: str, version: int, actor: Actor) -> TemplateRecord:
        """Matching no longer chooses it; live venues keep it."""
        ...

    def tag(self, versions: Sequence[TemplateVersion], add: Sequence[str], remove: Sequence[str], actor: Actor) -> Sequence[TemplateRecord]:
        """Add and remove tags of many."""
        ...

    def preview(self, template_id: str, version: int | None, *, venue_id: str = "", language: Language | None = None) -> PreviewLink:
        """An address that shows it, for a while."""
        ...


class Migrations(Protocol):
    """line/migrating.py Migrations."""

    def uses(self, template_id: str) -> TemplateUses:
        """Which venues have a template. Raises NotFoundError."""
        ...

    def migrate(
        self, template_id: str, version: int, venue_ids: Sequence[str], actor: Actor, *, dry_run: bool = True, accept_losses: bool = False
    ) -> Migration:
        """Move venues to a version. ConflictError (migration_loses) where something would be lost and that was not accepted."""
        ...


class Brands(Protocol):
    """line/brands.py BrandDesk."""

    def show(self) -> BrandBook:
        """The brand rules of all owners."""
        ...

    def replace(self, book: BrandBook, actor: Actor) -> BrandBook:
        """ConflictError if somebody saved meanwhile, InvalidInputError for owners that cannot be."""
        ...

    def check(self, texts: Sequence[str], industry: str, campaign_id: str) -> Verdict:
        """The gate's verdict on words for goods of an industry and the brand of a campaign."""
        ...


class Constraints(Protocol):
    """line/constraining.py ConstraintDesk."""

    def shown(self, status: Status | None, cursor: str, limit: int) -> ConstraintsShown:
        """Newest first, with what contradicts what."""
        ...

    def create(self, wanted: NewConstraint, actor: Actor) -> ConstraintView:
        """ConflictError names the constraint that contradicts it."""
        ...

    def change(self, constraint_id: str, revision: int, changes: Mapping[str, Any], actor: Actor) -> ConstraintView:
        """Edit, retire, bring back. ConflictError if it changed since `revision`."""
        ...


class FeedbackShelf(Protocol):
    """materials/feedback.py FeedbackStore, as far as it is read."""

    def page(self, *, cursor: str = "", limit: int = 50) -> FeedbackPage:
        """Newest first."""
        ...


class SynonymFiles(Protocol):
    """line/synonyms.py SynonymDesk."""

    def show(self) -> Model:
        """{text, phrases, built_in}."""
        ...

    def replace(self, text: str, actor: Actor) -> Model:
        """InvalidInputError names the lines that are wrong."""
        ...
