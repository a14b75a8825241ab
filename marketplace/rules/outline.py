"""A pasted document as a tree of headings, list entries and table rows; the numbering says which stands under which."""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

_CN = "一二三四五六七八九十百"
_CIRCLED = {chr(0x2460 + n): f"({n + 1}) " for n in range(20)}
# How an entry begins: a name for the style of numbering, and the pattern of its mark.
_MARKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("markdown", re.compile(r"(?P<hashes>#{1,6})\s+")),
    ("chapter", re.compile(rf"第[{_CN}\d]+(?:章|部分|篇)\s*[、:.]?\s*")),
    ("section", re.compile(rf"第[{_CN}\d]+节\s*[、:.]?\s*")),
    ("task", re.compile(
        rf"(?:(?:任务|模块|子项目|子项|标包|标段|分包|工作包|包件|子任务|子系统|专题)\s*[{_CN}\dA-Z]{{1,3}}(?:\s*[::、.\-]\s*|\s+)"
        rf"|第[{_CN}\d]+(?:阶段|期|标段|包|项)\s*[::、.]?\s*"
        r"|(?:work package|wp|task|phase|lot|module|stage)\s*\d{1,2}\s*(?:[:.\-–—]\s*|\s+))", re.IGNORECASE)),
    ("chinese", re.compile(rf"[{_CN}]{{1,3}}\s*[、.]\s*")),
    ("chinese_in_brackets", re.compile(rf"\([{_CN}]{{1,3}}\)\s*[、.]?\s*")),
    ("decimal_3", re.compile(r"\d{1,2}\.\d{1,2}\.\d{1,2}(?:\.\d{1,2})*[.、]?\s*(?=\D)")),
    ("decimal_2", re.compile(r"\d{1,2}\.\d{1,2}[.、]?\s*(?=[^\d.%万元个天])")),
    ("number", re.compile(r"\d{1,2}\s*(?:[、.]\s*|[.)]\s+)(?=\D)")),
    ("number_in_brackets", re.compile(r"\(\d{1,2}\)\s*[、.]?\s*|\d{1,2}\)\s*")),
    ("bullet", re.compile(r"[-*•·●■◆○▪–—]\s+|[•·●■◆○▪]")),
)
_BULLET_OR_BRACKETED = ("bullet", "number_in_brackets")
_RULE_OF_TABLE = re.compile(r"[\s|:+-]*-{2,}[\s|:+-]*")


@dataclass
class Node:
    """One entry. `style` names its numbering ("text" for a plain line, "row" for a table row with its `cells`)."""

    style: str
    title: str
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    children: list[Node] = field(default_factory=list)
    mark: str = ""

    def lines(self) -> Iterator[str]:
        """The entry's own words and everything below it, in order."""
        yield self.title
        for child in self.children:
            yield from child.lines()


def normalised(text: str) -> list[str]:
    """Lines with full-width forms made plain and circled numbers written "(1)"; blank ones left out."""
    for circled, plain in _CIRCLED.items():
        text = text.replace(circled, plain)
    text = unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("\ufeff", "")
    kept = (re.sub(r"[^\S\t]+", " ", line).strip(" ") for line in text.splitlines())
    return [line for line in kept if line.strip()]


def outline(lines: list[str]) -> Node:
    """The tree of a document; the root holds what has no heading above it.

    A style met for the first time below another goes one level deeper; met again it closes what stood below it.
    """
    root = Node("root", "")
    open_nodes: list[Node] = [root]
    header: tuple[str, ...] = ()
    for line in lines:
        cells = _cells(line)
        if cells is None:
            header = ()
            _place(open_nodes, _entry(line))
        elif _RULE_OF_TABLE.fullmatch(line):
            continue
        elif not header:
            header = cells
        else:
            open_nodes[-1].children.append(Node("row", " ".join(cells), cells, header))
    return root


def _cells(line: str) -> tuple[str, ...] | None:
    """The cells of a table row pasted with tabs or written with bars, None for any other line."""
    if "\t" in line.strip("\t"):
        return tuple(cell.strip() for cell in line.split("\t"))
    if line.count("|") >= 2:
        return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
    return None


def _entry(line: str) -> Node:
    line = line.strip()
    for style, pattern in _MARKS:
        found = pattern.match(line)
        if found and (rest := line[found.end():].strip()):
            if style == "markdown":  # "## 一、建设内容": the depth counts, the number is dropped
                inner = _entry(rest)
                return Node(f"markdown_{len(found['hashes'])}", inner.title, mark=inner.mark)
            return Node(style, rest, mark=found[0].strip())
    return Node("text", line)


def _place(open_nodes: list[Node], node: Node) -> None:
    if node.style == "text":
        open_nodes[-1].children.append(node)
        return
    depth = next((place for place, one in enumerate(open_nodes) if one.style == node.style), None)
    if depth is None and node.style.startswith("markdown"):
        depth = next((place for place, one in enumerate(open_nodes)
                      if one.style.startswith("markdown") and one.style >= node.style), None)
        if depth is None and open_nodes[-1].style in _BULLET_OR_BRACKETED:
            depth = next(place for place, one in enumerate(open_nodes) if place and not one.style.startswith("mark"))
    if depth is not None:
        del open_nodes[depth:]
    elif open_nodes[-1].style == "bullet":  # nothing stands under a bullet but words
        open_nodes.pop()
    open_nodes[-1].children.append(node)
    open_nodes.append(node)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it."""
    yield node
    for child in node.children:
        yield from walk(child)
