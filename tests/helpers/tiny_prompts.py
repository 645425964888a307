"""Cards for tiny models that tell the roles apart: by prompts, as E5 does, or by two towers, as DPR does."""

from collections.abc import Mapping
from pathlib import Path

PROMPTS = {"query": "how long: ", "document": "is not back: "}
FILES = ("model.safetensors", "tokenizer.json", "config.json")
FACTS = """
name = "tiny"
summary = "random"
dim = 32
max_tokens = 64
languages = ["en"]
licence = "MIT"
commercial = true
trained = "asymmetric"
size_mb = 1
tasks = ["question-answering"]
verified = false
checked = "random"
"""
ONE = 'architecture = "bert"\npooling = "mean"\nnormalised = true\nsimilarity = "cosine"\n'
TWO = 'architecture = "dpr"\npooling = "cls"\nnormalised = false\nsimilarity = "dot"\ntitles = "segment"\n'


def card_of(folders: Path | Mapping[str, Path]) -> Path:
    """One folder: a model with PROMPTS; one for each role: two towers. The card lies beside the folders."""
    files = "".join(f'"{name}" = ""\n' for name in FILES)
    if isinstance(folders, Path):
        prompts = "".join(f"{role} = {prompt!r}\n" for role, prompt in PROMPTS.items())
        text, home = f'folder = "{folders.name}"\n{ONE}[files]\n{files}[prompts.default]\n{prompts}', folders.parent
    else:
        towers = [f'[towers.{r}]\nfolder = "{at.name}"\n[towers.{r}.files]\n{files}' for r, at in folders.items()]
        text, home = TWO + "".join(towers), next(iter(folders.values())).parent
    (home / "tiny.toml").write_text(FACTS + text)
    return home / "tiny.toml"
