"""`askew explain`: the figures behind the rank of one document for one query."""

from collections.abc import Iterator
from dataclasses import asdict

import typer

from askew.cli.hits import note_script
from askew.cli.output import AsJson, as_json, counted, say, table
from askew.cli.search import K, Name, Weights, Where, parsed_weights, parsed_where
from askew.explain.explain import Explanation, explain
from askew.explain.inputs import ModelInput, RoleComparison, WordContributions
from askew.explain.scores import ChannelEvidence, Percentile, RankPosition
from askew.index import Index
from askew.search.ranking import CHANNELS, FACTOR, POWER, SPARSE_FACTOR
from askew.text.display import shorten

SHOWN = 8  # words per text
BAR = 24  # characters of the longest bar
DIGITS = {"hybrid": 5}  # digits of a score; 3 in other channels


def explain_(
    name: str = Name,
    query: str = typer.Argument(help="The query."),
    document: str = typer.Argument(help="The id of the document, as `askew search` prints it."),
    k: int = K,
    where: str = Where,
    weights: str = Weights,
    json: bool = AsJson,
) -> None:
    """Explain why a document was found for a query, or was not."""
    with Index.open(name) as index:
        found = explain(index, query, document, k, parsed_where(where), parsed_weights(weights))
        note_script(index, query)
        if json:
            as_json(asdict(found))
        else:
            for line in _lines(found):
                say(line)
            _show_ranks(found)
            _show_evidence(found)
            for line in (*_percentiles(found), *_words(found)):
                say(line)
            _roles(found.roles, found.document)


def _lines(found: Explanation) -> Iterator[str]:
    whole, passage = found.ledger, found.dense.passage + 1
    if found.filtered_out:
        yield "The filter excludes this document. The figures below are without the filter."
        yield ""
    yield f"task      {found.task}"
    yield f"model     {found.model} ({found.precision}), compared by {found.similarity}"
    yield f"query     {_read(found.query_given)}"
    yield f"          {_seen(found.query_given.seen, found.query_given.tokens)}"
    yield f"document  {found.document}, passage {passage} of {whole.passages}"
    yield f"          {_read(found.document_given)}"
    yield (
        f"          {_seen(found.document_given.seen, found.document_given.tokens)}; of the whole document "
        f"{whole.seen:,} of {whole.tokens:,}"
    )


def _read(given: ModelInput) -> str:
    """Return the model input, and the parameter that a service receives with it."""
    return f'"{shorten(given.given)}"' + (f"  ({given.word})" if given.word else "")


def _seen(seen: int, tokens: int) -> str:
    return f"{seen:,} of {counted(tokens, 'token')} seen"


def _show_ranks(found: Explanation) -> None:
    say()
    say(f"Rank in each channel, k = {found.k}:")
    headings = ["channel", "rank", "of", "score", f"score at {found.k}", "missing", ""]
    table(headings, [_rank(each) for each in (found.dense, found.lexical, found.hybrid)])


def _rank(each: RankPosition) -> list[object]:
    scores = [f"{score:.{DIGITS.get(each.channel, 3)}f}" for score in (each.score, each.score_at_k, each.missing)]
    return [each.channel, each.rank or "-", each.of, *scores, _verdict(each)]


def _verdict(each: RankPosition) -> str:
    if each.note:
        return f"not found: {each.note}"
    return "found" if each.shown else f"not found; needs -k {each.least_k}"


def _show_evidence(found: Explanation) -> None:
    say()
    say(f"Evidence of each channel for the hybrid score {found.hybrid.score:.{DIGITS['hybrid']}f}:")
    headings = ["channel", "weight", "passage", "score", "deviations", "evidence", "of at most", "share"]
    table(headings, [_evidence(each) for each in found.evidence])
    for each in found.evidence:
        if not each.rank:
            say(f"{each.channel}: not among the {counted(each.of, 'document')} that hybrid search reads here")
    factor = f"{FACTOR:g} ({SPARSE_FACTOR:g} if sparse)" if len(found.evidence) == len(CHANNELS) else f"{FACTOR:g}"
    say(f"Evidence: {factor} × (standard deviations above unrelated passages) to the power of {POWER}, or BM25.")
    say("Share: weight × evidence, divided by weight × the highest evidence of all channels together.")


def _evidence(each: ChannelEvidence) -> list[object]:
    above = (each.score - each.floor) / each.deviation if each.rank and each.deviation else None
    deviations = "-" if above is None else f"{above:.2f}"
    found = [str(each.passage + 1), f"{each.score:.3f}", deviations, f"{each.evidence:.2f}"] if each.rank else ["-"] * 4
    return [each.channel, f"{each.weight:g}", *found, f"{each.best:.2f}", f"{each.share:.5f}"]


def _percentiles(found: Explanation) -> Iterator[str]:
    yield ""
    yield f"The dense score {found.dense.score:.3f} compared with others:"
    yield _above(found.among_pairs, "random pairs of passages from different documents")
    yield _above(found.among_passages, "passages of other documents for this query")


def _above(among: Percentile, what: str) -> str:
    if not among.among:
        return f"  no {what} to compare with"
    return f"  above {among.percent:5.1f} % of {among.among:,} {what} (median {among.median:.3f})"


def _words(found: Explanation) -> Iterator[str]:
    yield ""
    yield f"Contribution of each word of the query to the score {found.query_words.score:.3f}:"
    yield from _bars(found.query_words)
    sentence = found.sentence_words
    yield ""
    yield f"Contribution of each word of the best sentence to its score {sentence.score:.3f}:"
    yield f'  "{shorten(sentence.text)}"'
    yield from _bars(sentence)


def _bars(found: WordContributions) -> Iterator[str]:
    most = max((abs(word.effect) for word in found.words), default=0.0) or 1.0
    for word in found.words[:SHOWN]:
        bar = "█" * round(BAR * max(word.effect, 0.0) / most)
        yield f"  {word.effect:+.3f}  {word.word:<16} {bar}".rstrip()
    if not found.words:
        yield "  there is only one word"
    if more := len(found.words) - SHOWN + found.left_out if len(found.words) > SHOWN else found.left_out:
        untried = f", {found.left_out:,} of them not measured" if found.left_out else ""
        yield f"  … and {more:,} more{untried}; --json has all that were measured"


def _roles(both: RoleComparison, document: str) -> None:
    if both.alike:
        say()
        say(f"The query gives the same ranking in both roles, because {both.reason}.")
        return
    say()
    say(f"The query in both roles ({both.reason}; this index uses {both.used}):")
    rows = [
        [one.rank, one.document, one.score, other.document, other.score]
        for one, other in zip(both.query.top, both.document.top, strict=True)
    ]
    table(["rank", "as a query", "score", "as a document", "score"], rows)
    say(f"{document}: rank {both.query.rank:,} as a query, {both.document.rank:,} as a document")
