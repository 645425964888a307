"""Model families: the names of their parts in config.json and in the weights. Data only."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

Fact = str | float
"""A constant of the family, or the key of config.json that holds the value."""

LISTED: Mapping[str, tuple[object, ...]] = {
    "position_embedding_type": ("absolute",),
    "is_decoder": (False,),
    "add_cross_attention": (False,),
}
"""Keys of config.json that select a variant of the architecture, with the supported values."""


@dataclass(frozen=True)
class Layout:
    """Names used by one family. `kinds`: `model_type` in config.json. `prefixes`: possible prefixes of the tensor
    names, which depend on the class that saved them. `padding`: the padding id if positions start right after it, -1
    if they start at 0. `classifier`: layers of the classification head, each with the activation after it; the card
    gives the last activation.
    """

    kinds: tuple[str, ...]
    prefixes: tuple[str, ...]
    width: str = "hidden_size"
    inner: str = "intermediate_size"
    depth: str = "num_hidden_layers"
    heads: str = "num_attention_heads"
    activation: str = "hidden_act"
    epsilon: Fact = "layer_norm_eps"
    padding: Fact = -1
    segments: str = "type_vocab_size"
    stack: str = "encoder.layer."
    query: str = "attention.self.query"
    key: str = "attention.self.key"
    value: str = "attention.self.value"
    output: str = "attention.output.dense"
    attention_norm: str = "attention.output.LayerNorm"
    up: str = "intermediate.dense"
    down: str = "output.dense"
    norm: str = "output.LayerNorm"
    distances: str = ""
    projection: str = ""
    classifier: tuple[tuple[str, str], ...] = ()


# Devlin et al. 2019, arXiv 1810.04805.
BERT = Layout(
    kinds=("bert",),
    prefixes=("", "bert.", "0.auto_model."),
    classifier=(("bert.pooler.dense", "tanh"), ("classifier", "")),
)
# Liu et al. 2019, arXiv 1907.11692.
ROBERTA = replace(
    BERT,
    kinds=("roberta", "xlm-roberta", "camembert"),
    prefixes=("", "roberta.", "0.auto_model."),
    padding="pad_token_id",
    classifier=(("classifier.dense", "tanh"), ("classifier.out_proj", "")),
)
# Song et al. 2020, arXiv 2004.09297.
MPNET = Layout(
    kinds=("mpnet",),
    prefixes=("", "mpnet.", "0.auto_model."),
    padding=1,
    segments="",
    query="attention.attn.q",
    key="attention.attn.k",
    value="attention.attn.v",
    output="attention.attn.o",
    attention_norm="attention.LayerNorm",
    distances="encoder.relative_attention_bias",
    classifier=(("classifier.dense", "tanh"), ("classifier.out_proj", "")),
)
# Sanh et al. 2019, arXiv 1910.01108.
DISTILBERT = Layout(
    kinds=("distilbert",),
    prefixes=("", "distilbert.", "0.auto_model."),
    width="dim",
    inner="hidden_dim",
    depth="n_layers",
    heads="n_heads",
    activation="activation",
    epsilon=1e-12,
    segments="",
    stack="transformer.layer.",
    query="attention.q_lin",
    key="attention.k_lin",
    value="attention.v_lin",
    output="attention.out_lin",
    attention_norm="sa_layer_norm",
    up="ffn.lin1",
    down="ffn.lin2",
    norm="output_layer_norm",
    classifier=(("pre_classifier", "relu"), ("classifier", "")),
)
# Karpukhin et al. 2020, arXiv 2004.04906: one BERT per role; some add a projection of the [CLS] vector.
DPR = replace(
    BERT,
    kinds=("dpr",),
    prefixes=("question_encoder.bert_model.", "ctx_encoder.bert_model."),
    projection="projection_dim",
    classifier=(),
)

LAYOUTS: Mapping[str, Layout] = {
    "bert": BERT,
    "roberta": ROBERTA,
    "xlm-roberta": ROBERTA,
    "mpnet": MPNET,
    "distilbert": DISTILBERT,
    "dpr": DPR,
}
