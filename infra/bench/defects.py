"""Defects of pages, put into sound ones: edits of the document, its styles, its model, its pictures or the catalogue behind it.

This module knows how pages are made and how they break in practice. It does not import the inspection and names no rule of it:
which finding would do for a defect is said in inspection.py, beside it. Hooks are those that every template must have
(data-product, data-floor, .name, .now, h1, h2, the AI label), so that a new template needs no new defect.
"""

# ruff: noqa: ARG001, S101 - every defect is given the dice, and one that cannot be put into a page must stop the bench
from __future__ import annotations

import base64
import hashlib
import io
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from huichang.pages.model import PageModel

Media = Mapping[str, tuple[bytes, str]]


@dataclass(frozen=True)
class Subject:
    """A page as it is served. `page`: the model it should be an image of; `media`: by path; `prices`: the catalogue's, by product."""

    html: str
    page: PageModel
    media: Media = field(default_factory=dict)
    prices: Mapping[str, str] = field(default_factory=dict)


Injure = Callable[[Subject, random.Random], Subject]
DEFECTS: dict[str, Injure] = {}


def _defect(injure: Injure) -> Injure:
    DEFECTS[injure.__name__.strip("_")] = injure
    return injure


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _grown(html: str, tag: str, more: str) -> str:
    """With more in its last <style> or <script>, and the hash in its content security policy that lets it through."""
    before = re.findall(rf"<{tag}>(.*?)</{tag}>", html, flags=re.DOTALL)[-1]
    after = f"{before}\n{more}"
    changed = html.replace(f"<{tag}>{before}</{tag}>", f"<{tag}>{after}</{tag}>")
    assert _hash(before) in changed, "the page's policy does not name its own parts"
    return changed.replace(_hash(before), _hash(after))


def restyled(html: str, css: str) -> str:
    """With more styles at the end of its own, as a designer would have written them."""
    return _grown(html, "style", css)


def scripted(html: str, script: str) -> str:
    """With more at the end of its script."""
    return _grown(html, "script", script)


def _css(subject: Subject, css: str) -> Subject:
    return replace(subject, html=restyled(subject.html, css))


def _swap(subject: Subject, old: str, new: str, count: int = 1) -> Subject:
    assert old in subject.html, f"the page has no {old[:60]!r}"
    return replace(subject, html=subject.html.replace(old, new, count))


def _card(subject: Subject, dice: random.Random) -> str:
    """A product of a floor, past the first of each: what stands first on a page is looked at anyway."""
    floor = dice.choice(subject.page.floors)
    return dice.choice(floor.cards[1:] or floor.cards).product_id


def _floor(subject: Subject, dice: random.Random) -> str:
    return dice.choice(subject.page.floors).floor_id


def _cut_element(html: str, start: int, tag: str) -> tuple[int, int]:
    """(start, end) of the element that begins at `start`."""
    depth = 0
    for match in re.finditer(rf"<(/?){tag}\b[^>]*>", html[start:]):
        depth += -1 if match.group(1) else 1
        if depth == 0:
            return start, start + match.end()
    raise AssertionError(f"<{tag}> is not closed")


def _element_of(html: str, product: str) -> tuple[int, int]:
    """Where the card of a product stands within a floor."""
    floors = html.index("data-floor")
    match = re.compile(rf'<(\w+)[^>]*data-product="{re.escape(product)}"').search(html, floors)
    assert match, product
    return _cut_element(html, match.start(), match.group(1))


def _in_card(subject: Subject, product: str, change: Callable[[str], str]) -> Subject:
    start, end = _element_of(subject.html, product)
    card = subject.html[start:end]
    changed = change(card)
    assert changed != card, f"nothing was changed in {product}"
    return replace(subject, html=subject.html[:start] + changed + subject.html[end:])


def _selector(product: str) -> str:
    return f'[data-floor] [data-product="{product}"]'


# --- slots, prices, products -------------------------------------------------------------------------------------------


