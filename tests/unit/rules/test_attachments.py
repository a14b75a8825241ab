"""What a file holds decides whether it may be attached, not what it calls itself."""
from __future__ import annotations

import contextlib
import io
import random
import time
import zipfile
import zlib

import pytest

from marketplace.rules import attachments
from marketplace.rules.attachments import DOCX, JPEG, MARKDOWN, MIB, PDF, PNG, TEXT, XLSX
from marketplace.rules.errors import Invalid

TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
PLAIN_PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF"
PNG_BYTES = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 13


def office(main: str = "word/document.xml", *, types: bytes = TYPES, **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr(main, b"<x/>")
        for name, data in more.items():
            archive.writestr(name, data)
    return out.getvalue()


def refused(name: str, data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        attachments.check(name, data)
    return caught.value.code


@pytest.mark.parametrize(("data", "media_type"), [
    (PLAIN_PDF, PDF), (PNG_BYTES, PNG), (b"\xff\xd8\xff\xe0rest", JPEG), (office(), DOCX),
    (office("xl/workbook.xml"), XLSX)])
def test_the_type_is_read_from_the_content_and_the_ending_follows_it(data: bytes, media_type: str) -> None:
    found = attachments.check("方案.exe", data)
    assert (found.media_type, found.name) == (media_type, f"方案.{attachments.ENDINGS[media_type][0]}")


def test_plain_texts_are_told_apart_by_their_names() -> None:
    assert attachments.check("说明.txt", "按周交付\n".encode()).media_type == TEXT
    assert attachments.check("说明.MD", "# 说明".encode()).media_type == MARKDOWN
    assert refused("说明.html", b"<script>alert(1)</script>") == "attachment.kind"
    assert refused("说明.txt", "按周交付".encode("gb18030")) == "attachment.text_encoding"
    assert refused("run.txt", b"MZ\x90\x00\x03") == "attachment.kind"


def test_office_files_with_macros_or_embedded_objects_are_refused() -> None:
    assert refused("a.docx", office(**{"word/vbaProject.bin": b"x"})) == "attachment.active"
    assert refused("a.docx", office(types=TYPES.replace(b"/>", b' t="ms-word.document.macroEnabled.main+xml"/>'))
                   ) == "attachment.active"
    assert refused("a.docx", office(**{"word/embeddings/oleObject1.bin": b"x"})) == "attachment.active"


@pytest.mark.parametrize("spelt", [
    TYPES.decode().replace("/>", ' t="ms-word.document.macroEnabled.main+xml"/>').encode("utf-16"),
    TYPES.replace(b"/>", b' t="ms-word.document.macro&#69;nabled.main+xml"/>'),
    TYPES.replace(b"/>", b' t="application/vnd.ms-office.vbaProject"/>')])
def test_a_macro_is_found_however_it_is_spelt_and_whatever_its_part_is_called(spelt: bytes) -> None:
    assert refused("a.docx", office(types=spelt, **{"word/notes.bin": b"x"})) == "attachment.active"


def test_a_zip_that_is_no_office_file_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("setup.bat", b"x")
    assert refused("a.docx", out.getvalue()) == "attachment.kind"
    assert refused("a.docx", office()[:-30]) == "attachment.broken"


def test_a_file_that_bursts_on_unpacking_is_refused_before_it_is_unpacked() -> None:
    assert refused("a.xlsx", office("xl/workbook.xml", **{"xl/sheet.xml": b"0" * (8 * MIB)})) == "attachment.bomb"
    noise = random.Random(1).randbytes(MIB).hex().encode()
    assert refused("a.xlsx", office("xl/workbook.xml", types=TYPES + noise)) == "attachment.bomb"


@pytest.mark.parametrize("inside", [
    b"<</S/JavaScript/JS(app.alert(1))>>", b"<</S /Launch/F(cmd.exe)>>", b"<</Type/EmbeddedFile>>",
    b"<</S/J#61vaScript>>", b"<</JS 3 0 R>>", b"<</J#53 3 0 R>>", b"<</S/#4Caunch>>"])
def test_a_pdf_that_runs_or_carries_something_is_refused(inside: bytes) -> None:
    assert refused("a.pdf", PLAIN_PDF + b"\n3 0 obj\n" + inside + b"\nendobj\n") == "attachment.active"


def test_what_a_pdf_packs_into_an_object_stream_is_looked_at_too() -> None:
    packed = zlib.compress(b"4 0 <</S/JavaScript/JS(app.alert(1))>>")
    stream = b"\n3 0 obj\n<</Type/ObjStm/Filter/FlateDecode/N 1/First 4>>\nstream\n" + packed + b"\nendstream\nendobj"
    assert b"JavaScript" not in stream
    assert refused("a.pdf", PLAIN_PDF + stream) == "attachment.active"


def test_a_script_is_not_hidden_behind_more_than_is_looked_through() -> None:
    packed = zlib.compress(b" " * (9 * MIB) + b"4 0 <</S/JavaScript/JS(app.alert(1))>>")
    stream = b"\n3 0 obj\n<</Type/ObjStm/Filter/FlateDecode/N 1/First 4>>\nstream\n" + packed + b"\nendstream\nendobj"
    assert refused("a.pdf", PLAIN_PDF + stream) == "attachment.bomb"


@pytest.mark.parametrize("piece", [
    b"<<>>\nstream\n", b"/ObjStm>>stream\n", b"/ObjStm>>stream\n\x78\x9c" + b"\x00\x00\x00\xff\xff" * 9,
    b"#41#41/J#", b">>  "])
def test_a_hostile_pdf_costs_no_more_time_than_its_size(piece: bytes) -> None:
    """A founder could stop the server for every other one in the last hour with one file."""
    began = time.process_time()
    with contextlib.suppress(Invalid):
        attachments.check("a.pdf", PLAIN_PDF + piece * (4 * MIB // len(piece)))
    assert time.process_time() - began < 5


def test_a_pdf_that_needs_a_password_is_refused() -> None:
    assert refused("a.pdf", PLAIN_PDF.replace(b"/Root", b"/Encrypt 9 0 R/Root")) == "attachment.encrypted"


def test_ten_mebibytes_are_taken_and_one_byte_more_is_not() -> None:
    whole = PNG_BYTES.ljust(10 * MIB, b"\x00")
    assert attachments.check("a.png", whole).size == 10 * MIB
    assert refused("a.png", whole + b"\x00") == "attachment.too_big"
    assert refused("a.png", b"") == "attachment.empty"


@pytest.mark.parametrize(("typed", "shown"), [
    ("../../etc/报价.pdf", "报价.pdf"), (r"C:\Users\me\方案.pdf", "方案.pdf"), ("a\u202efdp.exe", "afdp.exe"),
    ("  .. 方案 . pdf", "方案.pdf"), ("\x00\r\n", "attachment"), ("<b>|?*.pdf", "b.pdf"),
    ("字" * 200 + ".pdf", "字" * 80 + ".pdf")])
def test_a_name_keeps_no_folder_no_control_and_no_direction_characters(typed: str, shown: str) -> None:
    assert attachments.clean_name(typed) == shown


def test_all_files_together_have_their_own_limits() -> None:
    def codes(*files: tuple[str, int]) -> list[str]:
        return [problem.code for problem in attachments.together(files)]

    five = [(f"{number}.pdf", 5 * MIB) for number in range(5)]
    assert codes(*five) == []
    assert codes(*five, ("6.pdf", 1)) == ["attachment.too_many", "attachment.too_big_together"]
    assert codes(("a.pdf", 1), ("A.PDF", 1)) == ["attachment.same_name", "attachment.same_name"]
