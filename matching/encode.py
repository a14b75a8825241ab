"""Texts to unit vectors: the embedded encoder by default, any sentence-transformers model by name.

The embedded encoder is read by numpy and tokenizers from the same files SentenceTransformer(path)
loads; torch is imported only when MATCHING_MODEL names another model.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix

from matching.cache import VectorCache
from matching.errors import EncoderUnavailable
from matching.segment import Segmenter

MODELS = Path(__file__).parent / "models"
EMBEDDED = MODELS / "jiebang-static-zh"
PROMPTS = {"query": "MATCHING_QUERY_PROMPT", "document": "MATCHING_DOCUMENT_PROMPT"}
WORTH_THREADS = 64
"""Texts from which waking the tokenizer's threads pays."""
WORTH_A_SEGMENTER = 2000
"""Texts from which reading the segmenter's table pays."""
WORTH_A_BAR = 200
SILENT = 1e-4
"""Rows shorter than this were never trained."""


class Encoder(Protocol):
    """Two ways in, since a question and its answer may need different prompts.

    Both return float32 of shape (number of texts, dimensions), rows of length 1 (or 0 for no text).
    """

    version: str

    def encode_query(self, texts: Sequence[str]) -> np.ndarray: ...

    def encode_document(self, texts: Sequence[str]) -> np.ndarray: ...


