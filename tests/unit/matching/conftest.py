"""A small market of our own writing, and one engine over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matching.encode import EMBEDDED, StaticEncoder
from matching.engine import Engine
from matching.records import read_demands, read_profiles
from matching.types import Demand, Profile

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def demands() -> dict[str, Demand]:
    return {demand.id: demand for demand in read_demands(DATA / "demands.jsonl")}


@pytest.fixture(scope="session")
def profiles() -> dict[str, Profile]:
    return {profile.id: profile for profile in read_profiles(DATA / "profiles.jsonl")}


@pytest.fixture(scope="session")
def encoder() -> StaticEncoder:
    return StaticEncoder(EMBEDDED)


@pytest.fixture(scope="session")
def engine(profiles, encoder) -> Engine:
    return Engine(profiles.values(), encoder=encoder)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory) -> Path:
    """A sentence-transformers bi-encoder made here: ten words of four numbers."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    from matching.training.encoder import save

    words = ["[UNK]", "水", "管", "漏", "画", "报", "query", "document", "a", "b"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", behavior="isolated")
    folder = tmp_path_factory.mktemp("tiny") / "tiny-model"
    weights = np.random.default_rng(5).normal(size=(len(words), 4)).astype(np.float32)
    save(weights, tokenizer, folder)
    return folder


def cross_encoder(folder: Path, outputs: int = 1) -> Path:
    """A cross-encoder of one random layer that reads single characters, saved under `folder`."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    words = [*marks, *"水管漏画报扫描档案叶果树图数据找人公文识别不得联网驻场"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", behavior="isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=256, num_labels=outputs, initializer_range=1.0,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=256,
        pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
    ).save_pretrained(folder)  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def tiny_cross_encoder(tmp_path_factory) -> Path:
    return cross_encoder(tmp_path_factory.mktemp("tiny") / "tiny-reader")
