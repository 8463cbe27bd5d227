"""A rendered page before the policy gate: every word a buyer can read or hear, with its element, and the AI labels it must carry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from huichang.kernel.errors import NotFoundError
from huichang.kernel.language import Language
from huichang.materials.policy import Passage, Policy, PolicyFinding, Verdict
from huichang.materials.policy.labels import is_aigc, is_visible_label, label_finding, picture_findings
from huichang.pages.model import Finding, PageModel
from huichang.pages.tree import Node, parse
from huichang.pages.words import words

_HEARD = ("alt", "title", "aria-label", "placeholder")
_SAID_IN_HEAD = frozenset({"description", "og:title", "og:description", "keywords"})
_SPACES = re.compile(r"\s+")


def page_verdict(html: str, page: PageModel, policy: Policy, read_media: Callable[[str], bytes], colours: tuple[str, ...] = ()) -> Verdict:
    """The gate's verdict on a page. `read_media`: key -> bytes, raises NotFoundError. `colours`: the brand's, () any."""
    root = parse(html)
    verdict = policy.check(page_passages(root, page, policy))
    found = (*verdict.findings, *_labels(root), *_pictures(root, page, read_media), *_colours(page, colours))
    return verdict.model_copy(update={"findings": found})


def says_unreviewed(html: str, language: Language) -> bool:
    """Whether a page says, where buyers can read it, that no person looked at it before it went live."""
    line = parse(html).find(lambda node: "data-unreviewed" in node.attributes)
    return line is not None and "hidden" not in line.attributes and words(language)["unreviewed"] in _squeeze(line.text())


def as_findings(verdict: Verdict, page: PageModel) -> tuple[Finding, ...]:
    """The verdict as findings of an inspection, for reviewers."""
    return tuple(
        Finding(
            severity="blocker" if each.severity == "block" else "warning",
            rule="ai-label" if each.kind == "label" else "policy",
            place=each.place,
            message=each.said(page.language).removeprefix(f"{each.place}: "),
            mend=each.mend[page.language] + (f" → {each.instead}" if each.instead else ""),
        )
        for each in verdict.findings
    )


def page_passages(root: Node, page: PageModel, policy: Policy) -> Iterator[Passage]:
    """Texts in the order of the page. What stands in a product's card, or repeats one of its words, is its merchant's."""
    merchants = {
        _squeeze(text)
        for card in (*page.hero_cards, *(card for floor in page.floors for card in floor.cards))
        for text in (card.title, card.merchant)
        if text
    }
    for node in root.walk():
        place = _place(node)
        for text in _texts(node):
            theirs = text in merchants or _in_card(node)
            yield Passage(text=text, place=place, origin="product" if theirs else "ours", sector=policy.sector)
    yield Passage(text=page.share_text, place="share", sector=policy.sector)  # stands in the script's data, not in the document


def _texts(node: Node) -> Iterator[str]:
    if node.tag in ("style", "script"):
        return
    # A word may be cut by elements (<em>第</em><em>一</em>): what stands in one line is read as one, wherever it has blocks beside it.
    compound = any(isinstance(piece, Node) and _holds_block(piece) for piece in node.content)
    if compound or node.tag in _BLOCKS:
        line = ""
        for piece in (*node.content, None):
            if piece is None or (isinstance(piece, Node) and _holds_block(piece)):
                if text := _squeeze(line):
                    yield text
                line = ""
            else:
                line += piece if isinstance(piece, str) else piece.text()
    for name in _HEARD:
        if value := _squeeze(node.attributes.get(name, "")):
            yield value
    said = node.attributes.get("name") or node.attributes.get("property") or ""
    if node.tag == "meta" and said in _SAID_IN_HEAD and (value := _squeeze(node.attributes.get("content", ""))):
        yield value


_BLOCKS = frozenset(
    {
        "#document", "html", "head", "body", "title", "header", "footer", "main", "nav", "section", "article", "aside", "div", "ul", "ol",
        "li", "p", "h1", "h2", "h3", "h4", "h5", "h6", "button", "figure", "figcaption", "table", "tr", "td", "th", "svg", "dl", "dt", "dd",
    }
)  # fmt: skip


def _holds_block(node: Node) -> bool:
    return any(each.tag in _BLOCKS for each in node.walk())


def _in_card(node: Node) -> bool:
    here: Node | None = node
    while here is not None:
        if "data-product" in here.attributes:
            return True
        here = here.parent
    return False


def _place(node: Node) -> str:
    """`floor-1 h2`, `p00011 h3`: the nearest named element, and the element itself."""
    here: Node | None = node
    while here is not None:
        name = here.attributes.get("data-product") or here.attributes.get("id")
        if name:
            return f"{name} {node.tag}" if here is not node else name
        here = here.parent
    return node.tag


def _labels(root: Node) -> Iterator[PolicyFinding]:
    label = root.find(lambda node: "data-ai-label" in node.attributes)
    if label is None or not is_visible_label(label.text()):
        yield label_finding("label.visible", "footer")
    meta = root.find(lambda node: node.tag == "meta" and node.attributes.get("name") == "AIGC")
    if meta is None or not is_aigc(meta.attributes.get("content", "")):
        yield label_finding("label.meta", "head")


def _pictures(root: Node, page: PageModel, read_media: Callable[[str], bytes]) -> Iterator[PolicyFinding]:
    """Generated pictures: those of the page model. Each that the page shows needs a label beside it, each its metadata."""
    places = {path for path, place in _generated(page).items() if not place.startswith("poster.")}
    for image in (node for node in root.walk() if node.tag == "img" and node.attributes.get("src") in places):
        holder = image.parent.parent if image.parent and image.parent.tag == "picture" else image.parent
        mark = holder and holder.find(lambda node: "data-ai-mark" in node.attributes)
        if not mark or not is_visible_label(mark.text()):
            yield label_finding("label.picture", _place(image))
    yield from lost_labels(page, read_media)


def lost_labels(page: PageModel, read_media: Callable[[str], bytes]) -> Iterator[PolicyFinding]:
    """Generated pictures of a page whose bytes are not labelled as such, or are not there."""
    for path, place in _generated(page).items():
        try:
            yield from picture_findings(read_media(path.lstrip("/")), place)
        except NotFoundError:
            yield label_finding("label.lost", place)


def _generated(page: PageModel) -> dict[str, str]:
    """address -> where it is shown."""
    places = {page.hero_image: "hero.image"} if page.hero_image else {}
    places |= {shot.path: f"hero.{shot.screen}" for shot in page.hero_shots}
    places |= {each.path: f"hero.{shot.screen}.{each.width}" for shot in page.hero_shots for each in shot.renditions}
    return places | {f"/{poster.media_key}": f"poster.{poster.format}" for poster in page.posters}


def _colours(page: PageModel, colours: tuple[str, ...]) -> Iterator[PolicyFinding]:
    """The palette's main colours must be the brand's where it names any."""
    allowed = {colour.casefold() for colour in colours}
    for name in ("hero", "accent"):
        used = page.style.get(name, "").casefold()
        if allowed and used and used not in allowed:
            yield PolicyFinding(
                rule="brand.colour",
                kind="brand",
                severity="warn",
                words=used,
                place=f"style.{name}",
                start=0,
                end=0,
                law="brand rules",
                message={"zh": f"{name} 用了品牌之外的颜色", "en": f"{name} is set in none of the brand's colours"},
                mend={"zh": "换一个风格，或在品牌规范里加上这个颜色", "en": "choose another style, or add the colour to the brand rules"},
            )


def _squeeze(text: str) -> str:
    return _SPACES.sub(" ", text).strip()
