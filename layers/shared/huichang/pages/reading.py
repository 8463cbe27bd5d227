"""What a page's document says wrong: placeholders, garbled or foreign words, headings, anchors, one product twice.

The other rules over the document, which hold it against its model, are in inspection.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator

from huichang.kernel.language import detect_language
from huichang.pages.finding_words import finding
from huichang.pages.linked import linked_findings
from huichang.pages.model import Finding, PageModel
from huichang.pages.tree import SPOKEN, Node, squeeze
from huichang.pages.words import WORDS

# Programs' words for "nothing", where a person's should stand: alone, or where a figure was meant ("¥NaN").
_NOTHING = re.compile(r"^(none|null|nil|nan|undefined|n/a|tbd|todo|xxx+)$", re.IGNORECASE)
_LEFT_OVER = re.compile(
    r"\[object Object\]|lorem ipsum|(?<![A-Za-z])(?:undefined|NaN)(?![A-Za-z])|[¥$€£]\s*(?:None|null|nan)"
    r"|\$\{[^}]*\}|%\(\w+\)s|占位|待填写|此处填写",
    re.IGNORECASE,
)
# UTF-8 read as Latin-1 or GBK, and what stands for a byte that nothing could read.
_GARBLED = re.compile("�|[ÃÂ][\u0080-\u00bf]|â€|ï»¿|锟斤拷|烫烫烫|屯屯屯|(?:[äåæçèé][\u0080-\u00bf]{2}){2}")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]{3,}")


def read_document(root: Node, page: PageModel, said: Collection[str]) -> Iterator[Finding]:
    """Findings in the order of the rules. `said`: every text of the model, squeezed; what merely repeats one is data, which only warns."""
    yield from _language(root, page)
    yield from _pieces(root, said)
    yield from _headings(root)
    yield from _anchors(root)
    yield from _repeated(root)
    yield from linked_findings(root)


def _language(root: Node, page: PageModel) -> Iterator[Finding]:
    html = root.find(lambda node: node.tag == "html")
    said = html.attributes.get("lang", "") if html else ""
    if said and not said.lower().startswith(page.language):
        yield finding("language-wrong", "blocker", "html", said=said, meant=page.language)
    meta = root.find(lambda node: node.tag == "meta" and node.attributes.get("name") == "viewport")
    if meta is None or "width=device-width" not in meta.attributes.get("content", ""):
        yield finding("no-viewport", "blocker", "head")
    theirs = {text["en" if page.language == "zh" else "zh"] for text in WORDS.values() if text["zh"] != text["en"]}
    ours = [page.title, page.subtitle, page.slogan, page.share_text, *page.benefits]
    for floor in page.floors:
        ours += [floor.title, floor.subtitle, floor.point]
    known = {squeeze(text) for text in ours}
    for node in root.walk():
        if node.tag in ("style", "script"):
            continue
        for text in (squeeze(piece) for piece in node.content if isinstance(piece, str)):
            if text in theirs and text not in known:
                yield finding("language-mixed", "blocker", node.tag, text=text[:60])
    for text in ours:
        # Names of brands are Latin in Chinese copy too; a whole sentence without one Han letter is not Chinese.
        wrong = _HAN.search(text) if page.language == "en" else detect_language(text) == "en" and len(_LATIN.findall(text)) > 3
        if wrong and not (page.language == "zh" and _HAN.search(text)):
            yield finding("language-mixed", "warning", "page", text=text[:60])


def _pieces(root: Node, said: Collection[str]) -> Iterator[Finding]:
    for node in root.walk():
        if node.tag in ("style", "script"):
            continue
        pieces = [piece for piece in node.content if isinstance(piece, str)]
        pieces += [value for name, value in node.attributes.items() if name in SPOKEN and node.attributes.get("name") != "viewport"]
        for text in map(squeeze, pieces):
            data = any(text in each for each in said)
            if (_NOTHING.match(text) and (text not in said or not data)) or (_LEFT_OVER.search(text)):
                yield finding("placeholder", "warning" if data else "blocker", _place(node), text=text[:60])
            if _GARBLED.search(text):
                yield finding("mojibake", "warning" if data else "blocker", _place(node), text=text[:60])


def _headings(root: Node) -> Iterator[Finding]:
    before = 0
    first = 0
    for node in root.walk():
        if not re.fullmatch(r"h[1-6]", node.tag):
            continue
        level = int(node.tag[1])
        first += level == 1
        if level > before + 1 or (level == 1 and first > 1):
            text = f"h{before} → {node.tag}" if before else node.tag
            yield finding("heading-order", "warning", _place(node), text=f"{text} “{squeeze(node.text())[:40]}”")
            if level > before + 1:
                return  # what follows is out of step for the same reason
        before = level


def _anchors(root: Node) -> Iterator[Finding]:
    there = {node.attributes["id"] for node in root.walk() if node.attributes.get("id")}
    lost = {
        address
        for node in root.walk()
        if node.tag == "a" and (address := node.attributes.get("href", "")).startswith("#") and address not in ("#", "#top")
        and address[1:] not in there
    }  # fmt: skip
    for address in sorted(lost):
        yield finding("anchor-lost", "blocker", f"a[href='{address}']", address=address[:60])


def _repeated(root: Node) -> Iterator[Finding]:
    floors = [node for node in root.walk() if "data-floor" in node.attributes]
    shown = Counter(node.attributes["data-product"] for floor in floors for node in floor.walk() if "data-product" in node.attributes)
    for product, count in shown.items():
        if count > 1:
            yield finding("duplicate-product", "warning", product, count=count)


def _place(node: Node) -> str:
    here: Node | None = node
    while here is not None:
        name = here.attributes.get("data-product") or here.attributes.get("id")
        if name:
            return f"{name}/{node.tag}"
        here = here.parent
    return node.tag
