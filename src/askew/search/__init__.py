"""Finding documents: rankings from a store, made into one, made readable. Knows no model and no contract."""
