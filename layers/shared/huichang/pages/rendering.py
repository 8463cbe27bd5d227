"""From a venue, its floors and its materials to a page model, and from that to one self-contained HTML document.

Product data and model answers are untrusted. They enter the document only through autoescaped expressions; values of
the style block are checked to be colours; templates run in a sandbox and see only the page model and fixed words.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

from jinja2 import FileSystemLoader, StrictUndefined, Template
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.meta import find_referenced_templates
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from huichang.catalog.product import Product
from huichang.kernel.colours import HEX
from huichang.kernel.errors import PermanentError
from huichang.kernel.language import Language
from huichang.kernel.money import Money
from huichang.materials.policy.labels import ContentMaker
from huichang.materials.styles.model import EFFECTS, MOTIFS, PALETTE
from huichang.materials.styles.packages import load_shelf
from huichang.pages.comparing import comparison, facet_of, most_sold
from huichang.pages.ends import ending_of
from huichang.pages.highlights import budgets, cheapest, mosaic, newest
from huichang.pages.model import Card, PageFloor, PageModel, RelatedLink
from huichang.pages.packages.model import PAGE, STYLE, TemplatePackage
from huichang.pages.packages.sandbox import PackageEnvironment, loader_of, metered
from huichang.pages.renditions import srcset
from huichang.pages.sharing import json_ld, script_safe, sharing_of
from huichang.pages.templates import TEMPLATES, load_templates
from huichang.pages.terms import gone, in_hours, page_figures, price_range, saving, sold_count, terms_of, trait_line
from huichang.pages.titles import title_em, title_lines
from huichang.pages.wording import benefit_claims, clean_text, cut, sold_hint, tags, tier_hint
from huichang.pages.words import words
from huichang.selection.model import Floor, FloorPlan
from huichang.venues.model import Venue

_RHYTHM = ("feature", "ranked", "shelf", "grid")
_HERO_CARDS = 4
_KEPT_PACKAGES = 8
_HERO_DEPTH = 12
_RANKED_MAX = 10
_TITLE_WIDTH = 200
_WEIGHTS = frozenset(map(str, range(100, 901)))


def build_page(
    venue: Venue,
    floors: FloorPlan,
    products: Mapping[str, Product],
    texts: Mapping[str, Mapping[str, str]],
    images: Mapping[str, str],
    style: Mapping[str, str],
    pictures: Callable[[Product], tuple[str, str]],
    offline: bool,
    now: datetime,
    *,
    related: Sequence[RelatedLink] = (),
    beacon_url: str = "/api/beacons",
    maker: ContentMaker | None = None,
    unreviewed: bool = False,
    ends_at: str = "",
) -> PageModel:
    """Everything the template may show.

    `texts` and `images` are by component ("hero", "floor-1", "share"); what is missing falls back to the names of the
    theme and the floor. `pictures` gives a product's public address and a note ("" for the merchant's own photo). `maker`: whom the
    page's AI label names. `unreviewed`: nobody will look at it before it goes live, and it says so. `ends_at`: when the promotion is over
    (pages/ends.py), "" where it has no end.
    Raises PermanentError when no floor has a product left.
    """
    language = venue.language
    hero = texts.get("hero", {})
    # Two floors that call themselves the same would leave the buyer lost: then all keep the names they were planned with.
    written = [texts.get(floor.floor_id, {}).get("title", "") for floor in floors.floors]
    distinct = len(set(filter(None, written))) == len([title for title in written if title])
    shown: list[Product] = []
    built: list[PageFloor] = []
    for floor in floors.floors:
        goods = [products[product_id] for product_id in floor.product_ids if product_id in products]
        if not goods:
            continue
        layout = _layout(len(built), goods, venue.edits_in_force.pins, built[-1].layout if built else "")
        if layout == "ranked":
            goods = sorted(goods, key=lambda product: -(product.sales_30d or 0))
        words_of_floor = texts.get(floor.floor_id, {})
        built.append(
            PageFloor(
                floor_id=_safe_id(floor, len(built)),
                title=clean_text((distinct and not floor.named_by and words_of_floor.get("title")) or floor.title),
                subtitle=clean_text(words_of_floor.get("subtitle", "")),
                point=clean_text(words_of_floor.get("point", "")),
                layout=layout,
                cards=tuple(make_card(product, language, pictures) for product in goods),
            )
        )
        shown += goods
    if not built:
        raise PermanentError(
            "no floor has a product that is still there",
            where="floors",
            mend="select the products again",
            code="empty_page",
        )
    title = clean_text(hero.get("title") or venue.theme.name)
    claims = benefit_claims(list({product.id: product for product in shown}.values()), language)
    hero_image = images.get("hero", "")
    label = (maker or ContentMaker(trained=not offline)).label(venue.venue_id)
    return PageModel(
        venue_id=venue.venue_id,
        language=language,
        title=title,
        subtitle=clean_text(hero.get("subtitle") or venue.theme.slogan),
        slogan=clean_text(hero.get("slogan", "")),
        benefits=tuple(text for _, text in claims),
        benefit_kinds=tuple(kind for kind, _ in claims),
        share_text=clean_text(texts.get("share", {}).get("text") or title),
        hero_image=hero_image,
        hero_alt=(clean_text(hero.get("alt", "")) or words(language)["hero_alt"].format(name=title)) if hero_image else "",
        hero_cards=_hero_cards(built),
        floors=tuple(built),
        facet=facet_of(floors.by, language),
        ends_at=ends_at,
        style=dict(style),
        offline_models=offline,
        unreviewed=unreviewed,
        generated_on=now.date().isoformat(),
        aigc=label.aigc,
        source_type=label.source_term,
        beacon_url=beacon_url,
        related=tuple(related),
    )


def make_card(product: Product, language: Language, pictures: Callable[[Product], tuple[str, str]]) -> Card:
    """The product as a card shows it."""
    picture, note = pictures(product)
    list_price = None
    if product.list_price is not None and product.list_price > product.price.amount:
        list_price = Money(amount=product.list_price, currency=product.currency)
    merchant = product.merchant
    return Card(
        product_id=product.id,
        title=cut(clean_text(product.text(language).title) or product.id, _TITLE_WIDTH),
        price=product.price,
        list_price=list_price,
        tier_hint=tier_hint(product, language),
        sold_hint=sold_hint(product, language),
        tags=tags(product, language),
        picture=picture,
        picture_note=clean_text(words(language).get(f"note_{note}", note)),
        merchant=clean_text(merchant.localized_name.get(language) or merchant.name),
        merchant_id=merchant.id,
        href=product.url or "",
        listed_days=product.listed_days,
        **terms_of(product, language),
    )


def _layout(position: int, goods: Sequence[Product], pins: Iterable[str], before: str) -> str:
    """Next in the rhythm that these goods can carry. Medals need known sales, and never move a pinned product."""
    count = len(goods)
    pinned = set(pins)
    fits = {
        "feature": count >= 5,
        "ranked": 3 <= count <= _RANKED_MAX
        and all(product.sales_30d for product in goods)
        and not any(product.id in pinned for product in goods),
        "shelf": 5 <= count <= 16,
        "grid": True,
    }
    for step in range(len(_RHYTHM)):
        layout = _RHYTHM[(position + step) % len(_RHYTHM)]
        if fits[layout] and layout != before:
            return layout
    return "grid"


def _safe_id(floor: Floor, position: int) -> str:
    usable = floor.floor_id.isascii() and floor.floor_id.replace("-", "").replace("_", "").isalnum()
    return floor.floor_id if usable else f"floor-{position + 1}"


def _hero_cards(floors: Sequence[PageFloor]) -> tuple[Card, ...]:
    """First pictured product of every floor, then second ones, each picture once."""
    chosen: dict[str, Card] = {}
    for row in range(_HERO_DEPTH):
        for floor in floors:
            if row < len(floor.cards) and len(chosen) < _HERO_CARDS:
                card = floor.cards[row]
                if card.picture:
                    chosen.setdefault(card.picture, card)
    return tuple(chosen.values())


def render(page: PageModel, template_id: str, package: TemplatePackage | None = None) -> str:
    """One HTML document without any outside reference; equal pages give equal bytes. `package`: uploaded; None: one that ships.

    Raises PermanentError for an unknown template or a style value that is no colour; BudgetError for a package that writes too much.
    """
    if package is not None:
        with metered():
            sheets = [_part("base.css"), *_component_sheets(package.files[PAGE]), package.files[STYLE].strip()]
            return _render(page, _own_layout(package), "\n".join(sheets))
    if template_id not in load_templates():
        raise PermanentError(f"there is no template {template_id!r}", where="page_templates")
    return _render(page, _environment().get_template(f"{template_id}/page.html.j2"), _stylesheet(template_id))


def _render(page: PageModel, layout: Template, sheet: str) -> str:
    style = checked_style(page.style)
    css = Markup(_root_rule(style, page) + sheet)  # noqa: S704 - our own files and checked colours
    script = Markup(page_script() + ("\n" + _script("countdown.js") if page.ends_at else ""))  # noqa: S704 - our own files
    anchors = _anchors(page)
    return layout.render(
        page=page,
        t=words(page.language),
        css=css,
        script=script,
        csp=_policy(css, script, page),
        data=_page_data(page),
        motif=style["motif"],
        effect=style["title_effect"],
        theme_color=style["hero"],
        anchors=anchors,
        sharing=sharing_of(page),
        linked_data=json_ld(page, anchors),
        cheapest=cheapest(page),
        newest=newest(page),
        budgets=budgets(page),
        ending=ending_of(page.ends_at, page.language, page.ends_zone),
        # A page that was modelled before there were labels gets the general one.
        aigc=page.aigc or ContentMaker().label(page.venue_id).aigc,
        source_type=page.source_type or ContentMaker(trained=not page.offline_models).label(page.venue_id).source_term,
    )


def checked_style(style: Mapping[str, str]) -> dict[str, str]:
    """The palette, the motif and how titles are set; what is missing comes from the default preset. Raises PermanentError for no colour."""
    default = load_shelf().default.style()
    checked = {name: style.get(name, default[name]) for name in (*PALETTE, "motif", "title_weight", "title_effect")}
    for name in PALETTE:
        if not HEX.match(checked[name]):
            raise PermanentError(f"style {name} is {checked[name]!r}, not #rrggbb", where="style")
    for name, known in (("motif", MOTIFS), ("title_weight", _WEIGHTS), ("title_effect", EFFECTS)):
        if checked[name] not in known:
            checked[name] = default[name]
    return checked


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(columns=columns, feature_columns=feature_columns, mosaic=mosaic, title_lines=title_lines)
    environment.globals.update(
        comparison=comparison,
        gone=gone,
        in_hours=in_hours,
        most_sold=most_sold,
        page_figures=page_figures,
        price_range=price_range,
        saving=saving,
        srcset=srcset,
        sold_count=sold_count,
        trait_line=trait_line,
    )
    return environment


_packages: OrderedDict[str, Template] = OrderedDict()


def _own_layout(package: TemplatePackage) -> Template:
    """The compiled layout of an uploaded package; the last few are kept."""
    found = _packages.get(package.hash)
    if found is None:
        load = loader_of(package.manifest.id, package.files, _shared)
        functions: dict[str, Callable[..., object]] = {
            name: each for name, each in _environment().globals.items() if callable(each) and name not in DEFAULT_NAMESPACE
        }
        found = PackageEnvironment(load, functions).get_template(PAGE)
        while len(_packages) >= _KEPT_PACKAGES:
            _packages.popitem(last=False)
        _packages[package.hash] = found
    return found


def _shared(name: str) -> str | None:
    """The source of one of the shared layouts."""
    path = TEMPLATES / "_parts" / name
    return path.read_text(encoding="utf-8") if name.endswith(".html.j2") and "/" not in name and path.is_file() else None


def page_script() -> str:
    """The script of every page."""
    return f"{_script('page.js')}\n{_script('open_tab.js')}"


@cache
def _part(name: str) -> str:
    text = (TEMPLATES / "_parts" / name).read_text(encoding="utf-8").strip()
    if "</" in text:
        raise PermanentError(f"{name} could close its own element", where="page_templates/_parts")
    return text


@cache
def _stylesheet(template_id: str) -> str:
    own = (TEMPLATES / template_id / "style.css").read_text(encoding="utf-8").strip()
    if "</" in own:
        raise PermanentError("style.css could close its own element", where=f"page_templates/{template_id}")
    source = (TEMPLATES / template_id / "page.html.j2").read_text(encoding="utf-8")
    return "\n".join([_part("base.css"), *_component_sheets(source), own])


def _component_sheets(source: str) -> list[str]:
    """Stylesheets of the components a page imports (_parts/x.html.j2 brings _parts/x.css), so that none carries what it does not show."""
    imported = sorted(name for name in find_referenced_templates(_environment().parse(source)) if name and name.startswith("_parts/"))
    sheets = [name.removeprefix("_parts/").removesuffix(".html.j2") + ".css" for name in imported]
    return [_part(sheet) for sheet in sheets if (TEMPLATES / "_parts" / sheet).is_file()]


def _root_rule(style: Mapping[str, str], page: PageModel) -> str:
    """The palette, the title's width, and how opaque the ground behind the title must be on each kind of screen (HeroShot.veil)."""
    palette = ";".join(f"--{name.replace('_', '-')}:{style[name]}" for name in PALETTE)
    veils = ""
    for screen in ("phone", "desktop"):
        shot = page.shot(screen)
        veils += f";--veil-{screen}:{style['hero']}{math.ceil((shot.veil if shot else 1.0) * 255):02x}"
    return f":root{{{palette}{veils};--title-weight:{style['title_weight']};--title-em:{title_em(title_lines(page.title))}}}\n"


