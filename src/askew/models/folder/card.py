"""Folders as models: the card of a model in the layout of sentence-transformers or transformers, from its files.

Nothing is asked and nothing is guessed: each fact has its origin, and what no file tells is unknown. What the fast path
does not compute is handed to PyTorch, and what neither computes is refused; both say why.
"""

from collections.abc import Mapping
from pathlib import Path
from reprlib import repr as short
from typing import Any

from askew.errors import UnknownNameError
from askew.models.card import ANY, BOUNDS, LEFT, TORCH, UNKNOWN, Card, Module
from askew.models.folder import late_interaction as late
from askew.models.folder import layout, steps
from askew.models.folder.facts import DEFAULT, Facts
from askew.models.folder.layout import CONFIG, README, SETTINGS, Part, inside
from askew.models.folder.tokenizer import truncation
from askew.models.folder.transformer import transformer
from askew.models.weight_headers import check
from askew.similarity import Similarity
from askew.tasks import TASKS, Kind
from askew.text.language import language_code
from askew.types import Role

PASSIVE = frozenset({"Dropout"})
"""Modules that change nothing when a text is encoded."""
RUN = frozenset({"Transformer", "Pooling", "Dense", "LayerNorm", "Normalize", "Router", "StaticEmbedding", *PASSIVE})
"""Modules of sentence-transformers that run at all; no code of a folder does."""
KINDS = ("SentenceTransformer", "CrossEncoder", late.PYLATE, late.NATIVE)
"""Kinds of models that are run, as the settings name them."""
PROMPTS: Mapping[Role, tuple[str, ...]] = {Role.QUERY: ("query",), Role.DOCUMENT: ("document", "passage", "corpus")}
"""Names under which a folder keeps the prompt of a role, in the order in which sentence-transformers looks for them."""
FREE = frozenset(
    (
        "apache-2.0",
        "mit",
        "bsd",
        "bsd-2-clause",
        "bsd-3-clause",
        "isc",
        "cc0-1.0",
        "cc-by-4.0",
        "cc-by-3.0",
        "unlicense",
    )
)
"""Licences that permit commercial use without conditions on the use."""
EVERY = frozenset({"multilingual", "mul", ANY})
"""What READMEs say of models for many languages."""
LONGEST_CLASS = 120
LONGEST_LANGUAGE = 24
"""Characters of the code or name of a language."""
LARGEST_HEAD = 1 << 16
"""Characters of a README that are read."""
MODEL2VEC = 512
"""Maximum length in tokens to which model2vec itself cuts a text."""
NOWHERE = "stated nowhere"


def read(folder: Path, name: str, source: str = "") -> Card:
    """Return the card of a model's folder. `ModelError` names what the folder lacks, or what askew cannot run.

    name: the card's. source: where the folder came from, by default the folder itself.
    """
    facts = Facts(folder, set(layout.listing(folder)))
    if pointer := next((name for name in sorted(facts.names) if layout.is_pointer(folder / name)), ""):
        raise facts.refuse(f"holds a pointer of Git LFS instead of {pointer}. Fetch the file with: git lfs pull")
    parts = _modules(facts)
    if parts[0].name == "StaticEmbedding" and all(part.name == "Normalize" for part in parts[1:]):
        _static(facts, parts)
    elif parts[0].name == "Router":
        _routed(facts, parts)
    else:
        _route(facts, parts)
    _settings(facts)
    _describe(facts)
    files = layout.moving(folder)
    if missing := [file for file in files if not (folder / file).is_file()]:
        raise facts.refuse(f"lacks {', '.join(missing[:3])}")
    for file in files:
        if file.endswith(".safetensors"):
            check(folder / file)
    size = sum((folder / file).stat().st_size for file in files if file.endswith((".safetensors", ".bin")))
    return Card(
        name=name,
        summary=f"A model from {source or folder}.",
        size_mb=round(size / 1e6),
        tasks=(),
        verified=False,
        checked="read from its files; not compared with the reference library",
        because=", and ".join(dict.fromkeys(facts.beyond)),
        origins=facts.origins,
        files=dict.fromkeys(files, ""),
        **facts.values,
    )


