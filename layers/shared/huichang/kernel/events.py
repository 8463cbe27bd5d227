"""Domain events: past-tense facts, put on the bus `huichang` with `source = huichang` and the class name as detail-type."""

from __future__ import annotations

from typing import ClassVar, Protocol

from huichang.kernel.model import Model


class DomainEvent(Model):
    """A fact. Carries ids only; bodies are in S3, state is in DynamoDB."""

    version: ClassVar[int] = 1
    campaign_id: str
    venue_id: str = ""
    at: str

    @property
    def name(self) -> str:
        """Detail-type on the bus."""
        return type(self).__name__


class CampaignRequested(DomainEvent):
    """An operator or a schedule asked for a promotion."""

    requested_by: str


class CampaignPlanned(DomainEvent):
    """Themes were chosen; one venue machine starts for each."""

    venues: int
    rejected: int


class ProductsSelected(DomainEvent):
    """Recall was fused into a selection."""

    products: int


class SupplyGapFound(DomainEvent):
    """A theme has too little stock; a recruiting brief was written."""

    missing: int


class MaterialsRequested(DomainEvent):
    """All material tasks of a page were created for one round."""

    materials: int
    round: int


class MaterialReady(DomainEvent):
    """A worker stored a finished material."""

    material_id: str
    task_key: str


class MaterialFailed(DomainEvent):
    """A material will not be retried any more."""

    material_id: str
    task_key: str
    reason: str


class MaterialSuperseded(DomainEvent):
    """Nobody waits for this material any more: the page asks for another in its place (`by`: its key), or has no such place (""). May be
    told again."""

    material_id: str
    task_key: str
    by: str = ""


class MaterialRejected(DomainEvent):
    """The receipt for the model platform: a reviewer sent a material back. `rejected`: key of the stored result."""

    material_id: str
    task_key: str
    reason_code: str
    reason: str
    prompt_key: str = ""
    rejected: str = ""
    constraint_id: str = ""


class MaterialAccepted(DomainEvent):
    """The receipt's other half: what was made after a rejection was approved. `rejected`, `accepted`: keys of the stored results."""

    material_id: str
    task_key: str
    prompt_key: str
    rejected: str
    accepted: str
    reason_code: str
    reason: str


class PageStaged(DomainEvent):
    """A page version was rendered and can be previewed."""

    version_id: str


class ReviewRequested(DomainEvent):
    """A venue waits for a reviewer."""

    version_id: str


class VenuePublished(DomainEvent):
    """Buyers can open the page."""

    version_id: str


class VenueRolledBack(DomainEvent):
    """An earlier version is live again."""

    version_id: str


class VenueBroken(DomainEvent):
    """A page that buyers could open was found broken, and what was done about it. May be told again.

    `action`: rolled_back (`rolled_to` is live again), hidden, or told (the page stays). `code`: the rules it broke, "a b c".
    """

    version_id: str
    action: str
    rolled_to: str = ""
    code: str
    reason: str = ""


class VenueFailed(DomainEvent):
    """A venue ended without a page, for a reason an operator can act on."""

    code: str
    reason: str


class OffersChanged(DomainEvent):
    """Prices, stock or enrolment of these products were said anew; the index knows already. Telling it twice is harmless."""

    campaign_id: str = ""
    product_ids: tuple[str, ...]


class EventBus(Protocol):
    """Where facts go."""

    def publish(self, *events: DomainEvent) -> None:
        """Put the events on the bus. Raises TransientError when the bus did not take all of them."""
        ...
