"""Dense index in PostgreSQL with pgvector: the same VectorIndex where one machine is not enough.

Vectors are half precision; an HNSW index over their signs proposes a shortlist, which is scored again
with the vectors themselves. Many application servers share one table, and PostgreSQL's replicas and
partitions spread it; the engine sees no difference but the time a query takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import psycopg
from pgvector import HalfVector
from pgvector.psycopg import register_vector
from psycopg import sql

from matching.retrieval.protocol import NOTHING, IndexUnusable, as_keys, last_of_each

SHORTLIST = 400
"""Rows the graph proposes at least, and per place asked for; pgvector looks at no more than LARGEST."""
PER_PLACE = 8
LARGEST = 1000
SCANNED_WHOLE = 20_000
"""Rows (of those allowed) up to which every vector is compared: exact, and no slower."""

EVERY_ROW = "SELECT key, vector FROM {table} {where} OFFSET 0"
NEAR_BY_SIGNS = (
    "SELECT key, vector FROM {table} {where} "
    "ORDER BY binary_quantize(vector)::bit({d}) <~> binary_quantize(%(query)s)::bit({d}) LIMIT %(wide)s"
)
RANKED = (
    "SELECT key, -(vector <#> %(query)s) AS score FROM ({source}) AS source "
    "ORDER BY vector <#> %(query)s, key LIMIT %(k)s"
)


class PgVectorIndex:
    """A VectorIndex in the table `table` of a database, made when it does not exist.

    conninfo: a libpq connection string or address. Raises IndexUnusable when the table holds vectors
    of other dimensions or the server lacks pgvector, psycopg.OperationalError when it cannot be reached.
    """

    def __init__(self, conninfo: str, dimensions: int, *, table: str = "matching_vectors"):
        self.dimensions = dimensions
        self._conninfo = conninfo
        self._names = {"table": sql.Identifier(table), "index": sql.Identifier(f"{table}_signs"),
                       "d": sql.Literal(dimensions), "commits": sql.Identifier(f"{table}_commits")}  # fmt: skip
        with psycopg.connect(conninfo) as connection:
            self._make(connection)
            register_vector(connection)
            held = connection.execute(
                "SELECT atttypmod FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = 'vector'",
                [table],
            ).fetchone()
        if held is None or held[0] != dimensions:
            raise IndexUnusable(f"the table {table} holds vectors of {held and held[0]} dimensions, not {dimensions}")

    def __len__(self) -> int:
        with self._connected() as connection:
            return connection.execute(self._sql("SELECT count(*) FROM {table}")).fetchone()[0]

    def snapshot(self) -> str:
        with self._connected() as connection:
            return str(connection.execute(self._sql("SELECT number FROM {commits}")).fetchone()[0])

    def upsert(self, keys: Sequence[int], vectors: np.ndarray) -> None:
        vectors = np.asarray(vectors, dtype=np.float32).reshape(-1, self.dimensions)
        keys = as_keys(keys)
        if len(keys) != len(vectors):
            raise ValueError(f"{len(keys)} keys, {len(vectors)} vectors")
        if not len(keys):
            return
        with self._connected() as connection, connection.cursor() as cursor:
            cursor.execute(self._sql("CREATE TEMP TABLE incoming (LIKE {table}) ON COMMIT DROP"))
            with cursor.copy("COPY incoming (key, vector) FROM STDIN WITH (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "halfvec"])
                for row in last_of_each(keys):
                    copy.write_row([int(keys[row]), HalfVector(vectors[row])])
            cursor.execute(self._sql(
                "INSERT INTO {table} SELECT * FROM incoming ORDER BY key "
                "ON CONFLICT (key) DO UPDATE SET vector = EXCLUDED.vector"
            ))  # fmt: skip
            self._committed(cursor)

    def delete(self, keys: Sequence[int]) -> None:
        with self._connected() as connection, connection.cursor() as cursor:
            cursor.execute(self._sql("DELETE FROM {table} WHERE key = ANY(%s)"), [as_keys(keys).tolist()])
            self._committed(cursor)

    def search(
        self, queries: np.ndarray, k: int, allowed: Sequence[int] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        queries = np.asarray(queries, dtype=np.float32).reshape(-1, self.dimensions)
        keys = np.full((len(queries), k), NOTHING, dtype=np.int64)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        only = None if allowed is None else np.unique(as_keys(allowed)).tolist()
        if not k or only == []:
            return keys, scores
        with self._connected() as connection, connection.cursor() as cursor:
            for number, query in enumerate(queries):
                found = self._nearest(cursor, query, k, only)
                keys[number, : len(found)] = [key for key, _ in found]
                scores[number, : len(found)] = [score for _, score in found]
        return keys, scores

    def _nearest(
        self, cursor: psycopg.Cursor, query: np.ndarray, k: int, only: list[int] | None
    ) -> list[tuple[int, float]]:
        asked = {"query": HalfVector(query), "k": k, "only": only}
        where = sql.SQL("" if only is None else "WHERE key = ANY(%(only)s)")
        if (only is not None and len(only) <= SCANNED_WHOLE) or self._small(cursor):
            return cursor.execute(self._ranked(EVERY_ROW, where), asked).fetchall()
        wide = min(max(SHORTLIST, PER_PLACE * k), LARGEST)
        cursor.execute(sql.SQL("SET LOCAL hnsw.ef_search = {}").format(sql.Literal(wide)))
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        return cursor.execute(self._ranked(NEAR_BY_SIGNS, where), {**asked, "wide": max(wide, k)}).fetchall()

    def _ranked(self, source: str, where: sql.SQL) -> sql.Composed:
        return sql.SQL(RANKED).format(source=sql.SQL(source).format(**self._names, where=where))

    def _small(self, cursor: psycopg.Cursor) -> bool:
        """Whether comparing every vector is as quick as asking the graph."""
        count = self._sql("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT %s) AS first_rows")
        return cursor.execute(count, [SCANNED_WHOLE + 1]).fetchone()[0] <= SCANNED_WHOLE

    def _make(self, connection: psycopg.Connection) -> None:
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        except psycopg.errors.FeatureNotSupported as error:
            raise IndexUnusable("the PostgreSQL server has no pgvector: install its package there") from error
        connection.execute(self._sql(
            "CREATE TABLE IF NOT EXISTS {table} (key bigint PRIMARY KEY, vector halfvec({d}) NOT NULL)"
        ))  # fmt: skip
        connection.execute(self._sql(
            "CREATE INDEX IF NOT EXISTS {index} ON {table} "
            "USING hnsw ((binary_quantize(vector)::bit({d})) bit_hamming_ops)"
        ))  # fmt: skip
        connection.execute(self._sql("CREATE TABLE IF NOT EXISTS {commits} (number bigint NOT NULL)"))
        connection.execute(self._sql("INSERT INTO {commits} SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM {commits})"))

    def _committed(self, cursor: psycopg.Cursor) -> None:
        cursor.execute(self._sql("UPDATE {commits} SET number = number + 1"))

    def _sql(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(**self._names)

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self._conninfo) as connection:
            register_vector(connection)
            yield connection
