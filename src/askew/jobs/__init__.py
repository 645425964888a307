"""The same work on a cluster with Ray: encode, compare all pairs, and search for judged queries, with equal results.

cluster.py     connection to a cluster, checks of its workers, tasks that outlive lost workers
encoding.py    an encoder whose texts are encoded by the workers, in shards named by their content
weights.py     files of a model, sent to workers that lack them, and verified there
mining.py      exact comparison of all blocks with all blocks by the workers

The driver is the only writer: what workers return is kept durably there (`askew.encoders.cache`,
`askew.dedup.exact.kept`, the store), so that a lost worker loses nothing and a killed driver resumes.
"""