class StaticEncoder:
    """A table of token vectors: a text's vector is the mean of its tokens', brought to length 1."""

    def __init__(self, folder: Path):
        import tokenizers
        from safetensors.numpy import load_file

        try:
            files = [folder / module["path"] for module in json.loads((folder / "modules.json").read_text())]
            self._tokenizer_file = files[0] / "tokenizer.json"
            self._tokenizer = tokenizers.Tokenizer.from_file(str(self._tokenizer_file))
            weights = files[0] / "model.safetensors"
            self._table = load_file(weights)["embedding.weight"].astype(np.float32)
        except (OSError, KeyError, ValueError, IndexError) as error:
            raise EncoderUnavailable(str(folder), f"{type(error).__name__}: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._lengths = np.linalg.norm(self._table, axis=1)
        self.version = f"{folder.name}-{sha256(weights.read_bytes()).hexdigest()[:12]}"

    def encode_query(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(texts)

    def encode_document(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        tokens, owner = self._tokenized(texts)
        return unit(summed(self._table, tokens, owner, len(texts)))

    def _tokenized(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The tokens of all texts end to end, and whose each is."""
        if len(texts) >= WORTH_A_SEGMENTER and self._segmenter is not None:
            return self._segmenter(texts)
        if len(texts) < WORTH_THREADS:
            found = [self._tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
        else:
            batch = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
            found = [encoding.ids for encoding in batch]
        lengths = [len(ids) for ids in found]
        flat = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=sum(lengths))
        return flat, np.repeat(np.arange(len(found)), lengths)

    @cached_property
    def _segmenter(self) -> Segmenter | None:
        """The same tokens several times as fast, after a third of a second of reading; None for another tokenizer."""
        try:
            return Segmenter(self._tokenizer_file)
        except (ValueError, KeyError, TypeError):
            return None

    @property
    def dimensions(self) -> int:
        return self._table.shape[1]

    @property
    def size(self) -> int:
        """How many tokens the table knows."""
        return len(self._table)

    def tokens(self, text: str) -> list[int]:
        """Every token of a text; those of a text joined by spaces are those of its pieces."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def token_vectors(self, tokens: np.ndarray | list[int]) -> np.ndarray:
        """float32 (len(tokens), dimensions) as they are summed in a text's mean."""
        return self._table[tokens]

    def sums(self, tokens: np.ndarray, owner: np.ndarray, n: int) -> np.ndarray:
        """float32 (n, dimensions): the sum of the vectors of each owner's tokens; owner (len(tokens),) rises."""
        return summed(self._table, tokens, owner, n)

    def known(self, tokens: np.ndarray) -> np.ndarray:
        """Which tokens count as words: those that training has seen."""
        return self._lengths[tokens] > SILENT

    def words(self, text: str) -> np.ndarray:
        """int64 ids of the distinct known words of normalised text, in their order."""
        ids = dict.fromkeys(self._tokenizer.encode(text, add_special_tokens=False).ids)
        return np.array([i for i in ids if self._lengths[i] > SILENT], dtype=np.int64)

    def word(self, word: int) -> str:
        return self._tokenizer.id_to_token(int(word))

    def word_vectors(self, words: np.ndarray) -> np.ndarray:
        """float32 (len(words), dimensions), rows of length 1."""
        return unit(self._table[words])

    def word_lengths(self, words: np.ndarray) -> np.ndarray:
        """How much each word weighs in a text's mean."""
        return self._lengths[words]


@lru_cache(maxsize=1)
def embedded() -> StaticEncoder:
    """The encoder shipped with the package, read once per process."""
    return StaticEncoder(EMBEDDED)


class SentenceTransformerEncoder:
    """Any sentence-transformers bi-encoder, its vectors kept on disk by content.

    prompts: what to put before a "query" or a "document", for a model that needs it and does not say so
    in its own settings; the model's own prompts hold otherwise.
    """

    def __init__(self, name: str, *, cache: VectorCache | None = None, prompts: Mapping[str, str] | None = None):
        try:
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(name)
        except Exception as error:  # any failure to load has the same answer: say which model and why
            raise EncoderUnavailable(name, f"{type(error).__name__}: {error}") from error
        self._model.prompts = {**self._model.prompts, **(prompts or {})}
        self.version = f"{Path(name).name}-{fingerprint(name, self._model)}"
        self._cache = cache if cache is not None else VectorCache.default()

    def encode_query(self, texts: Sequence[str]) -> np.ndarray:
        return self._cached("query", texts, self._model.encode_query)

    def encode_document(self, texts: Sequence[str]) -> np.ndarray:
        return self._cached("document", texts, self._model.encode_document)

    def _cached(self, role: str, texts: Sequence[str], encode) -> np.ndarray:
        def fresh(missing: list[str]) -> np.ndarray:
            return encode(missing, normalize_embeddings=True, show_progress_bar=worth_a_bar(len(missing)))

        if not texts:
            return np.zeros((0, self._model.get_embedding_dimension()), dtype=np.float32)
        return self._cache.vectors(f"{self.version}/{role}", texts, fresh)


def worth_a_bar(count: int) -> bool:
    """Whether reading `count` texts takes long enough to show a person at a terminal how far it is."""
    return count >= WORTH_A_BAR and sys.stderr.isatty()


def fingerprint(name: str, model) -> str:
    """A hash of prompts and weights, so that a folder retrained in place is not served what it said before."""
    digest = sha256(name.encode())
    digest.update(json.dumps(getattr(model, "prompts", None), sort_keys=True).encode())
    for key, value in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(value.detach().cpu().contiguous().view(-1).float().numpy()[:4096].tobytes())
        digest.update(repr(float(value.float().sum())).encode())
    return digest.hexdigest()[:12]


def summed(rows: np.ndarray, picked: np.ndarray, owner: np.ndarray, n: int) -> np.ndarray:
    """(n, d): for each owner the sum of the rows picked for it; owner (len(picked),) rises."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=n))])
    ones = np.ones(len(picked), dtype=rows.dtype)
    return csr_matrix((ones, picked, starts), shape=(n, len(rows))) @ rows


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows brought to length 1; a row of zeros stays zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(length == 0, 1.0, length)


def dots(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(n, d) and (m, d) to (n, m), each product summed in the same order wherever its row stands.

    BLAS sums by blocks, so that equal rows can differ in the last digit and break a tie by position.
    """
    return np.einsum("nd,md->nm", rows, columns)


def default_encoder(environ: Mapping[str, str] = os.environ) -> Encoder:
    """The encoder MATCHING_MODEL names (a folder or a model name), else the embedded one.

    MATCHING_QUERY_PROMPT and MATCHING_DOCUMENT_PROMPT are put before demands and profiles, for a model
    that was trained with such words and does not carry them in its settings.
    Raises EncoderUnavailable when the named model cannot be loaded; it never falls back to another.
    """
    name = environ.get("MATCHING_MODEL", "").strip()
    if not name:
        return embedded()
    prompts = {role: environ[key] for role, key in PROMPTS.items() if environ.get(key)}
    return SentenceTransformerEncoder(name, prompts=prompts)
