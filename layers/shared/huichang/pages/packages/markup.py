"""What the words of a package's files may hold: no script, no handler, no address outside; and the same of a page that was rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator

from huichang.pages.model import PageModel
from huichang.pages.packages.model import TemplateProblem
from huichang.pages.packages.telling import problem
from huichang.pages.tree import Node

_FILLED_IN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_TAG = re.compile(r"<\s*(?!/|!)([A-Za-z][\w:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)", re.DOTALL)
_ATTRIBUTE = re.compile(r"([A-Za-z_:][\w:.-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.DOTALL)
_FOREIGN = frozenset(
    {"iframe", "object", "embed", "base", "form", "frame", "frameset", "applet", "portal", "meta", "link", "input", "textarea", "select"}
    | {"audio", "video", "math", "foreignobject", "animate", "set", "template", "slot"}
)
_FRAMES = frozenset({"iframe", "object", "embed", "base", "form", "frame", "frameset", "applet", "portal"})
_ADDRESSES = frozenset(
    {"href", "src", "srcset", "action", "formaction", "poster", "xlink:href", "data", "ping", "background", "cite", "manifest"}
)
_OUT = re.compile(r"[a-z][a-z0-9+.-]*:|//|\\\\", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_CSS_OUT = re.compile(
    r"@import|@font-face|@namespace|(?:image-set|cross-fade|image|src|element|paint)\s*\(|url\s*+\(\s*+(?![\"']?+\s*+#)[^)\n]{0,40}",
    re.IGNORECASE,
)
_CSS_ACTIVE = re.compile(r"expression\s*\(|-moz-binding|behavior\s*:|javascript:|</", re.IGNORECASE)


def source_problems(name: str, source: str) -> Iterator[TemplateProblem]:
    """Of one layout file, as it was written."""
    plain = _FILLED_IN.sub(lambda match: "\n" * match[0].count("\n"), source)
    for tag in _TAG.finditer(plain):
        line = plain.count("\n", 0, tag.start()) + 1
        element = tag[1].lower()
        if element == "script":
            yield problem("script", name, line)
        elif element == "style":
            yield problem("inline_style", name, line)
        elif element in _FOREIGN:
            yield problem("foreign_element", name, line, tag=element)
        for attribute in _ATTRIBUTE.finditer(tag[2]):
            key, value = attribute[1].lower(), next((each for each in attribute.groups()[1:] if each is not None), "")
            here = line + tag[2].count("\n", 0, attribute.start())
            yield from _attribute_problems(name, here, key, value)


def _attribute_problems(name: str, line: int, key: str, value: str) -> Iterator[TemplateProblem]:
    if key.startswith("on") and len(key) > 3:
        yield problem("handler", name, line, tag=key)
    elif key in ("style", "srcdoc"):
        yield problem("inline_style", name, line)
    elif key in _ADDRESSES and _OUT.match(value.strip()):
        yield problem("outside", name, line, path=value.strip()[:80])


def style_problems(name: str, css: str) -> Iterator[TemplateProblem]:
    """Of a style sheet, its comments taken out and its escapes read as a browser reads them."""
    plain = _COMMENT.sub(lambda match: "\n" * match[0].count("\n") + " ", css)
    plain = _ESCAPE.sub(_unescaped, plain)
    for pattern, code in ((_CSS_OUT, "css_outside"), (_CSS_ACTIVE, "css_active")):
        for match in pattern.finditer(plain):
            yield problem(code, name, plain.count("\n", 0, match.start()) + 1, path=" ".join(match[0].split())[:60])


def _unescaped(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    number = int(match[1], 16)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else " "


def page_problems(root: Node, page: PageModel, script: str, file: str) -> Iterator[TemplateProblem]:
    """Of a page as it came out: only our script, no handler, and no address that is not the page's own data."""
    known = _addresses(page)
    for node in root.walk():
        if node.tag == "script":
            text = "".join(piece for piece in node.content if isinstance(piece, str))
            data = node.attributes.get("type") in ("application/json", "application/ld+json")
            if "src" in node.attributes or not (data or text == script):
                yield problem("script", file)
        elif node.tag in _FRAMES:
            yield problem("foreign_element", file, tag=node.tag)
        for key, value in node.attributes.items():
            if key.startswith("on") and len(key) > 3:
                yield problem("handler", file, tag=key)
            elif key in ("style", "srcdoc"):
                yield problem("inline_style", file)
            elif key in _ADDRESSES and node.tag not in ("meta", "link"):
                for address in value.split(",") if key == "srcset" else [value]:
                    address = address.strip().split(" ")[0] if key == "srcset" else address.strip()
                    if address and not address.startswith("#") and address not in known and _OUT.match(address):
                        yield problem("outside", file, path=address[:80])


def _addresses(page: PageModel) -> frozenset[str]:
    """Every text of the page's data: an address among them was let in where the data came from."""
    found: set[str] = set()
    waiting: list[object] = [page.model_dump(mode="json")]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.add(value.strip())
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return frozenset(found)
