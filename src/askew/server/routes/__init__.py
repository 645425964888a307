"""Paths of the server, a module for each group."""

from askew.server.routes import documents, embeddings, indexes, jobs, rerank, search, tei

ROUTERS = (
    tei.system,
    *(module.router for module in (indexes, documents, search, jobs, embeddings, tei, rerank)),
)
