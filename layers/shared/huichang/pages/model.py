"""Template manifests, what a renderer is given, versions and findings."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.language import Language, Text
from huichang.kernel.model import Model
from huichang.kernel.money import Money
from huichang.materials.model import CopySlot
from huichang.materials.styles.model import StyleChoice
from huichang.pages.typesetting.poster import Poster


class ImageSlot(Model):
    """A picture to be made, in CSS pixels at density 1."""

    name: str
    width: Annotated[int, Field(ge=64, le=2400)]
    height: Annotated[int, Field(ge=64, le=2400)]
    required: bool = True


class TemplateComponent(Model):
    """A part of the page that needs materials. `per_floor`: repeated for every floor (ids floor-1, floor-2, …)."""

    name: str
    per_floor: bool = False
    copy_slots: tuple[CopySlot, ...] = ()
    image_slots: tuple[ImageSlot, ...] = ()


class MatchRule(Model):
    """One rule of a manifest: every given field must hold; its weight is added when it does."""

    weight: float
    theme_kinds: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    min_products: int | None = None
    max_median_price: float | None = None
    because: str


class TemplateManifest(Model):
    """page_templates/<id>/manifest.yaml: what designers promise and what they lock."""

    id: str
    version: int
    name: Text
    components: tuple[TemplateComponent, ...]
    locked_regions: tuple[str, ...] = ()
    min_floors: int = 1
    max_floors: int = 12
    rules: tuple[MatchRule, ...] = ()
    base_weight: float = 0.0
    style: dict[str, str] = {}


class TemplateChoice(Model):
    """Which template and why, with the runner-up."""

    template_id: str
    version: int
    score: float
    reasons: tuple[str, ...]
    runner_up: str = ""


class Design(Model):
    """Template and style of a venue, and why. `style_choice` None: made before it was kept; `style_reason` is what was kept then.

    `scene`: what the picture is asked to show, for its alt text.
    """

    template: TemplateChoice
    style_id: str
    style_reason: str = ""
    style_choice: StyleChoice | None = None
    style: dict[str, str]
    image_prompt: str
    scene: str = ""


class Card(Model):
    """A product as a card shows it; every text already in the venue's language.

    `state`: "" can be bought; "sold_out"; "unconfirmed": nobody can say now what it costs. In the last two the card claims nothing: its
    price is 0 of its currency, which no template may show as a price (macros.html.j2 money and price say what to show instead).
    """

    product_id: str
    title: str
    price: Money
    state: Literal["", "sold_out", "unconfirmed"] = ""
    list_price: Money | None = None
    tier_hint: str = ""
    sold_hint: str = ""
    tags: tuple[str, ...] = ()
    picture: str
    picture_note: str = ""
    merchant: str = ""
    merchant_id: str = ""
    href: str = ""


class PageFloor(Model):
    """A floor ready for the template. `point`: what speaks for its goods, in a few words."""

    floor_id: str
    title: str
    subtitle: str = ""
    point: str = ""
    layout: str = "grid"
    cards: tuple[Card, ...]


class RelatedLink(Model):
    """Another venue, offered at the end of the page. `href` stays on our own origin."""

    title: str
    href: str


class HeroShot(Model):
    """The hero's background as one kind of screen shows it. `veil`: opacity, 0 to 1, of the palette's ground over it where the title
    stands; `contrast`: what the title's inks then measure there against the picture's own pixels (typesetting/poster.py, PERCENTILE)."""

    screen: Literal["phone", "desktop"]
    path: str
    width: int
    height: int
    veil: Annotated[float, Field(ge=0, le=1)]
    contrast: float


class PageModel(Model):
    """Everything a template may use. Templates get this and nothing else."""

    venue_id: str
    language: Language
    title: str
    subtitle: str
    slogan: str = ""
    benefits: tuple[str, ...] = ()
    benefit_kinds: tuple[str, ...] = ()
    share_text: str = ""
    hero_image: str = ""
    hero_alt: str = ""
    hero_cards: tuple[Card, ...] = ()
    # () for pages without a picture, and for those modelled before there were any: then the title stands on the palette's plain ground.
    hero_shots: tuple[HeroShot, ...] = ()
    posters: tuple[Poster, ...] = ()
    # Where the pages are opened ("https://…", no slash at its end): other sites' crawlers need whole addresses. "" where nobody knows yet.
    public_base: str = ""
    floors: tuple[PageFloor, ...]
    style: dict[str, str] = {}
    offline_models: bool = True
    # Nobody looks at this page before it goes live, as its campaign is set: then the page says so (line/releasing.py).
    unreviewed: bool = False
    generated_on: str = ""
    # The implicit AI label of the page (materials/policy/labels.py): the AIGC field's JSON, and IPTC's DigitalSourceType.
    aigc: str = ""
    source_type: str = ""
    beacon_url: str = "/api/beacons"
    related: tuple[RelatedLink, ...] = ()

    def shot(self, screen: str) -> HeroShot | None:
        """The hero's picture for a kind of screen."""
        return next((shot for shot in self.hero_shots if shot.screen == screen), None)

    def poster(self, name: str) -> Poster | None:
        """The finished picture of a format."""
        return next((poster for poster in self.posters if poster.format == name), None)


class Finding(Model):
    """What an inspection saw. Blockers stop the release."""

    severity: Literal["blocker", "warning"]
    rule: str
    place: str
    message: str
    mend: str = ""


class Inspection(Model):
    """Result of looking at a version. `pixels` says whether a browser looked: "not run" is never "passed"."""

    version_id: str
    findings: tuple[Finding, ...] = ()
    pixels: Literal["passed", "failed", "not_run"] = "not_run"
    pixels_note: str = ""

    @property
    def blocked(self) -> bool:
        """True if the page must not be released."""
        return any(finding.severity == "blocker" for finding in self.findings)


class PageVersion(Model):
    """An immutable render, named by the hash of its HTML."""

    version_id: str
    venue_id: str
    html_key: str
    bytes: int
    template: str
    created_at: str


class PageStore(Protocol):
    """Versions, media and the live page in the pages bucket."""

    def put_version(self, venue_id: str, html: str) -> str:
        """Store HTML under its hash (outside what buyers can reach); return the version id."""
        ...

    def read_version(self, venue_id: str, version_id: str) -> str:
        """The HTML. Raises NotFoundError."""
        ...

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        """Store a picture under its hash below media/; return its key. Public address: "/" + key."""
        ...

    def read_media(self, key: str) -> bytes:
        """The picture's bytes. Raises NotFoundError."""
        ...

    def media_exists(self, key: str) -> bool:
        """Whether the picture is there."""
        ...

    def make_live(self, venue_id: str, version_id: str) -> str:
        """Copy the version to the venue's public address; return the path, e.g. /v/<venue_id>/."""
        ...

    def take_down(self, venue_id: str) -> None:
        """Remove the public page; versions stay."""
        ...


class PixelInspector(Protocol):
    """A browser that looks."""

    def look(self, html: str, base_url: str) -> tuple[Literal["passed", "failed", "not_run"], str, tuple[Finding, ...]]:
        """Open the page at 390x844 and 1440x900; (verdict, note, findings)."""
        ...
