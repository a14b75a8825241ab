"""What may be attached to a bid: by what the file holds, never by what it calls itself.

The checks keep out what runs on opening (macros, scripts, embedded files) and what bursts on unpacking; they are no
virus scanner. Limits are the platform's, dated.
"""
from __future__ import annotations

import html
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.rules.errors import Invalid, Problem
from marketplace.rules.statutes import Dated

MIB = 1024 * 1024
_RULE = "平台规则"
MOST_FILES = (Dated(5, "files per bid", date(2026, 1, 1), _RULE),)
MOST_BYTES = (Dated(10 * MIB, "bytes per file", date(2026, 1, 1), _RULE),)
MOST_BYTES_TOGETHER = (Dated(25 * MIB, "bytes per bid", date(2026, 1, 1), _RULE),)
# Files of replaced and withdrawn bids are kept this long after the demand is decided, for objections.
KEPT_AFTER_DECISION = (Dated(90, "days", date(2026, 1, 1), _RULE),)
# A file handed in ahead of its bid and used by none.
UNUSED_HOURS = (Dated(48, "hours", date(2026, 1, 1), _RULE),)
NAME_MOST = 80
MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO = 5_000, 200 * MIB, 200
MOST_STREAM, MOST_PACKED = 8 * MIB, 64 * MIB  # unpacked, of one object stream of a PDF and of all together
_PIECE = 4 * 1024

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT, MARKDOWN = "text/plain", "text/markdown"
ENDINGS = {PDF: ("pdf",), PNG: ("png",), JPEG: ("jpg", "jpeg"), DOCX: ("docx",), XLSX: ("xlsx",), TEXT: ("txt",),
           MARKDOWN: ("md",)}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_OBJECT_STREAM = re.compile(rb"/ObjStm.{0,400}?stream\r?\n", re.DOTALL)
_STREAM_BEGINS = re.compile(rb">>\s*stream\r?\n")


def _named(*names: str) -> re.Pattern[bytes]:
    """PDF names, each letter written as itself or in hexadecimal (ISO 32000-1, 7.3.5): /JS and /J#53."""
    spelt = ("".join(f"(?:{one}|(?i:#{ord(one):02x}))" for one in name) for name in names)
    return re.compile(f"/(?:{'|'.join(spelt)})(?![A-Za-z])".encode())


_ACTIVE_PDF = _named("JavaScript", "Launch", "EmbeddedFile", "EmbeddedFiles", "RichMedia", "XFA")
_JS, _ENCRYPT = _named("JS"), _named("Encrypt")


@dataclass(frozen=True)
class Checked:
    """A file that may be attached: its cleaned name, media type and size in bytes."""

    name: str
    media_type: str
    size: int


