"""Tiny random models of the families that run through PyTorch, in the layouts in which the hub has them.

Only for tests that have skipped where PyTorch is missing.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from helpers import tiny_tokenizers
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules
from tokenizers import Tokenizer, pre_tokenizers, processors

DIM = 32
SIZES = {"num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64, "max_position_embeddings": 64}


def t5(folder: Path) -> Path:
    """Instructor's transformer: a T5, of which only the encoder runs."""
    tokenizer = tiny_tokenizers.unigram(folder / "tokenizer.json")
    spaces = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]  # a space at the end is no token
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(spaces)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    config = transformers.T5Config(
        vocab_size=tokenizer.get_vocab_size(),
        d_model=DIM,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        relative_attention_num_buckets=8,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    return _save(folder, transformers.T5ForConditionalGeneration(config), tokenizer, "<pad>", "</s>", "<unk>")


def t5_gated(folder: Path) -> Path:
    """A later form of T5: a gate in each feed-forward layer, and heads that are wider than the model."""
    tokenizer = tiny_tokenizers.unigram(folder / "tokenizer.json")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    sizes = {"d_model": DIM, "d_kv": 12, "d_ff": 48, "num_layers": 2, "num_heads": 4, "pad_token_id": 1}
    config = transformers.T5Config(
        vocab_size=tokenizer.get_vocab_size(), feed_forward_proj="gated-gelu", **sizes, eos_token_id=2
    )
    return _save(folder, transformers.T5EncoderModel(config), tokenizer, "<pad>", "</s>", "<unk>")


def modernbert(folder: Path, **facts: Any) -> Path:
    """granite's, gte's and ettin's: three of its four layers attend to two tokens on each side."""
    tokenizer = tiny_tokenizers.wordpiece(folder / "tokenizer.json")
    sizes = SIZES | {"num_hidden_layers": 4, "local_attention": 4}
    special = {"pad_token_id": 0, "cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3}
    config = transformers.ModernBertConfig(
        **sizes | facts, **special, vocab_size=tokenizer.get_vocab_size(), hidden_size=DIM
    )
    return _save(folder, transformers.ModernBertModel(config), tokenizer, "[PAD]", "[SEP]", "[UNK]")


def qwen3(folder: Path, **facts: Any) -> Path:
    """Qwen3-Embedding's: a decoder, whose last token is the end of the text and the vector."""
    tokenizer = tiny_tokenizers.byte_bpe(folder / "tokenizer.json")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 2)])
    size = tokenizer.get_vocab_size()
    heads = {"num_key_value_heads": 2, "head_dim": 16}
    config = transformers.Qwen3Config(**SIZES | heads | facts, vocab_size=size, hidden_size=DIM)
    return _save(folder, transformers.Qwen3Model(config), tokenizer, "<pad>", "</s>", "<unk>", padding_side="left")


def gemma(folder: Path, **facts: Any) -> Path:
    """EmbeddingGemma's: Gemma 3 that looks both ways, a beginning and an end around the text. Two of its three layers
    attend to four tokens on each side.
    """
    tokenizer = tiny_tokenizers.unigram(folder / "tokenizer.json")
    sizes = {"num_hidden_layers": 3, "num_key_value_heads": 1, "head_dim": 12, "query_pre_attn_scalar": 8}
    windows = {"sliding_window": 8, "sliding_window_pattern": 2, "use_bidirectional_attention": True}
    special = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    config = transformers.Gemma3TextConfig(
        **SIZES | sizes | windows | special | facts, vocab_size=tokenizer.get_vocab_size(), hidden_size=DIM
    )
    return _save(folder, transformers.Gemma3TextModel(config), tokenizer, "<pad>", "</s>", "<unk>", scale=0.0)


def nomic(folder: Path, **facts: Any) -> Path:
    tokenizer = tiny_tokenizers.wordpiece(folder / "tokenizer.json")
    config = transformers.NomicBertConfig(**SIZES | facts, vocab_size=tokenizer.get_vocab_size(), hidden_size=DIM)
    return _save(folder, transformers.NomicBertModel(config), tokenizer, "[PAD]", "[SEP]", "[UNK]")


def gte(folder: Path, **facts: Any) -> Path:
    """gte-multilingual-base's and arctic-embed-m-v2's."""
    tokenizer = tiny_tokenizers.unigram(folder / "tokenizer.json")
    config = transformers.GteConfig(**SIZES | facts, vocab_size=tokenizer.get_vocab_size(), hidden_size=DIM)
    return _save(folder, transformers.GteModel(config), tokenizer, "<pad>", "</s>", "<unk>")


