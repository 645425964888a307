"""The indexing policy: exact search while it is fast; when to build, extend or rebuild the approximate index."""

import time
from dataclasses import asdict, replace

from askew.errors import StoreError
from askew.progress import Report
from askew.stores import catalog
from askew.stores.database import Catalog
from askew.stores.exact import scan
from askew.stores.folder import remove
from askew.stores.ivf import build
from askew.stores.lists import Ivf, load
from askew.stores.snapshot import Mask, View

PATIENCE = 0.010
"""Maximum seconds for an exact scan of one query."""
SMALL = 4096
"""Number of rows that is fast to scan on any machine."""


def tune(catalogue: Catalog, view: View, recall: float | None, report: Report) -> None:
    """Build, extend or drop the approximate index. Writer only; the caller removes the old files afterwards."""
    old = view.ivf
    wanted = asked(catalogue, recall)
    if old is None:
        if _seconds(view, 0) > PATIENCE:
            _keep(catalogue, view, build(view.vectors, _alive(view), wanted, report))
        else:
            _forget(catalogue)
    elif old.measured.recall_asked != wanted or old.outgrown(view.state.rows):
        _keep(catalogue, view, build(view.vectors, _alive(view), wanted, report))
    elif _seconds(view, old.rows) > PATIENCE:
        with catalogue.reading() as connection:
            name = catalog.get_object(connection, "ivf")["name"]
        grown = load(catalogue.folder.inside / name, growing=True)
        grown.extend(view.vectors, report)
        _keep(catalogue, view, grown)


def asked(catalogue: Catalog, recall: float | None) -> float:
    """Store and return the target recall, or return the stored one; it outlives any approximate index."""
    if recall is not None:
        with catalogue.writing() as connection:
            catalog.put(connection, "recall", recall)
        return recall
    with catalogue.reading() as connection:
        return catalog.recall(connection)


def _forget(catalogue: Catalog) -> None:
    """Remove a damaged or lost approximate index from the catalogue."""
    with catalogue.writing() as connection:
        if catalog.get_object(connection, "ivf"):
            catalog.put_object(connection, "ivf", {})
            catalog.set_state(connection, catalog.state(connection))


def _keep(catalogue: Catalog, view: View, ivf: Ivf) -> None:
    with catalogue.writing() as connection:  # the catalogue knows the name before the files exist
        names = catalog.files(connection)
        name = f"ivf-{view.state.generation}-{view.state.change}"
        made = tuple(dict.fromkeys([*names.made, name, f"{name}.part"]))
        catalog.set_files(connection, replace(names, made=made))
    remove(catalogue.folder.inside, [name])  # left over from an attempt that failed before its commit
    ivf.save(catalogue.folder.inside / name)
    with catalogue.writing() as connection:
        if catalog.state(connection).generation != view.state.generation:
            raise StoreError("The index was compacted during tuning; no data was lost. Optimise it again.")
        catalog.put_object(connection, "ivf", {"name": name, **asdict(ivf.measured)})
        catalog.set_state(connection, catalog.state(connection))


def _seconds(view: View, start: int) -> float:
    """Return the time of the fastest of three scans from row `start` on."""
    if view.state.rows - start < SMALL:
        return 0.0
    taken = []
    for _ in range(3):
        begin = time.perf_counter()
        scan(view.vectors, view.vectors[:1], 10, _alive(view), view.state.longest, start)
        taken.append(time.perf_counter() - begin)
    return min(taken)


def _alive(view: View) -> Mask | None:
    return None if view.state.dead == 0 else view.alive
