"""The manifest of a release, and what a rendering was made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field, TypeAdapter

from huichang.kernel.ids import content_hash
from huichang.kernel.language import Language, Told
from huichang.kernel.model import Model
from huichang.kernel.money import Money
from huichang.ledger.model import LedgerTotals
from huichang.materials.model import MaterialKind, MaterialTask
from huichang.materials.policy import PolicyFinding
from huichang.pages.model import HeroShot, Inspection, TemplateChoice
from huichang.pages.typesetting.poster import Poster
from huichang.selection.model import Condition, Path, Reason
from huichang.themes.model import Evidence

TASKS: TypeAdapter[list[MaterialTask]] = TypeAdapter(list[MaterialTask])
"""The part "materials" of a rendering's inputs."""


class Ingredient(Model):
    """Something that ships with the code and shapes the page. `sha256` over its files' names and contents."""

    kind: Literal["template", "template_parts", "style", "prompt", "gate_rules", "code"]
    id: str
    version: int = 0
    sha256: str


class RenderSettings(Model):
    """What a rendering takes from the deployment."""

    offline: bool
    public_base: str = ""
    picture_hosts: tuple[str, ...] = ()
    link_hosts: tuple[str, ...] = ()
    producer: str
    propagator: str
    trained: bool


class FinishedPictures(Model):
    """What the studio made of a page's background (line/artwork.py). Pictures are not painted again in a replay: encoders change
    with their versions. They are content-addressed, and their bytes are held against their hashes instead."""

    hero_image: str = ""
    hero_shots: tuple[HeroShot, ...] = ()
    posters: tuple[Poster, ...] = ()


class RenderInputs(Model):
    """Everything one rendering read. `parts`: JSON by name ("venue", "product/p-1", "document/venues/v-1/run-1/floors", …);
    `absent`: documents that were asked for and were not there; `media`: SHA-256 of each picture's bytes by key.

    Kept under its own hash: the inputs of a version that was rendered twice are two documents.
    """

    campaign_id: str
    venue_id: str
    run: int
    round: int
    version_id: str
    parts: dict[str, str]
    absent: tuple[str, ...] = ()
    media: dict[str, str] = {}
    ingredients: tuple[Ingredient, ...] = ()

    @property
    def sha256(self) -> str:
        """Its content hash."""
        return content_hash(self.model_dump(mode="json"))


class InputsPointer(Model):
    """The inputs of a version's latest rendering."""

    sha256: str


class InputHash(Model):
    """One input of the rendering and its SHA-256."""

    name: str
    sha256: str


class ProvedProduct(Model):
    """A product on the page: where it stands, at which price, and why it was chosen. `reason` None: edited in by hand."""

    product_id: str
    title: str
    floor: str
    place: int
    price: Money
    rank: int | None = None
    reason: Reason | None = None


class ProvedMaterial(Model):
    """A material of the page: its task (key = hash of everything that was asked), the hash of its request and of its result.

    `prompt`: name and version of the prompt; `prompt_sha256`: hash of the prompt as it was rendered and sent, "" for what no model made.
    """

    material_id: str
    kind: MaterialKind
    task_key: str
    request_sha256: str = ""
    result_sha256: str
    seen: str
    prompt: str = ""
    prompt_sha256: str = ""
    attempts: int = 0
    fallback: bool = False


class ModelUse(Model):
    """A model and what it was used for. `call_keys` are the hashes of the requests, as the ledger books them."""

    model: str
    kind: Literal["chat", "embedding", "image"]
    purpose: str
    offline: bool
    calls: int
    cost_usd: Decimal
    call_keys: tuple[str, ...] = ()


class Reviewed(Model):
    """Who looked at this version, what they decided, and the content hash of each material they were shown."""

    actor: str
    role: str
    action: str
    at: str
    note: str = ""
    saw: dict[str, str] = {}
    saw_told: bool = False


class Thought(Model):
    """What stands behind the venue's theme."""

    name: str
    kind: str
    sentence: str
    reason: str = ""
    trend_ids: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    stock_depth: int = 0


class StyleMade(Model):
    """The style preset and why."""

    id: str
    version: int = 0
    reasons: Told = {}


