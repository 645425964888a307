"""`askew eval` of searches: what each system finds for the judged queries of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.cli.output import counted, note, progress
from askew.cli.reading import queries as read_queries
from askew.errors import InputError
from askew.evaluation.abstention import RiskCoverage, abstention
from askew.evaluation.evaluate import Evaluation, evaluate, measured, shown, titled
from askew.evaluation.index_runs import absent, index_run, titles
from askew.evaluation.measures import STANDARD, Run, depth, judged, parsed
from askew.evaluation.qrels import Qrels, by_id, judged_set, read_qrels
from askew.evaluation.report_examples import shown_queries
from askew.evaluation.runs import read_run
from askew.faq.place import refuse
from askew.index import Index

MODE = "dense"


@dataclass(frozen=True)
class Judged:
    """queries: the file, "" where there is none. texts: by id, of every query that can be asked."""

    queries: str
    texts: Mapping[str, str]
    qrels: Qrels


@dataclass(frozen=True)
class Reading:
    """The options that say how the file of queries is read."""

    id_field: str | None
    text_field: str | None
    format: str | None
    skip_bad: bool


@dataclass(frozen=True)
class Asked:
    """names: indexes and run files. k: documents for each query, 0 for as many as the measures look at. unanswerable:
    queries to which no document is relevant are asked too, to see whether the score tells them.
    """

    names: Sequence[str]
    modes: Sequence[str]
    measures: str
    k: int
    unanswerable: bool


def judged_files(folder: str, queries: str, qrels: str, reading: Reading) -> Judged:
    """From a folder, from files, or from both, where the file takes the folder's place."""
    if folder:
        both = judged_set(folder)
        queries, qrels = queries or str(both[0]), qrels or str(both[1])
    if not qrels:
        raise InputError("Name the judgements with --qrels, or a folder with queries and qrels with --set.")
    known = read_qrels(qrels)
    if not queries:
        return Judged("", dict.fromkeys(known, ""), known)
    asked = read_queries(queries, reading.id_field, reading.text_field, reading.format, reading.skip_bad)
    return Judged(queries, by_id(asked, queries), known)


def measured_systems(asked: Asked, given: Judged, quiet: bool) -> tuple[Evaluation, Mapping[str, RiskCoverage]]:
    """Of every system how good it is, and, where that is asked, how well its scores tell what it cannot answer."""
    measures = parsed(asked.measures or ",".join(STANDARD))
    known = measured(given.texts, given.qrels)
    if not asked.unanswerable:
        texts: Mapping[str, str] = {id: given.texts[id] for id in known}
    elif len(known) < len(given.texts) and given.queries:
        texts = given.texts
    else:
        raise InputError("--unanswerable is for a file of --queries of which some have no relevant document.")
    runs: dict[str, Run] = {}
    for name in asked.names:
        made = {name: read_run(name)} if is_run(name) else _index_runs(name, asked, texts, given, measures, quiet)
        twice = next((one for one in made if one in runs), "")
        if twice:
            raise InputError(f"{twice} is named twice: a system is compared with others, not with itself.")
        runs |= made
    _check_answers(runs, known)
    told = {name: abstention(list(texts), given.qrels, run) for name, run in runs.items() if asked.unanswerable}
    return _with_titles(evaluate(measures, given.texts, given.qrels, runs), asked.names), told


def is_run(name: str) -> bool:
    """A file is a run; an index is a folder."""
    return Path(name).is_file()


def tell(evaluation: Evaluation, given: Judged) -> None:
    """Which queries were not measured, and why."""
    unasked = len([query for query in judged(given.qrels) if query not in given.texts])
    if unasked:
        note(f"{counted(unasked, 'judged query').replace('querys', 'queries')} not in {given.queries}: not asked.")
    if evaluation.left_out:
        note(f"Left out, as no document is judged relevant to them: {evaluation.left_out:,} queries.")


def _index_runs(
    name: str, asked: Asked, texts: Mapping[str, str], given: Judged, measures: Sequence[str], quiet: bool
) -> dict[str, Run]:
    if not given.queries:
        raise InputError(f"Name the file with the texts of the queries with --queries: {name} is to be asked.")
    refuse(name)
    modes = list(dict.fromkeys(asked.modes)) or [MODE]
    k = asked.k or depth(measures)
    with Index.open(name) as index, progress(quiet) as report:
        missing = absent(index, given.qrels, [query for query in judged(given.qrels) if query in texts])
        if missing and not quiet:
            note(f"{counted(missing, 'document')} judged relevant, but not in {name}.")
        return {_named(name, mode, modes): index_run(index, texts, k, mode, report) for mode in modes}


def _named(name: str, mode: str, modes: Sequence[str]) -> str:
    return f"{name} ({mode})" if len(modes) > 1 else name


def _check_answers(runs: Mapping[str, Run], known: Sequence[str]) -> None:
    for name, run in runs.items():
        if is_run(name) and not any(query in run for query in known):
            raise InputError(f"{name} answers none of the judged queries: their ids do not meet.")


def _with_titles(evaluation: Evaluation, names: Sequence[str]) -> Evaluation:
    wanted = shown(evaluation, shown_queries(evaluation))
    known: dict[str, str] = {}
    for name in names:
        if not is_run(name):
            with Index.open(name) as index:
                known |= titles(index, [id for id in wanted if id not in known])
    return titled(evaluation, known)
