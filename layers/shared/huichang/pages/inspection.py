"""What is wrong with a rendered page, read from its own DOM and held against the page model and the manifest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

from huichang.pages.model import Card, Finding, PageFloor, PageModel, TemplateManifest
from huichang.pages.reading import read_document
from huichang.pages.sharing import sharing_of
from huichang.pages.tree import SPOKEN as _SPOKEN
from huichang.pages.tree import Node, parse
from huichang.pages.tree import squeeze as _squeeze
from huichang.pages.wording import clean_text, text_width
from huichang.pages.words import WORDS

# What stands in the price's place on a card that names none (model.py Card.state).
_SAID_INSTEAD = {"sold_out": tuple(WORDS["sold_out"].values()), "unconfirmed": tuple(WORDS["see_price"].values())}
_TEMPLATE_SYNTAX = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_FOREIGN = frozenset({"iframe", "object", "embed", "base", "form", "frame", "applet", "portal"})

# The largest page is about 350 KB of HTML then, 30 KB on the wire; 5,000 products would be 3 to 6 MB.
MAX_PRODUCTS = 400


class _Findings:
    def __init__(self) -> None:
        self.items: list[Finding] = []

    def add(self, severity: Literal["blocker", "warning"], rule: str, place: str, message: str, mend: str) -> None:
        self.items.append(Finding(severity=severity, rule=rule, place=place, message=message, mend=mend))


def inspect_html(html: str, page: PageModel, manifest: TemplateManifest, *, picture_hosts: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """Findings in the order of the page; blockers must stop the release.

    `picture_hosts`: hosts besides our own origin from which merchants' pictures may be shown.
    """
    root = parse(html)
    found = _Findings()
    _document(root, found)
    _slots(root, page, manifest, found)
    _floors(root, page, manifest, found)
    _images(root, page, picture_hosts, found)
    _foreign(root, found)
    _addresses(root, page, found)
    _leftovers(root, page, found)
    return (*found.items, *read_document(root, page, {_squeeze(clean_text(text)) for text in _texts(page) if text}))


def _by_id(root: Node, name: str) -> Node | None:
    return root.find(lambda node: node.attributes.get("id") == name)


def _document(root: Node, found: _Findings) -> None:
    html = root.find(lambda node: node.tag == "html")
    if html is None or not html.attributes.get("lang"):
        found.add("blocker", "language", "html", "the document names no language", "render the page again")
    for name, count in Counter(node.attributes["id"] for node in root.walk() if node.attributes.get("id")).items():
        if count > 1:
            found.add("blocker", "duplicate-id", f"#{name}", f"{count} elements share this id", "mend the template")
    if root.find(lambda n: n.attributes.get("http-equiv", "").lower() == "content-security-policy") is None:
        found.add("blocker", "no-policy", "head", "there is no content security policy", "mend the template")


def _slots(root: Node, page: PageModel, manifest: TemplateManifest, found: _Findings) -> None:
    heading = root.find(lambda node: node.tag == "h1")
    shown = _squeeze(heading.text()) if heading else ""
    if not shown or _letters(page.title) != _letters(shown):
        found.add("blocker", "slot-empty", "hero/title", f"the page's title reads {shown!r}", "write the hero's copy again")
    values = {"title": page.title, "subtitle": page.subtitle, "slogan": page.slogan, "text": page.share_text}
    told = {name: _meta(root, name) for name in ("description", "og:title", "og:description")}
    for name, value in (("og:title", page.title), ("og:description", page.share_text), ("description", page.subtitle or page.share_text)):
        if _squeeze(told[name]) != _squeeze(value):
            found.add("blocker", "slot-lost", f"head/{name}", f"{name} reads {told[name]!r}, not what was written", "mend the template")
    body = _squeeze(root.text())
    hero = next(component for component in manifest.components if component.name == "hero")
    for component in manifest.components:
        if component.per_floor:
            continue
        for slot in component.copy_slots:
            value = values.get(slot.name, "")
            if slot.required and not value.strip():
                found.add(
                    "blocker", "slot-empty", f"{component.name}/{slot.name}",
                    f"the {slot.name} is empty", f"write the copy of {component.name} again",
                )  # fmt: skip
            elif component is hero and slot.name != "title" and value and _squeeze(value) not in body:
                found.add(
                    "blocker", "slot-lost", f"hero/{slot.name}",
                    f"the {slot.name} was written but is not on the page", "mend the template",
                )  # fmt: skip
            if slot.name == "title" and text_width(value) > slot.max_chars:
                found.add(
                    "warning", "title-length", f"{component.name}/title",
                    f"the title is {text_width(value)} letters wide, {slot.max_chars} are meant", "shorten the title",
                )  # fmt: skip
        for image in component.image_slots:
            if not page.hero_image:
                found.add(
                    "blocker" if image.required else "warning", "picture-missing", f"{component.name}/{image.name}",
                    "no generated picture: the template's own scene stands in", f"paint {component.name} again",
                )  # fmt: skip


def _meta(root: Node, name: str) -> str:
    node = root.find(lambda each: each.tag == "meta" and name in (each.attributes.get("name"), each.attributes.get("property")))
    return node.attributes.get("content", "") if node else ""


def _letters(text: str) -> str:
    """Letters and digits only: titles are set in lines, and separators may fall at the cut."""
    return "".join(character for character in text if character.isalnum())


def _floors(root: Node, page: PageModel, manifest: TemplateManifest, found: _Findings) -> None:
    if not manifest.min_floors <= len(page.floors) <= manifest.max_floors:
        found.add(
            "blocker" if not page.floors else "warning", "floor-count", "page",
            f"{len(page.floors)} floors, the template is made for {manifest.min_floors} to {manifest.max_floors}",
            "plan the floors again",
        )  # fmt: skip
    count = sum(len(floor.cards) for floor in page.floors)
    if count > MAX_PRODUCTS:
        found.add(
            "blocker", "too-many-products", "page",
            f"{count} products; a page that opens at once carries at most {MAX_PRODUCTS}", "take products off, or make a second venue",
        )  # fmt: skip
    slots = next((component.copy_slots for component in manifest.components if component.per_floor), ())
    width = next((slot.max_chars for slot in slots if slot.name == "title"), 40)
    for floor in page.floors:
        section = _by_id(root, floor.floor_id)
        if section is None:
            found.add("blocker", "floor-missing", floor.floor_id, "the floor is not on the page", "render the page again")
            continue
        heading = section.find(lambda node: node.tag == "h2")
        if heading is None or not _squeeze(heading.text()):
            found.add("blocker", "slot-empty", f"{floor.floor_id}/title", "the floor has no title", "write its copy again")
        if text_width(floor.title) > width:
            message = f"the title is {text_width(floor.title)} letters wide, {width} are meant"
            found.add("warning", "title-length", f"{floor.floor_id}/title", message, "shorten the title")
        for name, value in (("subtitle", floor.subtitle), ("point", floor.point)):
            if value and _squeeze(value) not in _squeeze(section.text()):
                place = f"{floor.floor_id}/{name}"
                found.add("blocker", "slot-lost", place, f"the {name} was written but is not on the page", "mend the template")
        _cards(section, floor, found)


def _cards(section: Node, floor: PageFloor, found: _Findings) -> None:
    nodes = [node for node in section.walk() if "data-product" in node.attributes]
    if not floor.cards or not nodes:
        found.add("blocker", "floor-empty", floor.floor_id, "the floor has no products", "plan the floors again")
        return
    if [node.attributes["data-product"] for node in nodes] != [card.product_id for card in floor.cards]:
        found.add(
            "blocker",
            "cards-differ",
            floor.floor_id,
            "the floor shows other products than were planned",
            "render the page again",
        )
        return
    for node, card in zip(nodes, floor.cards, strict=True):
        place = f"{floor.floor_id}/{card.product_id}"
        now = node.find(lambda part: "now" in part.classes())
        said = _SAID_INSTEAD[card.state] if card.state else (str(card.price),)
        if now is None or _squeeze(now.text()) not in map(_squeeze, said):
            seen = _squeeze(now.text()) if now else "nothing"
            found.add("blocker", "price-differs", place, f"shows {seen}, the price is {said[0]}", "render the page again")
        was = node.find(lambda part: part.tag == "s")
        if (was is None) != (card.list_price is None) or (
            was is not None and _squeeze(was.text(hidden=False)) != _squeeze(str(card.list_price))
        ):
            found.add(
                "blocker",
                "price-differs",
                place,
                "the struck-through price is not the list price",
                "render the page again",
            )
        name = node.find(lambda part: "name" in part.classes())
        if name is None or not _squeeze(name.text()):
            found.add("blocker", "card-empty", place, "the card has no title", "mend the product's title")
        _picture(card, node, place, found)


def _picture(card: Card, node: Node, place: str, found: _Findings) -> None:
    if not card.picture:
        found.add("warning", "picture-missing", place, "the product has no picture", "ask the merchant for one")
    elif node.find(lambda part: part.tag == "img" and part.attributes.get("src") == card.picture) is None:
        found.add("blocker", "picture-lost", place, "the product's picture is not on the card", "render the page again")


def _images(root: Node, page: PageModel, picture_hosts: tuple[str, ...], found: _Findings) -> None:
    for node in root.walk():
        if node.tag != "img":
            continue
        source = node.attributes.get("src", "")
        place = source[:120] or "img"
        parts = urlsplit(source)
        if not _own(source) and not (parts.scheme == "https" and parts.hostname in picture_hosts):
            found.add(
                "blocker",
                "picture-address",
                place,
                "the picture is not on our own origin",
                "copy the picture to our media first",
            )
        if "alt" not in node.attributes:
            found.add("blocker", "picture-alt", place, "the picture has no alternative text", "mend the template")
        elif source == page.hero_image and _squeeze(node.attributes["alt"]) != _squeeze(page.hero_alt):
            found.add("blocker", "picture-alt", place, "the picture's alternative text is not the one written", "mend the template")
        if not (node.attributes.get("width", "").isdigit() and node.attributes.get("height", "").isdigit()):
            found.add(
                "warning",
                "picture-size",
                place,
                "without width and height the page jumps while it loads",
                "mend the template",
            )


def _own(address: str) -> bool:
    return address.startswith(("/", "data:image/")) and not address.startswith(("//", "/\\"))


def _addresses(root: Node, page: PageModel, found: _Findings) -> None:
    """What the page says is its own address must be: another one would hand its place in search results to a stranger."""
    own = sharing_of(page).address
    for node in root.walk():
        if node.tag == "link" and node.attributes.get("rel") in ("canonical", "alternate") and node.attributes.get("href") != own:
            said = node.attributes.get("href", "")[:120]
            found.add("blocker", "page-address", "head", f"the page says that its address is {said!r}, not {own!r}", "mend the template")


def _foreign(root: Node, found: _Findings) -> None:
    scripts = 0
    for node in root.walk():
        attributes = node.attributes
        if node.tag in _FOREIGN:
            found.add("blocker", "foreign-element", node.tag, f"<{node.tag}> has no place on a venue", "mend the template")
        if node.tag == "script":
            scripts += attributes.get("type", "") == ""
            if "src" in attributes:
                found.add("blocker", "outside-reference", "script", f"loads {attributes['src'][:120]}", "mend the template")
        names = attributes.get("rel") in ("canonical", "alternate")  # loads nothing; _addresses looks at it
        if node.tag == "link" and not names and not _own(attributes.get("href", "")) and attributes.get("href") != "data:,":
            found.add("blocker", "outside-reference", "link", f"loads {attributes.get('href', '')[:120]}", "mend the template")
        if node.tag == "a" and not re.match(r"^(https?://|/(?![/\\])|#)", attributes.get("href", "")):
            found.add(
                "blocker",
                "link-address",
                "a",
                f"links to {attributes.get('href', '')[:120]!r}",
                "mend the product's address",
            )
        inline = [name for name in attributes if name == "style" or name.startswith("on")]
        if inline:
            found.add(
                "blocker",
                "inline-code",
                node.tag,
                f"carries {', '.join(inline)}, which the page's policy forbids",
                "mend the template",
            )
    if scripts > 1:
        found.add("blocker", "inline-code", "script", f"{scripts} scripts, the template has one", "find out how it got there")


def _leftovers(root: Node, page: PageModel, found: _Findings) -> None:
    said = {clean_text(text) for text in _texts(page)}
    for node in root.walk():
        if node.tag in ("style", "script"):
            continue
        pieces = [piece for piece in node.content if isinstance(piece, str)]
        pieces += [value for name, value in node.attributes.items() if name in _SPOKEN]
        for piece in pieces:
            if not _TEMPLATE_SYNTAX.search(piece):
                continue
            data = any(_squeeze(piece) in text for text in said)
            found.add(
                "warning" if data else "blocker", "template-syntax", node.tag,
                f"shows {_squeeze(piece)[:80]!r}", "mend the product's words" if data else "mend the template",
            )  # fmt: skip


def _texts(page: PageModel) -> Iterator[str]:
    yield from (page.title, page.subtitle, page.slogan, page.share_text, page.hero_alt, *page.benefits)
    for floor in page.floors:
        yield from (floor.title, floor.subtitle, floor.point)
        for card in floor.cards:
            yield from (card.title, card.merchant, card.tier_hint, card.sold_hint, card.picture_note, *card.tags)
