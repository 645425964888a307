"""The project file `askew.toml`: what `askew index` does in this folder when it is called without arguments."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askew import files, validation
from askew.errors import InputError, UnknownNameError
from askew.models import own
from askew.models.choice import Limits, here, recommended
from askew.paths import folder
from askew.tasks import TASKS, get
from askew.text.language import language_code, language_name

FILE = "askew.toml"
ENGLISH = "en"
OPTIONS = {
    "precision": str,
    "policy": str,
    "chunk_tokens": int,
    "overlap": int,
    "vectors": str,
    "query_prompt": str,
    "document_prompt": str,
}
"""What the table [options] may hold: settings of `askew index`, by type."""
KEYS = ("name", "paths", "task", "languages", "model", "options")
SIGNS: Mapping[str, Sequence[str]] = {
    "faq": ("faq", "faqs", "bot", "chatbot", "support", "helpdesk", "tickets", "messages"),
    "duplicate-questions": ("duplicate questions", "same question", "repeated questions"),
    "near-duplicate": ("duplicate", "duplicates", "dedupe", "dedup", "deduplicate", "copies", "near-duplicates"),
    "paraphrase": ("paraphrase", "paraphrases", "same meaning", "sentences"),
    "article-similarity": ("similar", "related", "articles", "news", "recommend", "recommendations"),
    "question-answering": ("question", "questions", "answer", "answers", "rag", "llm", "qa"),
    "enterprise-search": (
        "search",
        "find",
        "look up",
        "documents",
        "handbook",
        "policies",
        "intranet",
        "wiki",
        "notes",
    ),
}
"""Words that people say for a task, those that say most first."""


@dataclass(frozen=True)
class Project:
    """name: of the index. paths: files and folders, relative to the project's folder. languages: codes. model: "" for
    the task's own. options: see OPTIONS.
    """

    name: str
    paths: tuple[str, ...]
    task: str
    languages: tuple[str, ...] = (ENGLISH,)
    model: str = ""
    options: Mapping[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        folder(validation.string(self.name, "name"))
        if not self.paths:
            raise InputError("paths names at least one file or folder.")
        get(self.task)


def planned(
    paths: Sequence[str], purpose: str, languages: str, *, name: str | None = None, model: str | None = None
) -> Project:
    """Return the project that answers make. purpose: a task, or what the index is for in plain words. languages: codes
    or names, separated by commas. name: None is that of the current folder.
    """
    task, codes = task_for(purpose), tuple(dict.fromkeys(map(language_code, _listed(languages))))
    if missing := [path for path in paths if not Path(path).exists()]:
        raise InputError(f"There is no file or folder {missing[0]}.")
    chosen = model or ("" if codes == (ENGLISH,) else recommended(task, Limits(languages=codes)).card.name)
    return Project(name or Path.cwd().name or "index", tuple(paths), task, codes, chosen)


def task_for(purpose: str) -> str:
    """Return the task of this name, or the one whose words occur most in a plain description."""
    said = purpose.strip().casefold()
    if said in SIGNS:
        return said
    counts = {task: sum(_says(said, sign) for sign in signs) for task, signs in SIGNS.items()}
    best = max(counts, key=lambda task: counts[task])
    if not counts[best]:
        raise UnknownNameError("task", purpose, [task.name for task in TASKS])
    return best


def place(into: Path, *, force: bool = False) -> Path:
    """Return the path of askew.toml in a folder. Raises InputError if it is there already, unless `force`."""
    path = into / FILE
    if path.exists() and not force:
        raise InputError(f"{path} is there already: change it, or replace it with --force.")
    return path


def missing_model(project: Project) -> str:
    """Return the model that has to be downloaded first; "" if it is on this machine."""
    card = own.shown(project.model or get(project.task).model)
    return "" if here(card) else card.name


def write(project: Project, into: Path, *, force: bool = False) -> Path:
    """Write askew.toml, and return its path. Raises InputError if it is there already, unless `force`."""
    path = place(into, force=force)
    files.replace_text(path, _text(project))
    return path


def read(into: Path) -> Project:
    """Return the project of a folder. Raises InputError if it has none, or one that cannot be used."""
    path = into / FILE
    try:
        held = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(
            "Name an index and its files (askew index NAME PATH…), or say it once: askew init writes askew.toml."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InputError(f"{path} is not valid TOML: {fault}.") from fault
    if unknown := sorted(held.keys() - set(KEYS)):
        raise UnknownNameError(f"setting in {path}", unknown[0], KEYS)
    return Project(
        _string(held, "name", path),
        _strings(held, "paths", path),
        _string(held, "task", path),
        _strings(held, "languages", path, (ENGLISH,)),
        _string(held, "model", path, ""),
        _options(held, path),
    )


def _text(project: Project) -> str:
    task, spoken = get(project.task), ", ".join(map(language_name, project.languages))
    lines = [
        "# What `askew index` does in this folder without arguments. Written by `askew init`.",
        f"name = {_quoted(project.name)}  # the index: {_quoted(folder(project.name).name)}",
        f"paths = [{', '.join(map(_quoted, project.paths))}]",
        f"task = {_quoted(project.task)}  # {task.query} finds {task.document}",
        f"languages = [{', '.join(map(_quoted, project.languages))}]  # {spoken}",
        f"model = {_quoted(project.model)}"
        if project.model
        else f'# model = "{task.model}"  # the default of this task',
    ]
    if project.options:
        lines += ["", "[options]", *(f"{key} = {_quoted(value)}" for key, value in project.options.items())]
    return "\n".join(lines) + "\n"


def _quoted(value: str | int) -> str:
    """Return a value in TOML: a string of JSON, but for DEL, which TOML wants as an escape too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _says(said: str, sign: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(sign)}(?!\w)", said) is not None


def _listed(languages: str) -> list[str]:
    found = [part.strip() for part in languages.split(",") if part.strip()]
    if not found:
        raise InputError("Name at least one language, such as en, or en,de.")
    return found


def _string(held: Mapping[str, Any], key: str, path: Path, default: str | None = None) -> str:
    value = held.get(key, default)
    if not isinstance(value, str) or (not value and default is None):
        raise InputError(f'{path}: {key} must be a text, such as {key} = "…".')
    return value


def _strings(held: Mapping[str, Any], key: str, path: Path, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
    value = held.get(key, default)
    if not isinstance(value, list | tuple) or not value or not all(isinstance(one, str) and one for one in value):
        raise InputError(f'{path}: {key} must be a list of texts, such as {key} = ["…"].')
    return tuple(value)


def _options(held: Mapping[str, Any], path: Path) -> dict[str, str | int]:
    options = held.get("options", {})
    if not isinstance(options, dict):
        raise InputError(f"{path}: options must be a table, [options].")
    for key, value in options.items():
        if key not in OPTIONS:
            raise UnknownNameError(f"option in {path}", key, OPTIONS)
        if not isinstance(value, OPTIONS[key]) or isinstance(value, bool):
            raise InputError(f"{path}: {key} must be {'a number' if OPTIONS[key] is int else 'a text'}.")
    return options
