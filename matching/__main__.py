"""python -m matching: rank, evaluate, train, train-encoder."""

from __future__ import annotations

import sys

from matching.commands import main

if __name__ == "__main__":
    sys.exit(main())
