"""Paths of the server, a module for each group."""

from askew.server.routes import cohere, documents, indexes, jobs, openai, rerank, search, system, tei

ROUTERS = tuple(module.router for module in (system, indexes, documents, search, jobs, openai, cohere, tei, rerank))
