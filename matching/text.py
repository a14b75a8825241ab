"""Text made comparable: one script, one width, one case; cut into clauses and lexical terms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

LEXICON = Path(__file__).parent / "lexicon"

_CLAUSE_END = re.compile(r"[，。！？；：,!?;\n…]+|(?<!\d)—+|—+(?!\d)|\.(?=\s|$)|(?<=[\u3400-\u9fff])[.:]")
_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9][a-z0-9+#./_-]*")
_ENDINGS = ((("ies", "y"), ("sses", "ss"), ("s", "")), (("ing", ""), ("ed", "")))
_CJK = re.compile(r"[\u3400-\u9fff]")


def lexicon_lines(name: str) -> Iterable[list[str]]:
    """The tab-separated fields of each line of a lexicon file that is neither blank nor a comment."""
    for line in (LEXICON / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split("\t")


@cache
def _simplified() -> dict[int, str]:
    table = {}
    for simplified, traditional in lexicon_lines("traditional.tsv"):
        for character in traditional:
            table[ord(character)] = simplified
    return table


def normalise(text: str) -> str:
    """Full-width letters narrowed (NFKC), traditional characters simplified, letters lower-cased."""
    return unicodedata.normalize("NFKC", text).translate(_simplified()).lower()


def clauses(text: str) -> list[str]:
    """The text cut at punctuation that ends a clause; enumeration commas (、) stay inside."""
    return [part.strip() for part in _CLAUSE_END.split(text) if part and part.strip()]


def is_chinese(text: str) -> bool:
    return bool(_CJK.search(text))


@cache
def _segmenter():
    import jieba  # reading its dictionary takes most of a second, once

    jieba.setLogLevel("WARNING")
    return jieba.Tokenizer()


def terms(text: str) -> list[str]:
    """Lexical terms of normalised text: characters, bigrams and jieba's words for Chinese, words for the rest.

    Titles are colloquial and rarely share a whole word with a profile, so characters and bigrams
    carry the lexical leg; a word found whole counts on top of them.
    """
    found: list[str] = []
    for run in _RUN.findall(text):
        if _CJK.match(run):
            found.extend(run)
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found + words(text)


def words(text: str) -> list[str]:
    """The words of normalised text: jieba's for Chinese, of two characters or more, and the runs of the rest."""
    found: list[str] = []
    for run in _RUN.findall(text):
        if _CJK.match(run):
            found.extend(word for word in _segmenter().cut(run) if len(word) > 1)
        else:
            found.append(_stem(run.rstrip(".")))
    return found


def _stem(word: str) -> str:
    """An English word without its plural, then its verb ending ("meters" finds "metering"); others as they are."""
    if len(word) < 4 or not (word.isascii() and word.isalpha()):
        return word
    for endings in _ENDINGS:
        for ending, instead in endings:
            if word.endswith(ending) and len(word) - len(ending) > 2 and not word.endswith("ss"):
                word = word[: -len(ending)] + instead
                break
    return word
