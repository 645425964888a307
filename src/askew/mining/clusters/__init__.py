"""Clustering of a corpus into themes, with names, representatives and outliers.

settings.py         method and parameters, validated
kmeans.py           k-means
communities.py      communities: texts around a centre, above a score threshold
hierarchy.py        agglomerative clustering
density.py          HDBSCAN
number.py           choice of the number of clusters by silhouette (silhouette.py)
cluster.py          runs a method and describes the result (names.py, representatives.py, scores.py)
"""
