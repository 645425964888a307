"""Folders of tiny models in the layouts that users and the hub have, made with sentence-transformers and transformers.

Only for tests that have skipped where PyTorch is missing.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from helpers import reference, torch_models
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules
from tokenizers import Tokenizer

from askew.models.folder.tokenizer import BUILT

WIDTH = 32
LONGEST = 24
HEAD = """---
license: apache-2.0
language:
- en
- de
---
# A model
"""
Layout = Callable[[Path, Path], None]
"""Makes a folder from a family's base: (base, folder)."""
Change = Callable[[Path], None]


def base(family: str, folder: Path) -> Path:
    """A transformer of this family as transformers saves it."""
    if family not in {*torch_models.FAMILIES, "modernbert"} - {"bert"}:
        return reference.save(family, folder)
    folder.mkdir(parents=True)
    return torch_models.modernbert(folder) if family == "modernbert" else torch_models.FAMILIES[family](folder)


def saved(*after: Any, pooling: Any = "mean", length: int | None = LONGEST, **facts: Any) -> Layout:
    """Transformer, pooling and the modules after it, as sentence-transformers saves them. facts: of the model."""

    included = facts.pop("include_prompt", True)
    kept: dict[Path, Path] = {}

    def make(family: Path, folder: Path) -> None:
        if family not in kept:
            kept[family] = family.parent / f"saved-{len(list(family.parent.iterdir()))}"
            save(family, kept[family])
        shutil.copytree(kept[family], folder)

    def save(family: Path, folder: Path) -> None:
        transformer = modules.Transformer(str(family), max_seq_length=length)
        pool = modules.Pooling(transformer.get_embedding_dimension(), pooling, include_prompt=included)
        torch.manual_seed(5)
        steps = [step() for step in after]
        for step in steps:
            _fill(step)
        model = SentenceTransformer(modules=[transformer, pool, *steps], device="cpu", **facts)
        model.save_pretrained(str(folder), create_model_card=False)

    return make


def _fill(module: Any) -> None:
    with torch.no_grad():
        for weights in module.parameters():
            weights.copy_(0.5 * torch.randn_like(weights) + 0.1)


def dense(outputs: int = 16, activation: Any = torch.nn.Tanh, inputs: int = WIDTH, **facts: Any) -> Callable[[], Any]:
    return lambda: modules.Dense(inputs, outputs, activation_function=activation(), **facts)


def layernorm(width: int = WIDTH) -> Callable[[], Any]:
    return lambda: modules.LayerNorm(width)


def changed(layout: Layout, *changes: Change) -> Layout:
    """The same folder after changes by hand."""

    def make(family: Path, folder: Path) -> None:
        layout(family, folder)
        for change in changes:
            change(folder)

    return make


def setting(name: str, drop: str = "", **values: Any) -> Change:
    """Change keys of a settings file, and drop one."""

    def change(folder: Path) -> None:
        file = folder / name
        told = json.loads(file.read_text()) if file.exists() else {}
        told = {key: value for key, value in (told | values).items() if key != drop}
        file.write_text(json.dumps(told))

    return change


def module(number: int, **values: Any) -> Change:
    """Change an entry of modules.json."""

    def change(folder: Path) -> None:
        told = json.loads((folder / "modules.json").read_text())
        told[number] |= values
        (folder / "modules.json").write_text(json.dumps(told))

    return change


def without(*names: str) -> Change:
    def change(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return change


def holding(name: str, content: str) -> Change:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)

    return change


def cased(folder: Path) -> None:
    """A tokenizer that keeps capitals, of a class that takes tokenizer.json as it is."""
    told = json.loads((folder / "tokenizer.json").read_text())
    told["normalizer"] = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True}
    told["normalizer"] |= {"strip_accents": None, "lowercase": False}
    (folder / "tokenizer.json").write_text(json.dumps(told))


