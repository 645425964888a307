"""Migration: a new index for a changed contract, compared with the old one, then switched atomically or not at all."""