def _modules(facts: Facts) -> list[Part]:
    """Return the modules of the folder, those of sentence-transformers' default if it names none."""
    parts = layout.parts(facts.folder)
    kind = facts.settings("", SETTINGS).get("model_type") or "SentenceTransformer"
    adapters = [name for name in sorted(facts.names) if name.rpartition("/")[2] == layout.ADAPTER]
    if adapters:
        base = short(layout.settings(facts.folder, adapters[0]).get("base_model_name_or_path"))
        raise facts.refuse(
            f"holds an adapter for the base model {base} ({adapters[0]}), which is not in it. Merge the adapter into "
            "its base model first, with merge_and_unload() of the library peft, and save the model that results"
        )
    if kind not in KINDS:
        raise facts.refuse(
            f"holds a {short(kind)}, which askew does not run: only dense vectors, cross-encoders and late interaction"
        )
    if not parts and CONFIG not in facts.names:
        inner = layout.models_inside(facts.folder)
        other = f". It holds models: {', '.join(inner)}. Name one of these folders" if inner else ""
        raise facts.refuse(f"has no modules.json and no config.json, so it is no model in the hub's layout{other}")
    if not parts:
        static = facts.settings("", CONFIG).get("model_type") == "model2vec"
        parts = [Part(f"sentence_transformers.{'StaticEmbedding' if static else 'Transformer'}", "")]
    known = late.RUN if late.is_late(facts) else RUN
    own = [part for part in parts if part.foreign and (part.kind != late.FOREIGN or known is RUN)]
    if strange := [*own, *(part for part in parts if part.name not in known)]:
        raise facts.refuse(f"names the module {_class(strange[0])}, which askew does not run")
    return [part for part in parts if part.name not in PASSIVE]


def _static(facts: Facts, parts: list[Part]) -> None:
    """Put the facts of static embeddings: the mean of the vectors of a text's tokens."""
    root, width = parts[0].folder, _embedding(facts, parts[0])
    at, config = inside(root, layout.WEIGHTS), facts.settings(root, CONFIG)
    distilled = config.get("model_type") == "model2vec"
    named = layout.MODULES in facts.names
    order = layout.MODULES if named else CONFIG
    told = facts.settings("", SETTINGS).get("truncate_dim")
    truncated = isinstance(told, int) and 0 < told < width
    normal = len(parts) > 1 if named else bool(config.get("normalize", True))
    facts.put("architecture", "static", order)
    facts.put("root", root, order)
    facts.put("pooling", "mean", at)
    facts.put("normalised", normal and not truncated, order)
    facts.put("dim", told if truncated else width, SETTINGS if truncated else at)
    if truncated:
        facts.put("width", width, at)
        facts.put("modules", (Module("normalize"),) if normal else (), order)
    facts.put("unknown", not distilled, "model2vec" if distilled else DEFAULT)
    longest, side = truncation(facts.folder, root)
    tokenizer = inside(root, layout.TOKENIZER)
    if distilled:
        facts.put("max_tokens", MODEL2VEC, "default of model2vec")
    elif longest:
        facts.put("max_tokens", min(longest, BOUNDS["max_tokens"][1]), tokenizer)
        if side == LEFT:
            facts.put("truncation_side", side, tokenizer)
    else:
        facts.put("max_tokens", BOUNDS["max_tokens"][1], DEFAULT)


def _routed(facts: Facts, parts: list[Part]) -> None:
    """Put the facts of a model that starts with a router."""
    found = {}
    for role in Role:
        found[role] = Facts(facts.folder, facts.names)
        _route(found[role], [*_chosen(facts, parts[0], role), *parts[1:]])
    facts.beyond += [
        "it routes queries and documents (Router)",
        *found[Role.QUERY].beyond,
        *found[Role.DOCUMENT].beyond,
    ]
    query, document = found[Role.QUERY], found[Role.DOCUMENT]
    for key in ("dim", "normalised"):
        if query.values[key] != document.values[key]:
            raise facts.refuse(f"routes queries and documents to vectors of another {key}")
    for key, value in document.values.items():
        facts.put(key, value, document.origins[key])
    least = min(found.values(), key=lambda route: int(route.values["max_tokens"]))
    facts.put("max_tokens", least.values["max_tokens"], least.origins["max_tokens"])
    facts.put("architecture", TORCH, layout.MODULES)
    facts.put("root", "", layout.MODULES)


def _chosen(facts: Facts, router: Part, role: Role) -> list[Part]:
    """Return the modules to which a router sends texts of this role."""
    told = facts.settings(router.folder, layout.ROUTER)
    given = told.get("parameters")
    parameters = given if isinstance(given, dict) else {}
    routes = layout.routes(facts.folder, router)
    if parameters.get("route_mappings"):
        raise facts.refuse("has a router with rules of its own (route_mappings), which askew does not follow")
    name = str(role) if role in routes else str(parameters.get("default_route"))
    if name not in routes:
        raise facts.refuse(f"has a router without a route for the role {role}")
    parts = [part for part in routes[name] if part.name not in PASSIVE]
    if not parts or any(part.foreign or part.name not in RUN - {"Router"} for part in parts):
        raise facts.refuse(f"has a router whose route {name[:40]!r} names a module that askew does not run")
    return parts