def truncating(direction: str) -> Change:
    """A tokenizer.json that brings a truncation of its own."""

    def change(folder: Path) -> None:
        told = json.loads((folder / "tokenizer.json").read_text())
        told["truncation"] = {"direction": direction, "max_length": 9, "strategy": "LongestFirst", "stride": 0}
        (folder / "tokenizer.json").write_text(json.dumps(told))

    return change


def vocabulary(folder: Path) -> None:
    """The tokenizer as BERT's first folders had it: a list of pieces."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda piece: piece[1])
    (folder / "vocab.txt").write_text("\n".join(piece for piece, _ in pieces))
    (folder / "tokenizer.json").unlink()
    setting("tokenizer_config.json", tokenizer_class="BertTokenizer")(folder)


def built(family: str, name: str) -> Change:
    """The tokenizer as the family's own class builds it."""

    def change(folder: Path) -> None:
        told = json.loads((folder / "tokenizer.json").read_text())
        told["normalizer"], steps = BUILT[family]
        told["pre_tokenizer"] = {
            "type": "Sequence",
            "pretokenizers": [{**step, "trim_offsets": True} for step in steps],
        }
        (folder / "tokenizer.json").write_text(json.dumps(told))
        setting("tokenizer_config.json", tokenizer_class=name, add_bos_token=False)(folder)

    return change


def pickled(at: str = "") -> Change:
    def change(folder: Path) -> None:
        file = folder / at / "model.safetensors"
        torch.save(load_file(file), folder / at / "pytorch_model.bin")
        file.unlink()

    return change


def sharded(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    names = sorted(tensors)
    shards = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for shard, held in shards.items():
        save_file({name: tensors[name] for name in held}, folder / shard, {"format": "pt"})
    mapped = {name: shard for shard, held in shards.items() for name in held}
    index = {"metadata": {"total_size": 1}, "weight_map": mapped}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "model.safetensors").unlink()


def old(folder: Path) -> None:
    """As releases before 2.0 saved a model: the transformer in a folder of its own."""
    home = folder / "0_Transformer"
    home.mkdir()
    for file in list(folder.iterdir()):
        if file.is_file() and file.name not in ("modules.json", "config_sentence_transformers.json", "README.md"):
            shutil.move(file, home / file.name)
    module(0, path="0_Transformer", type="sentence_transformers.models.Transformer")(folder)


def flags(folder: Path) -> None:
    """The pooling as older releases wrote it."""
    modes = {f"pooling_mode_{name}": name == "cls_token" for name in ("cls_token", "max_tokens", "mean_tokens")}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": WIDTH, **modes}))


def rewritten(*changes: Callable[[dict[str, torch.Tensor]], None]) -> Change:
    """Weights after changes of their tensors."""

    def change(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        for one in changes:
            one(tensors)
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})

    return change


def as_type(kind: torch.dtype, end: str = ".weight") -> Callable[[dict[str, torch.Tensor]], None]:
    """Numbers of another type, of the tensors whose names end so."""
    return lambda tensors: tensors.update({name: one.to(kind) for name, one in tensors.items() if name.endswith(end)})


def unused(tensors: dict[str, torch.Tensor]) -> None:
    """What older releases saved beside the weights: positions, and the head of the training."""
    tensors["embeddings.position_ids"] = torch.arange(120).unsqueeze(0)
    tensors["cls.predictions.bias"] = torch.randn(7)
    tensors["cls.seq_relationship.weight"] = torch.randn(2, WIDTH)


def cut(name: str, share: float) -> Change:
    """A download that ended early."""

    def change(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(share * len(content))])

    return change


def linked(folder: Path) -> None:
    """A snapshot in the hub's cache: each file is a link to another one that has its hash as a name."""
    blobs = folder.parent / "blobs"
    blobs.mkdir()
    for number, file in enumerate(sorted(path for path in folder.rglob("*") if path.is_file())):
        shutil.move(file, blobs / str(number))
        file.symlink_to(blobs / str(number))