@_defect
def empty_title(subject: Subject, dice: random.Random) -> Subject:
    """The hero's title was lost while rendering."""
    return replace(subject, html=re.sub(r"(<h1[^>]*>).*?(</h1>)", r"\1\2", subject.html, count=1, flags=re.DOTALL))


@_defect
def empty_floor_title(subject: Subject, dice: random.Random) -> Subject:
    """A floor lost its title."""
    floor = _floor(subject, dice)
    start = subject.html.index(f'id="{floor}"')
    head, tail = subject.html[:start], subject.html[start:]
    return replace(subject, html=head + re.sub(r"(<h2[^>]*>).*?(</h2>)", r"\1\2", tail, count=1, flags=re.DOTALL))


@_defect
def lost_subtitle(subject: Subject, dice: random.Random) -> Subject:
    """What was written under the title is not on the page."""
    return replace(subject, html=re.sub(rf">\s*{re.escape(subject.page.subtitle)}\s*<", "><", subject.html))


@_defect
def wrong_price(subject: Subject, dice: random.Random) -> Subject:
    """A card shows another price than its product's."""
    product = _card(subject, dice)
    wrong = f'<b class="now">{dice.randint(1, 9)}.{dice.randint(10, 99)}</b>'
    return _in_card(subject, product, lambda card: re.sub(r'<(\w+) class="now">.*?</\1>', wrong, card, count=1, flags=re.DOTALL))


@_defect
def invented_strike_price(subject: Subject, dice: random.Random) -> Subject:
    """A list price that nobody ever asked."""
    product = _card(subject, dice)

    def struck(card: str) -> str:
        bare = re.sub(r"<s>.*?</s>", "", card, flags=re.DOTALL)
        return re.sub(r'(<(\w+) class="now">.*?</\2>)', r"\1 <s>999</s>", bare, count=1, flags=re.DOTALL)

    return _in_card(subject, product, struck)


@_defect
def stale_catalogue_price(subject: Subject, dice: random.Random) -> Subject:
    """The page is as it was rendered; the merchant has changed the price since."""
    product = _card(subject, dice)
    return replace(subject, prices={**subject.prices, product: f"{dice.randint(1, 9)}.{dice.randint(10, 99)}"})


@_defect
def wrong_price_for_machines(subject: Subject, dice: random.Random) -> Subject:
    """The cards are right; the JSON-LD of one names another price."""
    product = re.escape(_card(subject, dice))
    entry = re.compile(rf'("item":\{{(?:(?!"item":).)*?"price":")[^"]+("(?:(?!"item":).)*?"sku":"{product}")')
    changed, count = entry.subn(rf"\g<1>{dice.randint(1, 9)}.{dice.randint(10, 99)}\2", subject.html, count=1)
    assert count, "the page's data does not name the product"
    return replace(subject, html=changed)


@_defect
def missing_card(subject: Subject, dice: random.Random) -> Subject:
    """A planned product is not on its floor."""
    return _in_card(subject, _card(subject, dice), lambda _: "")


@_defect
def duplicated_card(subject: Subject, dice: random.Random) -> Subject:
    """The same product twice in a row."""
    return _in_card(subject, _card(subject, dice), lambda card: card + re.sub(r' id="[^"]*"', "", card))


@_defect
def missing_floor(subject: Subject, dice: random.Random) -> Subject:
    """A planned floor is not on the page."""
    floor = _floor(subject, dice)
    match = re.search(rf'<(\w+)[^>]*id="{re.escape(floor)}"', subject.html)
    assert match
    start, end = _cut_element(subject.html, match.start(), match.group(1))
    return replace(subject, html=subject.html[:start] + subject.html[end:])


# --- pictures ----------------------------------------------------------------------------------------------------------


def _forms(page: PageModel, path: str) -> set[str]:
    """A picture's address and those of its renditions: a browser takes whichever it likes best."""
    known = page.pictures.get(path)
    shots = (shot.renditions for shot in page.hero_shots if shot.path == path)
    return {path, *(each.path for each in (known.renditions if known else ())), *(each.path for group in shots for each in group)}


