"""One query in, a context out: ranked, freed of repetitions, packed."""

from askew.context import Context
from askew.context.counting import Counter
from askew.context.packing import packed
from askew.context.pieces import distinct, pieces
from askew.errors import InputError
from askew.search.how import How
from askew.search.rank import Encode, rank
from askew.stores import Store


def gather(store: Store, encode: Encode, query: str, how: How, budget: int, counter: Counter) -> Context:
    [ranking] = rank(store, encode, [query], how)
    kept, repeated = distinct(pieces(store, ranking))
    return packed(kept, budget, counter, repeated)


def check_tokens(budget: int) -> None:
    if budget < 1:
        raise InputError(f"The budget must be at least 1 token, not {budget}.")
