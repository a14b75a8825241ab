"""Papers to download can be read, searched and checked by their hash."""
from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from marketplace import pdf


def paper(**changes: object) -> pdf.Paper:
    given: dict[str, object] = {
        "title": "催告函", "subtitle": "编号 JB-2026-0001", "footer": "JB-2026-0001", "blocks": [
            pdf.Heading("一、事实"), pdf.Text("喆堃軟件 <b> & 逾期 40 日"), pdf.Facts([("金额", "¥120,000.00")]),
            pdf.Table(["起", "止"], [["2026-10-13", "2026-11-21"]] * 80, "lr"), pdf.Note("本文件由平台生成")]}
    return pdf.Paper(**{**given, **changes})  # type: ignore[arg-type]


def text_of(file: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages)


def test_a_paper_says_everything_it_was_given_rare_characters_and_markup_included() -> None:
    said = text_of(pdf.render(paper()))
    for part in ("催告函", "编号 JB-2026-0001", "一、事实", "喆堃軟件 <b> & 逾期 40 日", "¥120,000.00"):
        assert part in said
    assert said.count("2026-10-13") == 80


def test_a_long_table_repeats_its_header_and_every_page_is_numbered() -> None:
    pages = PdfReader(io.BytesIO(pdf.render(paper()))).pages
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert f"第 {number} 页" in page.extract_text()
    assert "起" in pages[1].extract_text()


def test_the_same_paper_is_the_same_file_to_the_byte() -> None:
    assert pdf.render(paper()) == pdf.render(paper())
    assert pdf.render(paper()) != pdf.render(paper(subtitle="编号 JB-2026-0002"))


def test_the_font_travels_with_the_file() -> None:
    fonts = PdfReader(io.BytesIO(pdf.render(paper()))).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    embedded = [font.get_object() for font in fonts.values() if "NotoSansSC" in str(font.get_object()["/BaseFont"])]
    assert embedded
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in embedded)


@pytest.mark.parametrize("blocks", [[], [pdf.Facts([])], [pdf.Table(["a"], [])]])
def test_an_empty_paper_is_still_a_file(blocks: list[pdf.Block]) -> None:
    assert PdfReader(io.BytesIO(pdf.render(paper(blocks=blocks)))).pages