def _served(subject: Subject, path: str, file: tuple[bytes, str] | None) -> Subject:
    """Another file, or none, wherever the picture is asked for."""
    forms = _forms(subject.page, path)
    left = {each: held for each, held in subject.media.items() if each not in forms}
    return replace(subject, media=left if file is None else {**left, **dict.fromkeys(forms, file)})


@_defect
def broken_product_picture(subject: Subject, dice: random.Random) -> Subject:
    """The file behind a product's picture is gone."""
    pictured = [card.picture for floor in subject.page.floors for card in floor.cards if card.picture]
    return _served(subject, dice.choice(pictured), None)


@_defect
def half_a_picture(subject: Subject, dice: random.Random) -> Subject:
    """A picture of which only the first bytes were stored."""
    pictured = [card.picture for floor in subject.page.floors for card in floor.cards if card.picture]
    path = dice.choice(pictured)
    data, _ = subject.media[path]
    return _served(subject, path, (data[:20], "image/webp"))


@_defect
def squeezed_pictures(subject: Subject, dice: random.Random) -> Subject:
    """Pictures drawn out of their proportions."""
    return _css(subject, f"{_selector(_card(subject, dice))} img{{object-fit:fill!important;height:60px!important;width:100%!important}}")


@_defect
def tiny_picture(subject: Subject, dice: random.Random) -> Subject:
    """A thumbnail of 24 px where a photograph should be."""
    pictured = [card.picture for floor in subject.page.floors for card in floor.cards if card.picture]
    path = dice.choice(pictured)
    return _served(subject, path, (raster(24, 24, dice), "image/webp"))


@_defect
def white_product_picture(subject: Subject, dice: random.Random) -> Subject:
    """A merchant's picture that shows nothing."""
    floor = subject.page.floors[0]  # on the first floor nothing waits in a scroller
    path = dice.choice([card.picture for card in floor.cards[:2] if card.picture])
    return _served(subject, path, (raster(400, 400, None), "image/webp"))


@_defect
def missing_hero_picture(subject: Subject, dice: random.Random) -> Subject:
    """The hero's picture is not where the page looks for it."""
    for path in {subject.page.hero_image, *(shot.path for shot in subject.page.hero_shots)}:
        subject = _served(subject, path, None)
    return subject


@_defect
def picture_without_words(subject: Subject, dice: random.Random) -> Subject:
    """A picture that a screen reader cannot tell."""
    return _in_card(subject, _card(subject, dice), lambda card: re.sub(r' alt="[^"]*"', "", card, count=1))


# --- text --------------------------------------------------------------------------------------------------------------


@_defect
def clipped_prices(subject: Subject, dice: random.Random) -> Subject:
    """The box of a price is too narrow for it."""
    return _css(subject, f"{_selector(_card(subject, dice))} .now{{display:block;width:1.1em;overflow:hidden;white-space:nowrap}}")


@_defect
def clipped_title(subject: Subject, dice: random.Random) -> Subject:
    """The title is cut at half its height."""
    return _css(subject, "h1{height:.62em!important;overflow:hidden!important;display:block!important;line-height:1!important}")


@_defect
def overlapping_text(subject: Subject, dice: random.Random) -> Subject:
    """The price slid up into the name."""
    return _css(subject, f"{_selector(_card(subject, dice))} .now{{position:relative;top:-2.2em;display:inline-block}}")


@_defect
def covered_floor_title(subject: Subject, dice: random.Random) -> Subject:
    """A banner lies over a floor's title."""
    floor = _floor(subject, dice)
    return _css(
        subject,
        f"#{floor}{{position:relative}}#{floor}::before{{content:'';position:absolute;left:0;right:0;top:-12px;height:150px;"
        "background:#884;z-index:50}",
    )


@_defect
def invisible_title(subject: Subject, dice: random.Random) -> Subject:
    """The title is there and see-through."""
    return _css(subject, "h1,h1 *{visibility:hidden!important}")


@_defect
def faint_prices(subject: Subject, dice: random.Random) -> Subject:
    """Prices in a grey that is all but the card's own colour."""
    price = f"{_selector(_card(subject, dice))} .now"
    return _css(subject, f"{price}{{background:#f6f6f6!important;color:#e9e9e9!important}}{price} *{{color:#e9e9e9!important}}")


