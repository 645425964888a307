"""First hits that carry a promise, or none: what is measured of them, and what labels allow."""