def in_a_training(*names: str) -> Layout:
    """The output of a training: models in folders of it."""

    def make(family: Path, folder: Path) -> None:
        folder.mkdir()
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            PLAIN(family, folder / name)

    return make


def masked(family: Path, folder: Path) -> None:
    """A BERT with the head of its training, as transformers saves it: all names have a prefix."""
    reference.save("bert", folder, head="ForMaskedLM")


def plain(family: Path, folder: Path) -> None:
    """A folder of transformers without anything of sentence-transformers."""
    shutil.copytree(family, folder)


def embedding(family: Path) -> Any:
    """Static embeddings over the tokenizer of a family."""
    torch.manual_seed(9)
    return modules.StaticEmbedding(Tokenizer.from_file(str(family / "tokenizer.json")), embedding_dim=WIDTH)


def static(*after: Callable[[], Any]) -> Layout:
    def make(family: Path, folder: Path) -> None:
        model = SentenceTransformer(modules=[embedding(family), *(step() for step in after)], device="cpu")
        model.save_pretrained(str(folder), create_model_card=False)

    return make


def moved_embedding(folder: Path) -> None:
    home = folder / "0_StaticEmbedding"
    home.mkdir()
    for name in ("model.safetensors", "tokenizer.json"):
        shutil.move(folder / name, home / name)
    module(0, path="0_StaticEmbedding")(folder)


def routed(*after: Callable[[], Any], two: bool = False) -> Layout:
    """Queries through static embeddings, or a transformer of their own, and documents through a transformer."""

    def make(family: Path, folder: Path) -> None:
        def tower() -> list[Any]:
            return [modules.Transformer(str(family), max_seq_length=LONGEST), modules.Pooling(WIDTH, "mean")]

        queries = tower() if two else [embedding(family)]
        if two:
            _fill(queries[0])
        router = modules.Router.for_query_document(query_modules=queries, document_modules=tower())
        model = SentenceTransformer(modules=[router, *(step() for step in after)], device="cpu")
        model.save_pretrained(str(folder), create_model_card=False)

    return make


Normalize = modules.Normalize
Dropout = modules.Dropout
PLAIN, DENSE_ONLY = saved(), saved(dense())
PROMPTS = {"query": "how long: ", "document": "the text: "}
SETTINGS = "config_sentence_transformers.json"
POOLING = "1_Pooling/config.json"
DENSE = "2_Dense/config.json"
SENTENCE = "sentence_bert_config.json"
TOKENIZER = "tokenizer_config.json"

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 90868376\n"
LEFT = setting(TOKENIZER, truncation_side="left")
QWEN3 = saved(Normalize, pooling="lasttoken", prompts={"query": "Instruct: how long\nQuery:"})
YARN = {"rope_type": "yarn", "rope_theta": 1e4, "factor": 2.0, "original_max_position_embeddings": 32}
GEMMA = saved(
    dense(48, torch.nn.Identity, bias=False), dense(32, torch.nn.Identity, 48, bias=False), Normalize, prompts=PROMPTS
)

