"""What the tests of the catalogue read from it and write to it."""

from collections.abc import Mapping
from dataclasses import replace

from askew.stores import catalog
from askew.stores.catalog import State
from askew.stores.local.database import Catalog


def state_of(catalogue: Catalog) -> State:
    with catalogue.reading() as connection:
        return catalog.state(connection)


def write(catalogue: Catalog, values: Mapping[str, str | float], then: type[BaseException] | None = None) -> None:
    """All in one transaction, which this exception may end."""
    with catalogue.writing() as connection:
        for name, value in values.items():
            catalog.put(connection, name, value)
        if then:
            raise then


def add_documents(catalogue: Catalog, count: int) -> State:
    with catalogue.writing() as connection:
        state = catalog.state(connection)
        return catalog.set_state(connection, replace(state, documents=state.documents + count))
