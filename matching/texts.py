"""The sentences of reasons and vetoes, in Chinese and English, keyed by code (lexicon/sentences.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from matching.text import LEXICON

LANGUAGES = ("zh", "en")
_JOIN = {"zh": "、", "en": ", "}
_QUOTED = {"zh": "“{}”", "en": "“{}”"}
_STATED = {"zh": "需求写明{quote}", "en": "the demand says {quote}"}
_ANSWERED = {"zh": "资料写明{answer}", "en": "the profile says {answer}"}


@cache
def _sentences() -> dict[str, dict[str, str]]:
    return json.loads((LEXICON / "sentences.json").read_text(encoding="utf-8"))


def codes() -> tuple[str, ...]:
    """Every code the engine can give a sentence for."""
    return tuple(sorted(_sentences()))


def sentence(code: str, facts: Mapping[str, object], lang: str = "zh") -> str:
    """The sentence for `code` in "zh" or "en", facts filled in, quoted words in quotation marks.

    Raises KeyError for a code or language there is no text for.
    """
    template = _sentences()[code][lang]
    shown = {key: _shown(value, lang) for key, value in facts.items()}
    main = template.format_map(shown)
    proofs = [
        pattern[lang].format_map({key: _QUOTED[lang].format(shown[key])})
        for key, pattern in (("quote", _STATED), ("answer", _ANSWERED))
        if shown.get(key) and f"{{{key}}}" not in template
    ]
    if not proofs:
        return main
    return f"{main}（{'；'.join(proofs)}）" if lang == "zh" else f"{main} ({'; '.join(proofs)})"


def _shown(value: object, lang: str) -> str:
    if isinstance(value, (tuple, list)):
        return _JOIN[lang].join(str(item) for item in value)
    return str(value)
