"""The Unigram tokenizer of the embedded encoder: dictionary words with their log frequencies.

A Unigram model over words needs no jieba at run time, and unlike WordPiece it never turns a long
Chinese run into one unknown token.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from math import log
from pathlib import Path

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram

CJK = r"[\u3400-\u9fff]"
_PIECES = rf"{CJK}+|[a-z0-9]+"
LONGEST_WORD = 8
FOREIGN_SHARE = 4
"""One token in so many may be a word of Latin letters: English words and the field's abbreviations."""


def dictionary_frequencies() -> dict[str, int]:
    """The words of jieba's dictionary (MIT) with their counts."""
    import jieba

    path = Path(jieba.__file__).parent / "dict.txt"
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, count, _ = line.split(" ")
        found[word] = int(count)
    return found


def vocabulary(texts: Iterable[str], own_words: Iterable[str], *, size: int) -> list[tuple[str, float]]:
    """(token, log probability) of the words seen in `texts`, most frequent first, at most `size`.

    texts are normalised; own_words (terms of the lexicon, whole Chinese sides of short pairs) are
    always kept, with at least the frequency that lets them win over their parts.
    """
    import jieba

    frequency = Counter(dictionary_frequencies())
    own = {w for w in own_words if 2 <= len(w) <= LONGEST_WORD and re.fullmatch(f"{CJK}+", w)}
    for word in sorted(own):
        frequency[word] = max(frequency[word], jieba.suggest_freq(word, tune=True))
    seen: Counter[str] = Counter()
    for text in texts:
        for run in re.findall(_PIECES, text):
            if re.match(CJK, run):
                seen.update(jieba.cut(run, HMM=False))
                seen.update(run)
            else:
                seen[run] += 1
    foreign = [word for word, count in seen.most_common() if not re.match(CJK, word) and count > 1]
    chosen = own | {c for c in seen if len(c) == 1} | set(foreign[: size // FOREIGN_SHARE])
    for word, count in seen.most_common():
        if len(chosen) >= size:
            break
        if re.match(CJK, word) and len(word) <= LONGEST_WORD and (count > 1 or word in frequency):
            chosen.add(word)
    chosen |= set("abcdefghijklmnopqrstuvwxyz0123456789")
    total = sum(frequency[w] for w in chosen) + 1
    scored = []
    for word in chosen:
        count = frequency[word] if re.match(CJK, word) else seen[word]
        if len(word) == 1:
            count = min(count, 3000)
        scored.append((word, log((count + 1) / total)))
    return sorted(scored, key=lambda item: (-item[1], item[0]))


def tokenizer(words: list[tuple[str, float]]) -> Tokenizer:
    """A tokenizer that narrows and lower-cases by itself; simplifying is left to text.normalise()."""
    worst = min(score for _, score in words) - 10
    made = Tokenizer(Unigram([("[UNK]", worst), *words], unk_id=0, byte_fallback=False))
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    made.pre_tokenizer = pre_tokenizers.Split(Regex(_PIECES), behavior="removed", invert=True)
    return made
