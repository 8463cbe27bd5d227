"""Template manifests, what a renderer is given, versions and findings."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.ids import content_hash
from huichang.kernel.language import Language, Text, Told
from huichang.kernel.model import Model
from huichang.kernel.money import Money
from huichang.materials.model import CopySlot
from huichang.materials.styles.model import StyleChoice
from huichang.pages.renditions import PictureSet, Rendition
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


Share = Annotated[float, Field(ge=0, le=1)]


class MatchRule(Model):
    """One rule of a manifest: every given field must hold; its weight is added when it does (a weight below 0 speaks against).

    `words` are looked for in the theme's name, keywords and sub-themes, `name_words` in its name alone, `moods` in the brief's tone.
    `ends`: whether the promotion has an end. `signals`: what the brief is led by (themes/model.py: Signal). Shares, 0 to 1, are of
    the products: on the largest shelf (`top_share`: its category's last step; `department_share`: its first), with price steps or a
    smallest order of `moq_from` pieces (`tiered_share`), with a true list price (`reduced_share`), listed in the last 30 days
    (`new_share`). `min_spread`: the 90th percentile of the prices over the 10th. Prices are compared where all products have one currency,
    and hold for none otherwise.
    """

    weight: float
    theme_kinds: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    name_words: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    ends: bool | None = None
    min_products: int | None = None
    max_products: int | None = None
    max_median_price: float | None = None
    min_spread: float | None = None
    min_top_share: Share | None = None
    max_top_share: Share | None = None
    min_department_share: Share | None = None
    max_department_share: Share | None = None
    min_tiered_share: Share | None = None
    moq_from: Annotated[int, Field(ge=1)] = 10
    min_reduced_share: Share | None = None
    min_new_share: Share | None = None
    because: Told


class Region(Model):
    """A part of the page that a template names (data-region="<name>" in its layout; docs/page-templates.md).

    `holds`: what stands in it: slots by path ("hero.slogan", "floor.point"), or "floors" (their order, titles and goods). `locked`: nobody
    changes that, neither people nor models. `words`: the designer's words for the copy slots of a locked region, by slot path.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    locked: bool = False
    what: Text = {}
    holds: tuple[str, ...] = ()
    words: dict[str, Text] = {}


class TemplateManifest(Model):
    """page_templates/<id>/manifest.yaml: what designers promise and what they lock. `locked_regions`: the short form of regions."""

    id: str
    version: int
    name: Text
    components: tuple[TemplateComponent, ...]
    locked_regions: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    tags: tuple[str, ...] = ()
    min_floors: int = 1
    max_floors: int = 12
    rules: tuple[MatchRule, ...] = ()
    base_weight: float = 0.0
    style: dict[str, str] = {}


class TemplateReason(Model):
    """A rule that held: its weight, and what it says in both languages."""

    points: float
    said: Told


class TemplateScore(Model):
    """What speaks for and against one template."""

    template_id: str
    score: float
    reasons: tuple[TemplateReason, ...] = ()


class TemplateChoice(Model):
    """Which template and why, with the runner-up.

    `reasons` and `runner_up` are in the venue's language, for its journal; `why` and `others` (all other templates, the runner-up first) in
    both, () for choices that were made before they were kept. `package`: content hash of an uploaded package; "" for one that ships.
    """

    template_id: str
    version: int
    score: float
    reasons: tuple[str, ...]
    runner_up: str = ""
    why: tuple[TemplateReason, ...] = ()
    others: tuple[TemplateScore, ...] = ()
    package: str = ""


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


class CardTier(Model):
    """The unit price from this many pieces on."""

    pieces: Annotated[int, Field(ge=1)]
    price: Money


class Card(Model):
    """A product as a card shows it; every text already in the venue's language.

    `tiers`: its price steps from the smallest order on, () where the page was modelled before they were kept. `moq`: the smallest order
    in pieces, 0 not known. `ships_within`: hours. `sold`: pieces in 30 days. `traits`: (name, value) as its merchant states them. None of
    these is ever guessed: what is not known is None, 0 or ().

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
    # Days between its listing and the import of its catalogue; None unknown. Says which of two is newer, not how old it is today.
    listed_days: int | None = None
    tiers: tuple[CardTier, ...] = ()
    moq: int = 0
    ships_within: int | None = None
    sold: int | None = None
    stock: int | None = None
    rating: float | None = None
    traits: tuple[tuple[str, str], ...] = ()


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


class SegmentLink(Model):
    """A link by which a buyer says what they need (pages/segments.py). `name` "" for the way back to the default."""

    segment: str
    name: str
    href: str
    current: bool = False


class HeroShot(Model):
    """The hero's background as one kind of screen shows it. `veil`: opacity, 0 to 1, of the palette's ground over it where the title
    stands; `contrast`: what the title's inks then measure there against the picture's own pixels (typesetting/poster.py, PERCENTILE).
    `renditions`: the same cut in other widths and formats, () where it was cut before there were any."""

    screen: Literal["phone", "desktop"]
    path: str
    width: int
    height: int
    veil: Annotated[float, Field(ge=0, le=1)]
    contrast: float
    renditions: tuple[Rendition, ...] = ()


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
    # What is known of pictures of goods, by their address: those that are not named are shown as they are (drawings, older pages).
    pictures: dict[str, PictureSet] = {}
    # Where the pages are opened ("https://…", no slash at its end): other sites' crawlers need whole addresses. "" where nobody knows yet.
    public_base: str = ""
    floors: tuple[PageFloor, ...]
    # What the floors are divided by, where that is one attribute ("Material"); "" otherwise.
    facet: str = ""
    # When the promotion is over: a moment with its offset ("2026-11-12T00:00:00+08:00"); "" where it has no end. See pages/ends.py.
    # `ends_zone`: the campaign's time zone, whose offset that is; "" on pages that were made before they knew it.
    ends_at: str = ""
    ends_zone: str = ""
    style: dict[str, str] = {}
    offline_models: bool = True
    # Nobody looks at this page before it goes live, as its campaign is set: then the page says so (line/releasing.py).
    unreviewed: bool = False
    generated_on: str = ""
    # The day whose facts a refreshed page says, where it says any (line/truth.py); a page as it was reviewed says when it was made.
    as_of: str = ""
    # The implicit AI label of the page (materials/policy/labels.py): the AIGC field's JSON, and IPTC's DigitalSourceType.
    aigc: str = ""
    source_type: str = ""
    beacon_url: str = "/api/beacons"
    related: tuple[RelatedLink, ...] = ()
    # Other orders of this page that a buyer may ask for (pages/variants.py). Not in the JSON of pages that have none: their hashes stay.
    choices: tuple[SegmentLink, ...] = Field(default=(), exclude_if=lambda links: not links)

    def shot(self, screen: str) -> HeroShot | None:
        """The hero's picture for a kind of screen."""
        return next((shot for shot in self.hero_shots if shot.screen == screen), None)

    def poster(self, name: str) -> Poster | None:
        """The finished picture of a format."""
        return next((poster for poster in self.posters if poster.format == name), None)


class Finding(Model):
    """What an inspection saw. Blockers stop the release.

    `path`: a CSS selector that leads to the place, `box` its [left, top, width, height] in CSS pixels of the page on that `screen`; ""
    and None where no browser looked. `picture`: what it looked like, as a data: address, once kept by its document key
    (line/inspecting.py). `told`, `todo`: message and mend for people, in both languages.
    """

    severity: Literal["blocker", "warning"]
    rule: str
    place: str
    message: str
    mend: str = ""
    screen: Literal["", "phone", "desktop"] = ""
    path: str = ""
    box: tuple[int, int, int, int] | None = None
    picture: str = ""
    told: Told = {}
    todo: Told = {}


class FindingPicture(Model):
    """A piece of a screen, as an address that a page can show without asking for it (data:image/webp;base64,…)."""

    data: str


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


def version_of(html: str) -> str:
    """The id of a version: the hash of what it shows."""
    return content_hash(html)[:24]


class PageStore(Protocol):
    """Versions, media and what releases point to, in the pages bucket."""

    def put_version(self, venue_id: str, html: str, *, refreshed: bool = False) -> str:
        """Store HTML under its hash (outside what buyers can reach); return the version id.

        `refreshed`: a reviewed version with the facts of a moment. It can be made again, and is not kept for ever (template.yaml).
        """
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

    def open_version(self, venue_id: str, version_id: str, code: str) -> None:
        """Make this version what stands at the address with this short name, which a release can point to. Where somebody else puts
        another one there at the same moment, theirs may stay: it is as new as this one. Raises NotFoundError for an unknown version.
        """
        ...

    def opened(self, venue_id: str, code: str) -> str | None:
        """Version id of what stands at the address with this short name; None where nothing does."""
        ...

    def put_gone(self, name: str, html: str, status: int) -> None:
        """Store what buyers are told instead of a page, e.g. under "toys/zh"; it is served with this status."""
        ...


class PixelInspector(Protocol):
    """A browser that looks."""

    def look(
        self, html: str, base_url: str, page: PageModel | None = None
    ) -> tuple[Literal["passed", "failed", "not_run"], str, tuple[Finding, ...]]:
        """Open the page at 390x844 and 1440x900, and on the phone without JavaScript too; (verdict, note, findings).

        `page`: what it should show; None: only what any page must be is looked at.
        """
        ...