@_defect
def tiny_type(subject: Subject, dice: random.Random) -> Subject:
    """Names that nobody can read on a phone."""
    return _css(subject, "[data-floor] .name,[data-floor] .name *{font-size:7px!important}")


@_defect
def placeholder_price(subject: Subject, dice: random.Random) -> Subject:
    """A program's word for nothing where a line of the shop should be."""
    word = dice.choice(("undefined", "NaN", "None", "[object Object]", "lorem ipsum dolor"))
    floor = _floor(subject, dice)
    start = subject.html.index("</h2>", subject.html.index(f'id="{floor}"'))
    return replace(subject, html=subject.html[:start] + f"</h2><p>{word}</p>" + subject.html[start + 5 :])


@_defect
def template_braces(subject: Subject, dice: random.Random) -> Subject:
    """An expression that nobody filled in."""
    return _swap(subject, "</main>", "<p>{{ floor.subtitle }}</p></main>")


@_defect
def garbled_text(subject: Subject, dice: random.Random) -> Subject:
    """UTF-8 that was read as something else."""
    text = dice.choice(("熊猫玩偶".encode().decode("latin-1"), "â€œ soft friends â€\u009d", "锟斤拷锟斤拷", "New �� in"))
    return _swap(subject, "</main>", f"<p>{text}</p></main>")


@_defect
def other_language(subject: Subject, dice: random.Random) -> Subject:
    """The buttons of a page speak another language than the page."""
    zh = subject.page.language == "zh"
    old, new = ("回到顶部", "Back to top") if zh else ("Back to top", "回到顶部")
    return _swap(subject, f">{old}<", f">{new}<")


@_defect
def wrong_document_language(subject: Subject, dice: random.Random) -> Subject:
    """The document says it is in another language."""
    old, new = ('lang="zh-CN"', 'lang="en"') if subject.page.language == "zh" else ('lang="en"', 'lang="zh-CN"')
    return _swap(subject, old, new)


@_defect
def hidden_ai_label(subject: Subject, dice: random.Random) -> Subject:
    """The label for generated content is set in one pixel."""
    return _css(subject, "[data-ai-label]{font-size:1px!important;line-height:1!important}[data-ai-label] *{font-size:1px!important}")


@_defect
def skipped_headings(subject: Subject, dice: random.Random) -> Subject:
    """Floors under headings of the fourth level."""
    return replace(subject, html=re.sub(r"<(/?)h3\b", r"<\1h5", subject.html))


# --- the screen --------------------------------------------------------------------------------------------------------


@_defect
def white_screen(subject: Subject, dice: random.Random) -> Subject:
    """Nothing of the page is shown."""
    return _css(subject, "body>*{display:none!important}html,body{background:#fff!important}")


@_defect
def blank_floor(subject: Subject, dice: random.Random) -> Subject:
    """A floor takes its space and shows nothing."""
    return _css(subject, f"#{_floor(subject, dice)}{{opacity:0}}")


@_defect
def blank_card(subject: Subject, dice: random.Random) -> Subject:
    """One card of a floor is an empty rectangle."""
    floor = subject.page.floors[0]
    product = dice.choice(floor.cards[:2]).product_id
    return _css(subject, f"{_selector(product)}>*{{opacity:0}}")


@_defect
def gap_between_floors(subject: Subject, dice: random.Random) -> Subject:
    """A stretch of more than a screen with nothing in it."""
    return _css(subject, f"#{_floor(subject, dice)}{{padding-bottom:1400px!important}}")


@_defect
def sideways_scroll(subject: Subject, dice: random.Random) -> Subject:
    """One element is wider than the phone."""
    return _css(subject, f"#{_floor(subject, dice)} h2{{min-width:1700px!important;display:block!important}}")


@_defect
def hidden_on_phones(subject: Subject, dice: random.Random) -> Subject:
    """A rule for phones that hides prices."""
    return _css(subject, "@media (max-width:699px){[data-floor] .now{display:none!important}}")


