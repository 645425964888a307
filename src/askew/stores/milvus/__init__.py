"""Milvus: stores as replicas of a log in a collection, with vectors in Milvus.

    askew_NAME            one row: the sealed contract, and the identity of the store
    askew_NAME_log        commits, checkpoints and leases, in parts of at most PART bytes
    askew_NAME_documents  the rows of documents, likewise
    askew_NAME_vectors    the vector of each passage, by key

Milvus has neither transactions nor versions nor a way to insert a row only if it is new. A commit is a row that becomes
visible at once, so one state is one commit here too; what a killed writer left is deleted by the next one. But two that
try to become the writer at the same moment are told apart by reading what they wrote (`MilvusRemote.commit`).
"""
