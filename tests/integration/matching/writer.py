"""A program that changes a store without end: the tests kill it in the middle.

Usage: writer.py FOLDER LAST. Founder "steady" is rewritten again and again, in two cities by turns, and
founders "w0", "w1" … are added ten at a time; a line is printed when a change is done.
"""
from __future__ import annotations

import sys
from pathlib import Path

from matching.encode import embedded
from matching.retrieval.store import ProfileStore
from matching.types import Profile

CITIES = ("江苏省南京市", "浙江省杭州市")


def added(number: int) -> list[Profile]:
    return [
        Profile(f"w{number}-{place}", f"第{number}批第{place}位，做管网漏损", bio="夜间最小流量分析。")
        for place in range(10)
    ]


def main(folder: str, last: int) -> None:
    store = ProfileStore(Path(folder), embedded())
    for number in range(last):
        store.upsert([Profile("steady", "供水漏损工程师", region=CITIES[number % 2]), *added(number)])
        if number % 3 == 2:
            store.delete([profile.id for profile in added(number - 1)])
        print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