@_defect
def moving_while_loading(subject: Subject, dice: random.Random) -> Subject:
    """Something is pushed in above everything after it was painted."""
    script = (
        "setTimeout(function(){var b=document.createElement('div');b.className='pushed';"
        "document.body.insertBefore(b,document.body.firstChild);},120);"
    )
    pushed = replace(subject, html=scripted(subject.html, script))
    return _css(pushed, ".pushed{height:220px}")


@_defect
def needs_javascript(subject: Subject, dice: random.Random) -> Subject:
    """Goods that only a script makes visible."""
    return _css(subject, "html:not(.js) [data-floor] [data-product]{display:none!important}")


@_defect
def script_error(subject: Subject, dice: random.Random) -> Subject:
    """The script stumbles."""
    return replace(subject, html=scripted(subject.html, "document.querySelector('.not-there').focus();"))


@_defect
def blocked_by_policy(subject: Subject, dice: random.Random) -> Subject:
    """Styles that were changed after their hash was taken: the browser throws all of them away."""
    return replace(subject, html=re.sub(r"</style>", "\n.late{color:red}</style>", subject.html, count=1))


@_defect
def missing_file(subject: Subject, dice: random.Random) -> Subject:
    """A preload of a file that nobody made."""
    return _swap(subject, "</main>", '<img src="/media/decor-9.webp" width="10" height="10" alt="" loading="lazy"></main>')


@_defect
def small_targets(subject: Subject, dice: random.Random) -> Subject:
    """A link that no thumb can hit."""
    small = "{min-height:0!important;height:18px!important;padding:0 2px!important;font-size:11px!important;display:inline-flex!important}"
    return _css(subject, f'[href="#top"]:not(.skip),[data-tabs] a{small}')


# --- links and structure -----------------------------------------------------------------------------------------------


@_defect
def dead_anchor(subject: Subject, dice: random.Random) -> Subject:
    """The navigation points to a floor that has another name."""
    return _swap(subject, 'href="#top"', 'href="#topp"')


@_defect
def script_link(subject: Subject, dice: random.Random) -> Subject:
    """A merchant's address that is code."""
    return _swap(subject, "</main>", '<a href="javascript:alert(1)">more</a></main>')


@_defect
def dead_venue_link(subject: Subject, dice: random.Random) -> Subject:
    """A link to a venue that is not there any more."""
    return _swap(subject, "</main>", '<p><a href="/v/gone/">' + ("去看看" if subject.page.language == "zh" else "View") + "</a></p></main>")


@_defect
def doubled_id(subject: Subject, dice: random.Random) -> Subject:
    """Two floors under one name."""
    ids = [floor.floor_id for floor in subject.page.floors]
    return _swap(subject, f'id="{ids[-1]}"', f'id="{ids[0]}"')


@_defect
def foreign_picture(subject: Subject, dice: random.Random) -> Subject:
    """A picture straight from a merchant's server."""
    return _in_card(subject, _card(subject, dice), lambda card: re.sub(r'src="[^"]*"', 'src="https://shop.example/a.jpg"', card, count=1))


@_defect
def no_phone_viewport(subject: Subject, dice: random.Random) -> Subject:
    """A phone gets the page of a desktop, shrunk."""
    return _swap(subject, 'name="viewport"', 'name="view-port"')


@_defect
def foreign_frame(subject: Subject, dice: random.Random) -> Subject:
    """Somebody else's page inside ours."""
    return _swap(subject, "</main>", '<iframe src="https://ads.example/"></iframe></main>')


def raster(width: int, height: int, dice: random.Random | None) -> bytes:
    """A WebP: a still life of rectangles, or white."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (width, height), "white")
    if dice is not None:
        draw = ImageDraw.Draw(picture)
        for _ in range(8):
            x, y = dice.randint(0, width - 2), dice.randint(0, height - 2)
            colour = tuple(dice.randint(20, 235) for _ in range(3))
            draw.rectangle([x, y, x + dice.randint(1, width // 2 + 1), y + dice.randint(1, height // 2 + 1)], fill=colour)
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=70)
    return out.getvalue()
