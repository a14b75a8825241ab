"""Lexical index in files, on tantivy: BM25 over terms cut beforehand (words and character bigrams).

Tantivy's own commit is a manifest renamed into place, so that a writer killed in the middle changes
nothing; readers map its files and look for a newer commit before every query.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tantivy

from matching.retrieval.protocol import Hits, as_keys, last_of_each

WRITER_BYTES = 64 << 20
BULK = 20_000
"""Changes in one commit from which tantivy's writer gets more memory, so that it writes fewer segments."""
BULK_BYTES = 512 << 20
TELLING = 20
"""Terms of a query that are looked up: the rarest. A demand has hundreds, most of them in every profile."""
META = "meta.json"


class WordIndex:
    """A LexicalIndex in a folder, made when it does not exist. Terms are parted by spaces."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with self._writing():
            builder = tantivy.SchemaBuilder()
            builder.add_integer_field("key", indexed=True, fast=True)
            builder.add_text_field("terms", tokenizer_name="whitespace", index_option="freq")
            self._schema = builder.build()
            self._index = tantivy.Index(self._schema, path=str(folder))
        self._index.config_reader(reload_policy="manual")
        self._reading = threading.Lock()
        self._seen: tuple[int, int, int] = (0, 0, 0)
        self._current = self._index.searcher()

    def __len__(self) -> int:
        return self._searcher().num_docs

    def snapshot(self) -> str:
        return "-".join(map(str, self._mark()))

    def upsert(self, keys: Sequence[int], texts: Sequence[str]) -> None:
        keys = as_keys(keys)
        if len(texts) != len(keys):
            raise ValueError(f"{len(keys)} keys, {len(texts)} texts")
        if len(keys):
            last = last_of_each(keys)
            self._commit(keys[last], [(int(keys[i]), texts[i]) for i in last])

    def delete(self, keys: Sequence[int]) -> None:
        if len(keys):
            self._commit(as_keys(keys), [])

    def search(self, terms: Sequence[str], k: int, allowed: Sequence[int] | None = None) -> Hits:
        """The best k by BM25 over the query's rarest terms; ties by key."""
        searcher = self._searcher()
        telling = self._telling(searcher, terms)
        empty = Hits(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
        if not telling or not k or (allowed is not None and not len(allowed)):
            return empty
        should = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "terms", term, "freq")) for term in telling
        ]
        query = tantivy.Query.boolean_query(should)
        if allowed is not None:
            only = tantivy.Query.term_set_query(self._schema, "key", [int(key) for key in as_keys(allowed)])
            only = tantivy.Query.const_score_query(only, 0.0)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, only)])
        found = searcher.search(query, limit=k, count=False).hits
        if not found:
            return empty
        keys = np.array(searcher.fast_field_values("key", [place for _, place in found]), dtype=np.int64)
        scores = np.array([score for score, _ in found], dtype=np.float32)
        order = np.lexsort((keys, -scores))
        return Hits(keys[order], scores[order])

    def _telling(self, searcher: tantivy.Searcher, terms: Sequence[str]) -> list[str]:
        frequency = {term: searcher.doc_freq("terms", term) for term in dict.fromkeys(terms)}
        known = [term for term, df in frequency.items() if df]
        return sorted(known, key=lambda term: (frequency[term], term))[:TELLING]

    def _commit(self, gone: np.ndarray, added: Sequence[tuple[int, str]]) -> None:
        with self._writing():
            bulk = max(len(gone), len(added)) >= BULK
            fresh = not len(self)
            writer = self._index.writer(BULK_BYTES if bulk else WRITER_BYTES, num_threads=1)
            if not fresh:
                for key in gone:
                    writer.delete_documents_by_term("key", int(key))
            for key, text in added:
                document = tantivy.Document()
                document.add_integer("key", key)
                document.add_text("terms", text)
                writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()

    def _writing(self):
        return _Turn(self.folder.with_name(f"{self.folder.name}.lock"))

    def _mark(self) -> tuple[int, int, int]:
        found = (self.folder / META).stat()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _searcher(self) -> tantivy.Searcher:
        with self._reading:
            mark = self._mark()
            if mark != self._seen:
                self._index.reload()
                self._current = self._index.searcher()
                self._seen = mark
            return self._current


class _Turn:
    """One writer at a time; the others wait, where tantivy itself would refuse them."""

    def __init__(self, path: Path):
        self._path = path

    def __enter__(self) -> None:
        self._file = self._path.open("a")
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()