def _route(facts: Facts, parts: list[Part]) -> None:
    """Put the facts of one sequence of modules."""
    if parts[0].name != "StaticEmbedding":
        return transformer(facts, parts)
    facts.beyond.append("other modules follow its static embeddings")
    facts.put("architecture", TORCH, layout.MODULES)
    facts.put("root", "", layout.MODULES)
    facts.put("max_tokens", BOUNDS["max_tokens"][1], DEFAULT)
    facts.put("pooling", "mean", layout.MODULES)
    return steps.after(facts, parts[1:], _embedding(facts, parts[0]))


def _class(part: Part) -> str:
    """Return the class of a module, the whole path if it is someone's own: that says where to look for it."""
    return part.kind[:LONGEST_CLASS] if part.foreign else part.name[:LONGEST_CLASS]


def _embedding(facts: Facts, part: Part) -> int:
    """Return the dimension of static embeddings."""
    at = inside(part.folder, layout.WEIGHTS)
    if at not in facts.names or inside(part.folder, layout.TOKENIZER) not in facts.names:
        raise facts.refuse(f"has no {at} or no {inside(part.folder, layout.TOKENIZER)}; static embeddings need both")
    shapes = layout.shapes(facts.folder / at)
    table = next((shapes[name] for name in ("embedding.weight", "embeddings") if name in shapes), ())
    if len(table) != 2:
        raise facts.refuse(f"has no table of static embeddings in its {at}")
    return int(table[1])


def _settings(facts: Facts) -> None:
    """Put similarity and prompts. A role without a prompt of its own has the folder's default one; a symmetric task, in
    which no side is the query, has only that one, as the reference has where no role is named.
    """
    told = facts.settings("", SETTINGS)
    name = None if late.is_late(facts) else told.get("similarity_fn_name")
    if name not in [None, *Similarity]:
        raise facts.refuse(f"compares vectors by {short(name)} ({SETTINGS}); askew compares by {', '.join(Similarity)}")
    facts.put("similarity", Similarity(name or "cosine"), SETTINGS if name else DEFAULT)
    prompts = told.get("prompts") or {}
    if not isinstance(prompts, dict) or not all(isinstance(prompt, str | None) for prompt in prompts.values()):
        raise facts.refuse(f"has prompts in its {SETTINGS} that are no texts")
    default = told.get("default_prompt_name")
    known = isinstance(default, str) and default in {*prompts, *map(str, Role)}
    if default is not None and not known:
        raise facts.refuse(f"names the default prompt {short(default)} in its {SETTINGS}, which has no such prompt")
    usual = prompts.get(str(default)) or ""
    chosen = {
        str(role): next((prompts[name] or "" for name in names if name in prompts), usual)
        for role, names in PROMPTS.items()
    }
    chosen = late.unmarked(facts, chosen)
    by_task = {"default": chosen} if any(chosen.values()) else {}
    if default is not None and usual != chosen[Role.DOCUMENT] and not late.is_late(facts):
        same = {str(role): usual for role in Role}
        by_task |= {task.name: same for task in TASKS if task.kind is Kind.SYMMETRIC}
    facts.put("prompts", by_task, SETTINGS if prompts else DEFAULT)


def _describe(facts: Facts) -> None:
    """Put licence and languages from the head of the README; no vector depends on them, and what is not there is
    unknown.
    """
    head = _head(facts.folder / README)
    given = head.get("license_name", "other") if head.get("license") == "other" else head.get("license")
    licence = given[0] if isinstance(given, list) and len(given) == 1 else given
    codes = _codes(head.get("language"))
    known = isinstance(licence, str) and licence.isprintable() and 0 < len(licence) <= 80
    facts.put("licence", licence if known else UNKNOWN, README if known else NOWHERE)
    facts.put("commercial", known and str(licence).lower() in FREE, README if known else NOWHERE)
    facts.put("languages", tuple(dict.fromkeys(codes)) or (UNKNOWN,), README if codes else NOWHERE)


def _codes(told: object) -> list[str]:
    """Return the codes of the languages that a README names. YAML reads the code of Norwegian, `no`, as false."""
    found = []
    for name in told if isinstance(told, list) else [told]:
        name = "no" if name is False else name
        if isinstance(name, str) and 1 < len(name) <= LONGEST_LANGUAGE and name.isprintable():
            try:
                found.append(ANY if name.casefold() in EVERY else language_code(name))
            except UnknownNameError:
                found.append(name.lower())
    return found


def _head(file: Path) -> Mapping[str, Any]:
    """Return the YAML before a README's text, {} if there is none that can be read."""
    import yaml

    try:
        with file.open(encoding="utf-8-sig") as source:
            text = source.read(LARGEST_HEAD)
        found = yaml.safe_load(text.split("\n---", 1)[0].removeprefix("---")) if text.startswith("---\n") else {}
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}