FAST: Mapping[str, tuple[str, Layout]] = {
    "mean": ("bert", PLAIN),
    "normalized": ("bert", saved(Normalize)),
    "cls": ("bert", saved(pooling="cls")),
    "max": ("bert", saved(pooling="max")),
    "last-token": ("bert", saved(pooling="lasttoken")),
    "dense-tanh": ("bert", DENSE_ONLY),
    "dense-identity-without-bias": ("bert", saved(dense(activation=torch.nn.Identity, bias=False))),
    "dense-relu": ("bert", saved(dense(activation=torch.nn.ReLU))),
    "dense-gelu": ("bert", saved(dense(activation=torch.nn.GELU))),
    "dense-silu": ("bert", saved(dense(activation=torch.nn.SiLU))),
    "dense-sigmoid": ("bert", saved(dense(activation=torch.nn.Sigmoid))),
    "dense-normalized": ("bert", saved(dense(48), Normalize)),
    "normalize-before-dense": ("bert", saved(Normalize, dense())),
    "two-dense": ("bert", saved(dense(48), dense(12, torch.nn.Identity, 48), Normalize)),
    "layernorm": ("bert", saved(layernorm())),
    "layernorm-dense-normalize": ("bert", saved(layernorm(), dense(), Normalize)),
    "dense-layernorm": ("bert", saved(dense(), layernorm(16))),
    "normalize-layernorm": ("bert", saved(Normalize, layernorm())),
    "dropout": ("bert", saved(lambda: Dropout(0.3), Normalize)),
    "truncated": ("bert", changed(PLAIN, setting(SETTINGS, truncate_dim=8))),
    "truncated-normalized": ("bert", changed(saved(Normalize), setting(SETTINGS, truncate_dim=8))),
    "truncated-dense": ("bert", changed(DENSE_ONLY, setting(SETTINGS, truncate_dim=8))),
    "prompts": ("bert", saved(Normalize, prompts=PROMPTS)),
    "prompt-passage": ("bert", saved(prompts={"query": "how long: ", "passage": "the text: "})),
    "prompt-corpus": ("bert", saved(prompts={"corpus": "the text: "})),
    "prompt-default": ("bert", saved(prompts={"own": "how long: "}, default_prompt_name="own")),
    "prompt-default-of-the-query": ("bert", saved(prompts=PROMPTS, default_prompt_name="query")),
    "prompt-default-of-neither": ("bert", saved(prompts={**PROMPTS, "own": "a text: "}, default_prompt_name="own")),
    "dot": ("bert", saved(similarity_fn_name="dot")),
    "lower-case": ("bert", changed(PLAIN, cased, setting(SENTENCE, do_lower_case=True))),
    "cased": ("bert", changed(PLAIN, cased)),
    "short": ("bert", saved(length=8)),
    "length-of-the-tokenizer": ("bert", changed(saved(length=None), setting(TOKENIZER, model_max_length=10))),
    "length-of-the-model": ("bert", changed(saved(length=None), setting(TOKENIZER, "model_max_length"))),
    "length-of-old-settings": ("bert", changed(saved(length=None), setting(SENTENCE, max_seq_length=9))),
    "cut-at-the-beginning": ("bert", changed(PLAIN, LEFT)),
    "cut-at-the-beginning-of-prompts": ("bert", changed(saved(prompts=PROMPTS), LEFT)),
    "cut-at-the-beginning-without-prompt": ("bert", changed(saved(prompts=PROMPTS, include_prompt=False), LEFT)),
    "cut-at-the-beginning-last-token": ("xlm-roberta", changed(saved(Normalize, pooling="lasttoken"), LEFT)),
    "cut-at-the-beginning-0_Transformer": ("bert", changed(PLAIN, LEFT, old)),
    "cut-by-tokenizer-json": ("bert", changed(PLAIN, truncating("Left"))),
    "cut-as-tokenizer-config-says": (
        "bert",
        changed(PLAIN, truncating("Left"), setting(TOKENIZER, truncation_side="right")),
    ),
    "0_Transformer": ("bert", changed(PLAIN, old)),
    "0_Transformer-dense": ("bert", changed(saved(dense(), Normalize), old)),
    "pooling-flags": ("bert", changed(PLAIN, flags)),
    "old-names-of-modules": ("bert", changed(PLAIN, module(1, type="sentence_transformers.models.Pooling"))),
    "tokenizer-of-the-family": ("bert", changed(PLAIN, setting(TOKENIZER, tokenizer_class="BertTokenizer"))),
    "without-modules": ("bert", plain),
    "readme": ("bert", changed(PLAIN, holding("README.md", HEAD))),
    "other-files": ("bert", changed(PLAIN, holding("run.py", "raise"), holding("training_args.bin", "x"))),
    "shards": ("bert", changed(PLAIN, sharded)),
    "without-prompt": ("bert", saved(prompts=PROMPTS, include_prompt=False)),
    "without-prompt-max": ("bert", saved(Normalize, prompts=PROMPTS, include_prompt=False, pooling="max")),
    "without-prompt-cls": ("bert", saved(prompts=PROMPTS, include_prompt=False, pooling="cls")),
    "without-prompt-last": ("bert", saved(prompts=PROMPTS, include_prompt=False, pooling="lasttoken")),
    "double-weights": ("bert", changed(PLAIN, rewritten(as_type(torch.float64)))),
    "unused-weights": ("bert", changed(PLAIN, rewritten(unused))),
    "masked-language-model": ("bert", masked),
    "links": ("bert", changed(PLAIN, linked)),
    "longer-than-its-positions": ("bert", changed(PLAIN, setting(SENTENCE, max_seq_length=4000))),
    "pooling-in-a-list": ("bert", changed(PLAIN, setting(POOLING, pooling_mode=["cls"]))),
    "slash-after-a-folder": ("bert", changed(PLAIN, module(1, path="1_Pooling/"))),
    "normalized-twice": ("bert", saved(Normalize, Normalize)),
    "prompt-null": ("bert", changed(PLAIN, setting(SETTINGS, prompts={"query": None, "document": "the text: "}))),
    "default-prompt-of-a-role": ("bert", changed(PLAIN, setting(SETTINGS, default_prompt_name="query"))),
    "settings-of-a-later-release": ("bert", changed(PLAIN, setting(SETTINGS, new_setting={"a": 1}))),
    "static-cut-by-its-tokenizer": ("bert", changed(static(), truncating("Right"))),
    "static-cut-at-the-beginning": ("bert", changed(static(Normalize), truncating("Left"))),
    "roberta": ("roberta", saved(Normalize)),
    "xlm-roberta": ("xlm-roberta", saved(Normalize, prompts=PROMPTS)),
    "mpnet": ("mpnet", saved(Normalize)),
    "t5": ("t5", saved(dense(activation=torch.nn.Identity), Normalize)),
    "modernbert": ("modernbert", saved(Normalize, pooling="cls")),
    "distilbert": ("distilbert", saved(dense(), pooling="cls")),
    "qwen3": ("qwen3", QWEN3),
    "qwen3-of-its-class": ("qwen3", changed(QWEN3, built("qwen3", "Qwen2Tokenizer"))),
    "gemma": ("gemma", GEMMA),
    "nomic": ("nomic", saved(Normalize, prompts=PROMPTS)),
    "gte": ("gte", saved(Normalize, pooling="cls")),
    "static": ("bert", static()),
    "static-normalized": ("bert", static(Normalize)),
    "static-in-a-folder": ("bert", changed(static(), moved_embedding)),
    "static-truncated": ("bert", changed(static(Normalize), setting(SETTINGS, truncate_dim=8))),
}
"""Layouts that run without PyTorch: the family, and what makes the folder."""

