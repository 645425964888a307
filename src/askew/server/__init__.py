"""HTTP server over a folder of indexes, and over models: the library's functions as JSON, and drop-in forms of others.

`app` assembles it; `batching` encodes concurrent texts together; `indexes` and `models` hold what is open; a module in
`routes` is one group of paths. `access` says who asks and what they may do.
"""
