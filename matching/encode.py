"""Texts to unit vectors: the embedded encoder by default, any sentence-transformers model by name.

The embedded encoder is read by numpy and tokenizers from the same files SentenceTransformer(path)
loads; torch is imported only when MATCHING_MODEL names another model.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import numpy as np

from matching.cache import VectorCache
from matching.errors import EncoderUnavailable

MODELS = Path(__file__).parent / "models"
EMBEDDED = MODELS / "jiebang-static-zh"
WORTH_THREADS = 64
"""Texts from which waking the tokenizer's threads pays."""
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
            self._tokenizer = tokenizers.Tokenizer.from_file(str(files[0] / "tokenizer.json"))
            weights = files[0] / "model.safetensors"
            self._table = load_file(weights)["embedding.weight"]
        except (OSError, KeyError, ValueError, IndexError) as error:
            raise EncoderUnavailable(str(folder), f"{type(error).__name__}: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._lengths = np.linalg.norm(self._table.astype(np.float32), axis=1)
        self.version = f"{folder.name}-{sha256(weights.read_bytes()).hexdigest()[:12]}"

    def encode_query(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(texts)

    def encode_document(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        out = np.zeros((len(texts), self._table.shape[1]), dtype=np.float32)
        encodings = self._tokenized(texts)
        for row, encoding in enumerate(encodings):
            if encoding.ids:
                out[row] = self._table[encoding.ids].astype(np.float32).mean(axis=0)
        return unit(out)


    def _tokenized(self, texts: Sequence[str]):
        if len(texts) < WORTH_THREADS:
            return [self._tokenizer.encode(text, add_special_tokens=False) for text in texts]
        return self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)

    def words(self, text: str) -> np.ndarray:
        """int64 ids of the distinct known words of normalised text, in their order."""
        ids = dict.fromkeys(self._tokenizer.encode(text, add_special_tokens=False).ids)
        return np.array([i for i in ids if self._lengths[i] > SILENT], dtype=np.int64)

    def word(self, word: int) -> str:
        return self._tokenizer.id_to_token(int(word))

    def word_vectors(self, words: np.ndarray) -> np.ndarray:
        """float32 (len(words), dimensions), rows of length 1."""
        return unit(self._table[words].astype(np.float32))

    def word_lengths(self, words: np.ndarray) -> np.ndarray:
        """How much each word weighs in a text's mean."""
        return self._lengths[words]


@lru_cache(maxsize=1)
def embedded() -> StaticEncoder:
    """The encoder shipped with the package, read once per process."""
    return StaticEncoder(EMBEDDED)


class SentenceTransformerEncoder:
    """Any sentence-transformers bi-encoder, its vectors kept on disk by content."""

    def __init__(self, name: str, *, cache: VectorCache | None = None):
        try:
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(name)
        except Exception as error:  # any failure to load has the same answer: say which model and why
            raise EncoderUnavailable(name, f"{type(error).__name__}: {error}") from error
        self.version = f"{Path(name).name}-{_fingerprint(name, self._model)}"
        self._cache = cache if cache is not None else VectorCache.default()

    def encode_query(self, texts: Sequence[str]) -> np.ndarray:
        return self._cached("query", texts, self._model.encode_query)

    def encode_document(self, texts: Sequence[str]) -> np.ndarray:
        return self._cached("document", texts, self._model.encode_document)

    def _cached(self, role: str, texts: Sequence[str], encode) -> np.ndarray:
        def fresh(missing: list[str]) -> np.ndarray:
            return encode(missing, normalize_embeddings=True, show_progress_bar=len(missing) > 500)

        if not texts:
            return np.zeros((0, self._model.get_embedding_dimension()), dtype=np.float32)
        return self._cache.vectors(f"{self.version}/{role}", texts, fresh)


def _fingerprint(name: str, model) -> str:
    """A hash of the weights themselves, so that a folder retrained in place is not served stale vectors."""
    digest = sha256(name.encode())
    for key, value in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(value.detach().cpu().contiguous().view(-1).float().numpy()[:4096].tobytes())
        digest.update(repr(float(value.float().sum())).encode())
    return digest.hexdigest()[:12]


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

    Raises EncoderUnavailable when the named model cannot be loaded; it never falls back to another.
    """
    name = environ.get("MATCHING_MODEL", "").strip()
    return SentenceTransformerEncoder(name) if name else embedded()