def nomic_own(folder: Path, **facts: Any) -> Path:
    """NomicBERT in the configuration of its authors' own code, with GPT-2's names."""
    nomic(folder, intermediate_size=256, max_position_embeddings=64)
    told = json.loads((folder / "config.json").read_text())
    own = {
        "n_embd": DIM,
        "n_layer": 2,
        "n_head": 4,
        "n_inner": 200,
        "n_positions": 64,
        "vocab_size": told["vocab_size"],
    }
    own |= {"model_type": "nomic_bert", "activation_function": "swiglu", "layer_norm_epsilon": 1e-12}
    own |= {"rotary_emb_fraction": 1.0, "rotary_emb_base": 1000, "rotary_emb_interleaved": False, "prenorm": False}
    own |= {"rotary_scaling_factor": None, "qkv_proj_bias": False, "causal": False, "type_vocab_size": 2}
    own |= {"auto_map": {"AutoModel": "nomic-ai/nomic-bert-2048--modeling_hf_nomic_bert.NomicBertModel"}}
    (folder / "config.json").write_text(json.dumps(own | facts))
    return folder


def gte_own(folder: Path, **facts: Any) -> Path:
    """GTE in the configuration of its authors' own code; base and positions are scaled for longer texts (NTK)."""
    gte(folder)
    own = {"model_type": "new", "rope_theta": 20000, "rope_scaling": {"type": "ntk", "factor": 8.0}, "pack_qkv": True}
    own |= {"position_embedding_type": "rope", "layer_norm_type": "layer_norm", "logn_attention_scale": False}
    own |= {"auto_map": {"AutoModel": "Alibaba-NLP/new-impl--modeling.NewModel"}}
    told = json.loads((folder / "config.json").read_text())
    told.pop("rope_parameters")
    (folder / "config.json").write_text(json.dumps(told | own | facts))
    return folder


def electra(folder: Path) -> Path:
    """A family that only PyTorch runs."""
    tokenizer = tiny_tokenizers.wordpiece(folder / "tokenizer.json")
    size = tokenizer.get_vocab_size()
    config = transformers.ElectraConfig(**SIZES, vocab_size=size, hidden_size=DIM, embedding_size=DIM)
    return _save(folder, transformers.ElectraModel(config), tokenizer, "[PAD]", "[SEP]", "[UNK]")


def bert(folder: Path) -> Path:
    tokenizer = tiny_tokenizers.wordpiece(folder / "tokenizer.json")
    config = transformers.BertConfig(**SIZES, vocab_size=tokenizer.get_vocab_size(), hidden_size=DIM)
    return _save(folder, transformers.BertModel(config), tokenizer, "[PAD]", "[SEP]", "[UNK]")


FAMILIES: Mapping[str, Callable[[Path], Path]] = {
    "t5": t5,
    "qwen3": qwen3,
    "gemma": gemma,
    "nomic": nomic,
    "gte": gte,
    "electra": electra,
    "bert": bert,
    "modernbert": modernbert,
}
POOLINGS = {"qwen3": "lasttoken"}


def dense(folder: Path, activation: torch.nn.Module, outputs: int = 24) -> torch.nn.Module:
    """A layer after the pooling, saved where sentence-transformers saves it."""
    torch.manual_seed(3)
    layer = modules.Dense(DIM, outputs, bias=False, activation_function=activation)
    (folder / "2_Dense").mkdir()
    layer.save(str(folder / "2_Dense"))
    return layer


def reference(folder: Path, pooling: str = "mean", included: bool = True, after: tuple[Any, ...] = ()) -> Any:
    """Built from modules by hand; at most 16 tokens."""
    transformer = modules.Transformer(str(folder), max_seq_length=16)
    pool = modules.Pooling(transformer.get_embedding_dimension(), pooling, include_prompt=included)
    return SentenceTransformer(modules=[transformer, pool, *after], device="cpu")


def complete(folder: Path, home: Path, pooling: str = "mean", after: tuple[Any, ...] = ()) -> Path:
    """The same saved as a whole folder of sentence-transformers, with a modules.json and a prompt of its own."""
    model = reference(folder, pooling, after=after)
    model.prompts, model.default_prompt_name = {"own": "how long can i "}, "own"
    model.save_pretrained(str(home))
    assert json.loads((home / "config_sentence_transformers.json").read_text())["default_prompt_name"] == "own"
    return home


def _save(
    folder: Path,
    model: Any,
    tokenizer: Tokenizer,
    pad: str,
    end: str,
    unknown: str,
    padding_side: str = "right",
    scale: float = 1.0,
) -> Path:
    """Save with random weights. scale: of the norms; Gemma adds one to what is stored."""
    torch.manual_seed(7)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            shift = scale if "norm" in name.lower() and name.endswith("weight") else 0.0
            weights.copy_(shift + 0.2 * torch.randn_like(weights))
    model.eval().save_pretrained(folder)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token=pad, eos_token=end, unk_token=unknown, padding_side=padding_side
    ).save_pretrained(folder)
    return folder
