"""A page's document as a tree, as far as its inspection needs one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.parser import HTMLParser

_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
SPOKEN = frozenset({"alt", "title", "aria-label", "content"})
"""Attributes that are read out, or shown elsewhere."""


class Node:
    """An element with its attributes, children and own text pieces in order."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Node | None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.content: list[Node | str] = []

    def walk(self) -> Iterator[Node]:
        """This element and everything below, in document order."""
        yield self
        for piece in self.content:
            if isinstance(piece, Node):
                yield from piece.walk()

    def find(self, test: Callable[[Node], bool]) -> Node | None:
        """First element that passes, or None."""
        return next((node for node in self.walk() if test(node)), None)

    def classes(self) -> list[str]:
        """Names in the class attribute."""
        return self.attributes.get("class", "").split()

    def text(self, *, hidden: bool = True) -> str:
        """Text below, without style and script; `hidden` False leaves out what only screen readers get."""
        if self.tag in ("style", "script") or (not hidden and "sr" in self.classes()):
            return ""
        return "".join(piece if isinstance(piece, str) else piece.text(hidden=hidden) for piece in self.content)


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("#document", {}, None)
        self.open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.open)
        self.open.content.append(node)
        if tag not in _VOID:
            self.open = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.content.append(Node(tag, {name: value or "" for name, value in attrs}, self.open))

    def handle_endtag(self, tag: str) -> None:
        node: Node | None = self.open
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None and node.parent is not None:
            self.open = node.parent

    def handle_data(self, data: str) -> None:
        self.open.content.append(data)


def parse(html: str) -> Node:
    """The document as a tree."""
    tree = _Tree()
    tree.feed(html)
    tree.close()
    return tree.root


def squeeze(text: str) -> str:
    """With single spaces, and none at the ends."""
    return " ".join(text.split())
