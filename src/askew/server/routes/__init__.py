"""Paths of the server, a module for each group."""

from askew.server.routes import documents, indexes, openai, search, system

ROUTERS = tuple(module.router for module in (system, indexes, documents, search, openai))
