"""MTEB: askew's encoders as models that MTEB scores."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from askew.embedding import TASK, encode
from askew.environment import require
from askew.models import own
from askew.models.card import Card
from askew.types import FloatMatrix

require("mteb", "MTEB", "mteb", "askew.integrations.mteb")

from mteb.models import ModelMeta
from mteb.models.abs_encoder import AbsEncoder
from mteb.types import PromptType

if TYPE_CHECKING:
    from mteb.abstasks.task_metadata import TaskMetadata

ROLES = {PromptType.query: "query", PromptType.document: "document"}


class AskewModel(AbsEncoder):
    """A model of askew for `mteb.evaluate`.

    Texts that MTEB calls queries or documents are encoded in that role of an asymmetric task; texts of tasks without
    roles (similarity, clustering, classification) as for `paraphrase`. Prompts follow from the model's card.
    """

    def __init__(
        self, model: str = "all-MiniLM-L6-v2", *, task: str = "question-answering", precision: str = "fp32"
    ) -> None:
        """task: which asymmetric task retrieval is."""
        self._model, self._task, self._precision = model, task, precision
        self.mteb_model_meta = _meta(own.resolve(model), precision)

    def encode(
        self,
        inputs: Iterable[dict[str, Any]],
        *,
        task_metadata: "TaskMetadata",
        hf_split: str,
        hf_subset: str,
        prompt_type: PromptType | None = None,
        **_: Any,  # MTEB's options for PyTorch: batch size, devices
    ) -> FloatMatrix:
        texts = [text for batch in inputs for text in batch["text"]]
        role = None if prompt_type is None else ROLES[prompt_type]
        task = TASK if role is None else self._task
        return encode(texts, task=task, role=role, model=self._model, precision=self._precision)


def _meta(card: Card, precision: str) -> ModelMeta:
    name = card.hub.repository if card.hub else card.name
    return ModelMeta(
        loader=None,
        name=f"askew/{name.rpartition('/')[2]}-{precision}",
        revision=card.hub.revision if card.hub else "none",
        release_date=None,
        languages=None,
        n_parameters=None,
        memory_usage_mb=None,
        max_tokens=card.max_tokens,
        embed_dim=card.dim,
        license=None,
        open_weights=None,
        public_training_code=None,
        public_training_data=None,
        framework=["ONNX"],
        similarity_fn_name=card.similarity,
        use_instructions=bool(card.prompts),
        training_datasets=None,
    )