class ProvedSibling(Model):
    """The page of a buyer segment: in which order it shows the floors, what leads it, and why. `sound`: its inspection found no blocker."""

    segment: str
    version_id: str
    html_sha256: str
    order: tuple[str, ...]
    hero: tuple[str, ...]
    why: Told = {}
    sound: bool = False


class ProvedImage(Model):
    """A first image of the version: beside the page, not in it. Its key is the hash of its bytes; who approved it stands in the reviews'
    `saw` ("first-image.<id>")."""

    image_id: str
    media_key: str
    product_ids: tuple[str, ...]
    says: tuple[str, ...]


class ReleaseManifest(Model):
    """What a released version is made of. Its own content hash stands in the venue's record (Venue.proofs): who changes the document
    would have to change the record too. `huichang proof --schema` prints its JSON schema.

    `html_sha256`: over the HTML's UTF-8; its first 24 digits are the version's id. `page_sha256`: over the page model's canonical JSON.
    `inputs_sha256` and `inputs` "" and (): rendered before inputs were written down, or by hand.
    `unknown`: what could not be found any more when it was written.
    """

    format: Literal["huichang.release/1"] = "huichang.release/1"
    venue_id: str
    campaign_id: str
    version_id: str
    language: Language
    run: int
    round: int
    html_sha256: str
    page_sha256: str
    inputs_sha256: str = ""
    inputs: tuple[InputHash, ...] = ()
    media: tuple[InputHash, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    settings: RenderSettings | None = None
    theme: Thought
    template: TemplateChoice | None = None
    style: StyleMade | None = None
    conditions: tuple[Condition, ...] = ()
    relaxed: tuple[Told, ...] = ()
    recalled: dict[Path, int] = {}
    floors_by: str = ""
    floors_reason: str = ""
    products: tuple[ProvedProduct, ...]
    materials: tuple[ProvedMaterial, ...] = ()
    models: tuple[ModelUse, ...] = ()
    cost: LedgerTotals
    planning_cost: LedgerTotals
    gate_rules: str = ""
    gate: tuple[PolicyFinding, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    reviews: tuple[Reviewed, ...] = ()
    unknown: tuple[str, ...] = ()
    # Not in the JSON of versions that have none: the hashes of manifests that were written before there were any hold.
    siblings: tuple[ProvedSibling, ...] = Field(default=(), exclude_if=lambda siblings: not siblings)
    first_images: tuple[ProvedImage, ...] = Field(default=(), exclude_if=lambda images: not images)

    @property
    def sha256(self) -> str:
        """Its content hash: of its canonical JSON."""
        return content_hash(self.model_dump(mode="json"))


class ReplayFinding(Model):
    """An input that is not what the manifest says. `other`: it ships with the code, and today's is another one: that breaks nothing
    as long as the same page comes of it."""

    name: str
    state: Literal["missing", "changed", "other", "failed"]
    text: Told


class ReplayReport(Model):
    """What came of a replay. `rebuilt`: the id of the version that the inputs give today, "" where they give none.

    `identical`: it is the released one. `proved`: identical, and every stored input is what the manifest says. `deep`: rebuilt from all
    inputs, not from the page model alone. `checked`: how many inputs were held against their hashes.
    """

    venue_id: str
    version_id: str
    manifest_sha256: str = ""
    rebuilt: str = ""
    identical: bool = False
    deep: bool = False
    checked: int = 0
    findings: tuple[ReplayFinding, ...] = ()

    @property
    def proved(self) -> bool:
        """Nothing that was stored has changed, and the same page comes of it."""
        return self.identical and all(finding.state == "other" for finding in self.findings)


def pointer_key(venue_id: str, version_id: str) -> str:
    """Key of the pointer from a version to the inputs of its latest rendering."""
    return f"venues/{venue_id}/versions/{version_id}-inputs"


def inputs_key(venue_id: str, sha256: str) -> str:
    """Key of a rendering's inputs."""
    return f"venues/{venue_id}/inputs/{sha256}"


def manifest_key(venue_id: str, version_id: str, sha256: str) -> str:
    """Key of a release's manifest."""
    return f"venues/{venue_id}/releases/{version_id}/{sha256}"