TORCH: Mapping[str, tuple[str, Layout, str]] = {
    "pickled": ("bert", changed(PLAIN, pickled()), "pytorch_model.bin"),
    "dense-pickled": ("bert", changed(DENSE_ONLY, pickled("2_Dense")), "2_Dense/pytorch_model.bin"),
    "weighted-mean": ("bert", saved(pooling="weightedmean"), "weightedmean"),
    "mean-by-root": ("bert", saved(pooling="mean_sqrt_len_tokens"), "mean_sqrt_len_tokens"),
    "two-poolings": ("bert", saved(dense(inputs=64), pooling=("cls", "mean")), r"cls\+mean"),
    "vocabulary-only": ("bert", changed(PLAIN, vocabulary), r"tokenizer\.json"),
    "case-contradicted": (
        "bert",
        changed(PLAIN, setting(TOKENIZER, tokenizer_class="BertTokenizer", do_lower_case=False)),
        "do_lower_case",
    ),
    "softplus": ("bert", saved(dense(activation=torch.nn.Softplus)), "Softplus"),
    "residual": ("bert", saved(dense(use_residual=True)), "use_residual"),
    "decoder": ("bert", changed(PLAIN, setting("config.json", is_decoder=True)), "is_decoder"),
    "unusual-activation": ("bert", changed(PLAIN, setting("config.json", hidden_act="mish")), "mish"),
    "electra": ("electra", saved(Normalize), "electra"),
    "qwen3-yarn": ("qwen3", changed(QWEN3, setting("config.json", rope_parameters=YARN)), "yarn"),
    "gemma-causal": (
        "gemma",
        changed(GEMMA, setting("config.json", use_bidirectional_attention=False)),
        "use_bidirectional_attention",
    ),
    "electra-cut-at-the-beginning": ("electra", changed(saved(prompts=PROMPTS), LEFT), "electra"),
    "router": ("bert", routed(), "Router"),
    "router-normalized": ("bert", routed(Normalize), "Router"),
    "router-of-transformers": ("bert", routed(two=True), "Router"),
    "static-dense": ("bert", static(dense()), "static"),
}
"""Layouts that PyTorch runs: the family, what makes the folder, and the reason that is named."""

