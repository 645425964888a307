"""Search: rankings from a store, fused, reranked and fetched as hits. Independent of models and contracts."""