def check(name: str, data: bytes) -> Checked:
    """A file's cleaned name and type, decided by its content.

    Raises Invalid: attachment.empty, attachment.too_big, attachment.kind, attachment.text_encoding,
    attachment.active (macros, scripts, embedded files), attachment.encrypted, attachment.bomb, attachment.broken.
    """
    shown = clean_name(name)
    if not data:
        raise Invalid("attachment.empty", name=shown)
    if len(data) > MOST_BYTES[-1].value:
        raise Invalid("attachment.too_big", name=shown, most=MOST_BYTES[-1].value // MIB)
    media_type = _kind(shown, data)
    return Checked(_with_ending(shown, media_type), media_type, len(data))


def together(files: Sequence[tuple[str, int]]) -> Iterator[Problem]:
    """What is wrong with all the files of a bid; `files`: (name, bytes)."""
    if len(files) > MOST_FILES[-1].value:
        yield Problem("attachments", "attachment.too_many", {"most": MOST_FILES[-1].value})
    total = sum(size for _, size in files)
    if total > MOST_BYTES_TOGETHER[-1].value:
        yield Problem("attachments", "attachment.too_big_together", {
            "most": MOST_BYTES_TOGETHER[-1].value // MIB, "total": f"{total / MIB:.1f}"})
    names = [name.casefold() for name, _ in files]
    for name in sorted({name for name, _ in files if names.count(name.casefold()) > 1}):
        yield Problem("attachments", "attachment.same_name", {"name": name})


def clean_name(name: str) -> str:
    """A file's own name without folders, control and direction characters, and what file systems refuse."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(one for one in base if unicodedata.category(one)[0] != "C" and one not in '<>:"|?*')
    stem, dot, ending = " ".join(kept.split()).strip(". ").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    stem = stem.strip(". ")[:NAME_MOST].strip() or "attachment"
    ending = ending.strip()[:8]
    return f"{stem}.{ending}" if ending else stem


def _with_ending(name: str, media_type: str) -> str:
    stem, _, ending = name.rpartition(".")
    fitting = ENDINGS[media_type]
    return name if stem and ending.lower() in fitting else f"{stem or name}.{fitting[0]}"


def _kind(name: str, data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        _check_pdf(name, data)
        return PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
        return PNG
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"PK\x03\x04"):
        return _check_zip(name, data)
    return _check_text(name, data)


def _check_text(name: str, data: bytes) -> str:
    if b"\x00" in data:
        raise Invalid("attachment.kind", name=name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wanted = name.lower().endswith((".txt", ".md"))
        raise Invalid("attachment.text_encoding" if wanted else "attachment.kind", name=name) from error
    if _CONTROL.search(text):
        raise Invalid("attachment.kind", name=name)
    if not name.lower().endswith((".txt", ".md")):
        raise Invalid("attachment.kind", name=name)
    return MARKDOWN if name.lower().endswith(".md") else TEXT


def _check_pdf(name: str, data: bytes) -> None:
    """Packed objects are looked through too; whatever the file, the work grows with its size and no faster."""
    for part in (data, *_packed_objects(name, data)):
        if _ACTIVE_PDF.search(part) or _JS.search(_without_streams(part)):
            raise Invalid("attachment.active", name=name)
        if _ENCRYPT.search(part):
            raise Invalid("attachment.encrypted", name=name)


def _without_streams(data: bytes) -> bytes:
    """What stands outside the streams; one that never ends is not one."""
    kept, at = [], 0
    for begins in _STREAM_BEGINS.finditer(data):
        if begins.start() >= at:
            ends = data.find(b"endstream", begins.end())
            if ends < 0:
                break
            kept.append(data[at:begins.start()])
            at = ends
    return b"".join((*kept, data[at:]))


def _packed_objects(name: str, data: bytes) -> Iterator[bytes]:
    """The object streams, unpacked. Raises Invalid (attachment.bomb): what is too much to look through is refused."""
    total, whole = 0, memoryview(data)
    for count, found in enumerate(_OBJECT_STREAM.finditer(data), start=1):
        unpacked, read = _unpacked(whole[found.end():])
        total += max(len(unpacked), read)
        if count > MOST_ENTRIES or len(unpacked) > MOST_STREAM or total > MOST_PACKED:
            raise Invalid("attachment.bomb", name=name)
        yield unpacked


def _unpacked(data: memoryview) -> tuple[bytes, int]:
    """(a stream as far as it is deflated, at most one byte beyond MOST_STREAM; how many bytes were read for it).

    In pieces, as zlib copies what it leaves. What is not deflated has been looked through as it stands.
    """
    unpacker, parts, room, read = zlib.decompressobj(), [], MOST_STREAM + 1, 0
    while room and read < len(data) and not unpacker.eof:
        try:
            parts.append(unpacker.decompress(data[read:read + _PIECE], room))
        except zlib.error:
            break
        room -= len(parts[-1])
        read += _PIECE
    return b"".join(parts), read


def _check_zip(name: str, data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {entry.filename.replace("\\", "/") for entry in entries}
            _check_entries(name, entries)
            if "[Content_Types].xml" not in names:
                raise Invalid("attachment.kind", name=name)
            types = _content_types(name, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise Invalid("attachment.broken", name=name) from error
    active = any(one.lower().endswith(("vbaproject.bin", "vbadata.xml", ".exe", ".dll", ".js", ".vbs"))
                 or "/embeddings/" in one.lower() or "/activex/" in one.lower() for one in names)
    if active or any(one in types for one in ("macroenabled", "vbaproject", "macrosheet")):
        raise Invalid("attachment.active", name=name)
    for entry, media_type in (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX)):
        if entry in names:
            return media_type
    raise Invalid("attachment.kind", name=name)


def _content_types(name: str, archive: zipfile.ZipFile) -> str:
    """What the parts of an office file say they are, in whatever encoding and with whatever characters escaped."""
    if archive.getinfo("[Content_Types].xml").file_size > MIB:
        raise Invalid("attachment.bomb", name=name)
    said = archive.read("[Content_Types].xml").replace(b"\x00", b"")
    return html.unescape(said.decode("utf-8", "replace")).lower()


def _check_entries(name: str, entries: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or any(
            entry.file_size > MIB and entry.file_size > MOST_RATIO * max(entry.compress_size, 1) for entry in entries):
        raise Invalid("attachment.bomb", name=name)
    if any(entry.flag_bits & 1 for entry in entries):
        raise Invalid("attachment.encrypted", name=name)