REFUSED: Mapping[str, tuple[Layout, str]] = {
    "empty": (lambda _, folder: folder.mkdir(), r"modules\.json"),
    "adapter": (
        changed(PLAIN, holding("adapter_config.json", '{"base_model_name_or_path": "org/base"}')),
        "org/base",
    ),
    "bag-of-words": (changed(PLAIN, module(0, type="sentence_transformers.models.BoW")), "BoW"),
    "clip": (changed(PLAIN, module(0, type="sentence_transformers.models.CLIPModel")), "CLIPModel"),
    "sparse": (changed(PLAIN, setting(SETTINGS, model_type="SparseEncoder")), "SparseEncoder"),
    "late-interaction-of-one-vector": (changed(PLAIN, setting(SETTINGS, model_type="MultiVectorEncoder")), "Pooling"),
    "of-another-kind": (changed(PLAIN, setting(SETTINGS, model_type="OddEncoder")), "OddEncoder"),
    "code-of-its-own": (changed(PLAIN, module(1, type="my_code.Pooling")), "my_code"),
    "model-of-its-own": (changed(PLAIN, setting("config.json", auto_map={"AutoModel": "m.M"})), "auto_map"),
    "quantised": (changed(PLAIN, setting("config.json", quantization_config={"bits": 4})), "quantization_config"),
    "unknown-truncation-side": (changed(PLAIN, setting(TOKENIZER, truncation_side="middle")), "truncation_side"),
    "default-prompt-nowhere": (changed(PLAIN, setting(SETTINGS, default_prompt_name="own")), "'own'"),
    "default-prompt-no-text": (changed(PLAIN, setting(SETTINGS, default_prompt_name=["query"])), "default prompt"),
    "two-modules-of-a-name": (changed(PLAIN, module(0, name="a"), module(1, name="a")), "'a'"),
    "no-model-type": (changed(PLAIN, setting("config.json", "model_type")), "model_type"),
    "length-no-number": (changed(PLAIN, setting(SENTENCE, max_seq_length="long")), "max_seq_length"),
    "length-not-a-number": (changed(PLAIN, setting(TOKENIZER, model_max_length=float("nan"))), "model_max_length"),
    "length-of-nothing": (changed(PLAIN, setting(SENTENCE, max_seq_length=0)), "max_seq_length"),
    "weights-cut": (changed(PLAIN, cut("model.safetensors", 0.9)), r"model\.safetensors.*not complete"),
    "weights-of-a-header": (changed(PLAIN, cut("model.safetensors", 0.01)), r"model\.safetensors.*header"),
    "weights-empty": (changed(PLAIN, cut("model.safetensors", 0)), r"model\.safetensors"),
    "dense-weights-cut": (changed(DENSE_ONLY, cut("2_Dense/model.safetensors", 0.9)), "2_Dense"),
    "weights-in-eight-bits": (changed(PLAIN, rewritten(as_type(torch.int8, "query.weight"))), "I8"),
    "weights-a-pointer": (changed(PLAIN, holding("model.safetensors", POINTER)), "git lfs pull"),
    "tokenizer-a-pointer": (changed(PLAIN, holding("tokenizer.json", POINTER)), "git lfs pull"),
    "tokenizer-of-nothing": (changed(PLAIN, holding("tokenizer.json", "{}")), r"tokenizer\.json"),
    "tokenizer-cut": (changed(PLAIN, cut("tokenizer.json", 0.5)), r"tokenizer\.json"),
    "settings-empty": (changed(PLAIN, cut("config.json", 0)), r"config\.json"),
    "settings-a-list": (changed(PLAIN, holding("config.json", "[]")), r"config\.json"),
    "length-of-the-tokenizer-a-text": (changed(PLAIN, setting(TOKENIZER, model_max_length="512")), "model_max_length"),
    "truncated-by-a-text": (changed(PLAIN, setting(SETTINGS, truncate_dim="8")), "truncate_dim"),
    "no-pooling-settings": (changed(PLAIN, without(POOLING)), r"1_Pooling/config\.json"),
    "dense-of-other-weights": (changed(DENSE_ONLY, setting(DENSE, out_features=17)), "17 dimensions"),
    "shards-nowhere": (changed(PLAIN, sharded, setting("model.safetensors.index.json", weight_map={})), "weight_map"),
    "checkpoints": (in_a_training("checkpoint-500", "checkpoint-900"), "checkpoint-500.*checkpoint-900"),
    "cache-of-the-hub": (in_a_training("snapshots/" + "a" * 40), "snapshots"),
    "no-weights": (changed(PLAIN, without("model.safetensors")), r"model\.safetensors"),
    "no-dense-weights": (changed(DENSE_ONLY, without("2_Dense/model.safetensors")), "2_Dense"),
    "no-tokenizer": (changed(PLAIN, without("tokenizer.json")), r"tokenizer\.json"),
    "no-config": (changed(PLAIN, without("config.json")), r"config\.json"),
    "no-shard": (changed(PLAIN, sharded, without("model-00002-of-00002.safetensors")), "00002-of-00002"),
    "euclidean": (changed(PLAIN, setting(SETTINGS, similarity_fn_name="euclidean")), "euclidean"),
    "no-pooling": (
        changed(
            PLAIN,
            holding("modules.json", "[]"),
            holding(
                "modules.json",
                json.dumps([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]),
            ),
        ),
        "pooling",
    ),
    "dense-of-another-width": (changed(DENSE_ONLY, setting(DENSE, in_features=7)), "Dense for 7"),
    "pooling-of-another-width": (changed(PLAIN, setting(POOLING, embedding_dimension=7)), "pools 7"),
    "unknown-pooling": (changed(PLAIN, setting(POOLING, pooling_mode="attention")), "attention"),
    "activation-of-its-own": (
        changed(DENSE_ONLY, setting("2_Dense/config.json", activation_function="m.A")),
        "m.A",
    ),
    "leads-out": (changed(PLAIN, module(1, path="../elsewhere")), "elsewhere"),
    "modules-broken": (changed(PLAIN, holding("modules.json", "[{]")), r"modules\.json"),
    "modules-no-list": (changed(PLAIN, holding("modules.json", '{"a": 1}')), r"modules\.json"),
    "settings-broken": (changed(PLAIN, holding(SENTENCE, "[" * 100_000)), SENTENCE),
    "weights-broken": (changed(static(), holding("model.safetensors", "x")), r"model\.safetensors"),
    "prompt-no-text": (changed(PLAIN, setting(SETTINGS, prompts={"query": 3})), "prompts"),
}
"""Layouts that are refused: what makes the folder, and what is named."""
