"""Lance on object storage, or in a folder: vectors and documents in Lance datasets, which many machines search.

NAME/store.json                     the sealed contract, and the identity of the store
NAME/IDENTITY/commits/…             the log (`askew.stores.replica.log`), by number
NAME/IDENTITY/checkpoints/…         the sums of changes up to a commit
NAME/IDENTITY/leases/…              until when each writer holds the store
NAME/IDENTITY/documents.lance       the rows of documents
NAME/IDENTITY/vectors.lance         the vector of each passage, by key
"""