def _script(name: str) -> str:
    """Without what only its readers need: indentation and lines of comment."""
    lines = (line.strip() for line in _part(name).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _policy(css: str, script: str, page: PageModel) -> str:
    """Content security policy: exactly this style and this script, our own origin, the hosts of the pictures."""
    connect = " ".join(["'self'", *_origins([page.beacon_url])])
    cards = [*page.hero_cards, *(card for floor in page.floors for card in floor.cards)]
    pictures = " ".join(["'self'", "data:", *_origins([page.hero_image, *(card.picture for card in cards)])])
    return (
        f"default-src 'none'; img-src {pictures}; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        f"connect-src {connect}; base-uri 'none'; form-action 'none'"
    )


def _origins(addresses: Iterable[str]) -> list[str]:
    found = set()
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme in ("http", "https") and re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]+)?", parts.netloc):
            found.add(f"{parts.scheme}://{parts.netloc}")
    return sorted(found)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _page_data(page: PageModel) -> Markup:
    """What the script needs."""
    t = words(page.language)
    fresh = {name: t[f"tab_{name}"] for name in ("changed", "updated", "over", "reload")}
    return script_safe({"venue": page.venue_id, "beacon": page.beacon_url, "share": page.share_text, "title": page.title, "fresh": fresh})


def _anchors(page: PageModel) -> dict[str, str]:
    """Product id -> id of its first card on the page."""
    anchors: dict[str, str] = {}
    for floor in page.floors:
        for number, card in enumerate(floor.cards, 1):
            anchors.setdefault(card.product_id, f"{floor.floor_id}-{number}")
    return anchors


def columns(count: int, choices: tuple[int, ...] = (5, 4, 6)) -> tuple[int, int]:
    """(columns, empty cells of the last row) on a desktop: the choice that leaves the fewest cells empty."""
    if count <= 3:
        return max(count, 1), 0
    best = min(choices, key=lambda wide: (-count % wide, choices.index(wide)))
    return best, -count % best


def feature_columns(count: int) -> tuple[int, int]:
    """Columns and empty cells where the first card takes 2 x 2 cells; five cards stand in one row of equals."""
    if count == 5:
        return 5, 0
    return columns(count + 3, (5, 6, 4))
