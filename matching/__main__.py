"""python -m matching: rank, evaluate, compare, train, promote, reliability and the other commands."""

from __future__ import annotations

import sys

from matching.commands import main

if __name__ == "__main__":
    sys.exit(main())
