"""Models to train: one encoder for both roles, or two towers that begin from one checkpoint (DPR).

Two towers are a Router of sentence-transformers, which sends queries and documents to modules of their own. In DPR's
form (Karpukhin et al. 2020, arXiv 2004.04906, section 3.1) the vector is that of the first token, its similarity is the
dot product, and a document's title is the first of two segments.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from askew.encoders.loading import FAST, signature
from askew.encoders.texts import SEGMENT, joined
from askew.encoders.torch_model import load, quiet, routed
from askew.errors import InputError
from askew.models import cards, pull
from askew.models.card import STEPS, Card
from askew.models.folder import layout
from askew.similarity import Similarity
from askew.tasks import Kind, get
from askew.training.recipes import Towers
from askew.types import Document, Role

SEPARATOR = "\x1f"
"""Between title and text where they become two segments: a control character, which no tokenizer knows."""
PARTS: Mapping[Role, str] = {Role.QUERY: "question_encoder", Role.DOCUMENT: "ctx_encoder"}
"""Folders of DPR's encoders, as transformers names the classes that load them."""


def check_base(card: Card, towers: Towers | None) -> None:
    """InputError for a model that cannot be trained so."""
    kind = _untrainable(card)
    if kind:
        raise InputError(
            f"{card.name} is {kind}, which cannot be trained here. Choose a transformer with one set of weights for "
            "queries and documents, such as all-MiniLM-L6-v2."
        )
    if towers is Towers.DPR and card.architecture != "bert":
        raise InputError(
            f"DPR's form is a BERT, and {card.name} is of the family {card.architecture!r}. Use the towers "
            f"{Towers.UNTIED}, or a BERT."
        )


def _untrainable(card: Card) -> str:
    """Return what a model is, if it cannot be trained; "" if it can."""
    if card.kind != "bi-encoder":
        return f"a {card.kind}"
    if card.sides or card.towers:
        return "a model of two encoders"
    if card.hosted is not None:
        return "a hosted model"
    if card.architecture in ("static", "hashing"):
        return f"of the family {card.architecture!r}"
    return f"truncated from {card.width} dimensions" if card.width else ""


def prompts_of(card: Card, task: str) -> dict[str, str]:
    """Return the prompt of each role while training: in a symmetric task both texts are documents."""
    told = cards.prompts_for(card, task)
    query = Role.DOCUMENT if get(task).kind is Kind.SYMMETRIC else Role.QUERY
    return {str(Role.QUERY): told.get(query, ""), str(Role.DOCUMENT): told.get(Role.DOCUMENT, "")}


def trainable(card: Card, task: str, towers: Towers | None, device: str = "") -> Any:
    """Return a SentenceTransformer that begins with the weights of a card's model, with the prompts of the task.

    device: of PyTorch, "" for a GPU if there is one. Raises ModelError if the weights are not here.
    """
    import torch

    sealed, place = signature(card, task, "fp32"), pull.find(card)
    where = device or ("cuda" if torch.cuda.is_available() else "cpu")
    if towers in (None, Towers.TIED):
        model = load(sealed, place, where)
        model.similarity_fn_name = str(card.similarity)
    else:
        pair = [list(load(sealed, place, where).children()) for _ in Role]
        model = _two(pair, card, towers is Towers.DPR, where)
    given = {} if towers is Towers.DPR else prompts_of(card, task)
    model.prompts = given if any(given.values()) else {}
    model.default_prompt_name = str(Role.DOCUMENT) if model.prompts and get(task).kind is Kind.SYMMETRIC else None
    if towers is Towers.DPR:
        segment(model)
    return model.train()


def _two(pair: Sequence[list[Any]], card: Card, dpr: bool, device: str) -> Any:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    if dpr:
        pair = [[one[0], modules.Pooling(card.dim, "cls")] for one in pair]
    router = modules.Router.for_query_document(query_modules=pair[0], document_modules=pair[1])
    similarity = Similarity.DOT if dpr else card.similarity
    with quiet():
        return SentenceTransformer(modules=[router], device=device, similarity_fn_name=str(similarity))


def segment(model: Any) -> None:
    """Make a model read texts with a separator as two segments."""
    plain: Callable[..., Any] = model.preprocess

    def preprocess(inputs: Sequence[Any], *rest: Any, **named: Any) -> Any:
        return plain([_segments(one) for one in inputs], *rest, **named)

    model.preprocess = preprocess


def _segments(text: Any) -> Any:
    title, mark, rest = text.partition(SEPARATOR) if isinstance(text, str) else ("", "", "")
    return (title, rest) if mark else text


def text_of(document: Document, titles: str) -> str:
    """Return what a model reads of a document. titles: as on its card."""
    if titles == SEGMENT and document.title:
        return f"{document.title}{SEPARATOR}{document.text}"
    return joined([document.text], [document.title])[0]


def shorten(model: Any, tokens: int) -> None:
    """Set the maximum length in tokens of a model or of both its towers."""
    for first in [model[0]] if not routed(model) else [route[0] for route in model[0].sub_modules.values()]:
        first.max_seq_length = tokens


def is_fast(card: Card) -> bool:
    """Return whether two towers of this model run without PyTorch."""
    plain = not card.dense and {one.kind for one in card.modules} <= {STEPS[2]}
    return card.architecture in FAST and plain and not card.because


def tower_folders(folder: Path, card: Card, towers: Towers) -> Mapping[Role, str]:
    """Return where the weights of each tower lie in a saved model, for encoders without PyTorch; {} if none can run."""
    if towers is Towers.DPR:
        return PARTS
    home = layout.parts(folder)[0].folder
    return {role: layout.inside(home, f"{role}_0_Transformer") for role in Role} if is_fast(card) else {}


def save_dpr(model: Any, folder: Path) -> None:
    """Write both towers as transformers' DPRQuestionEncoder and DPRContextEncoder load them."""
    import transformers

    kinds = {Role.QUERY: transformers.DPRQuestionEncoder, Role.DOCUMENT: transformers.DPRContextEncoder}
    for role, kind in kinds.items():
        first = model[0].sub_modules[str(role)][0]
        told = first.auto_model.config.to_dict()
        own = set(transformers.DPRConfig().to_dict()) - {"model_type", "architectures", "projection_dim"}
        made = kind(transformers.DPRConfig(**{key: told[key] for key in own if key in told}, projection_dim=0))
        inner = getattr(made, PARTS[role]).bert_model
        inner.load_state_dict(first.auto_model.state_dict(), strict=False)
        with quiet():
            made.save_pretrained(folder / PARTS[role])
            first.tokenizer.save_pretrained(folder / PARTS[role])
