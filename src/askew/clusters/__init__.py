"""Clustering of a corpus into themes, with names, representatives and outliers, and its projection onto a plane.

settings.py    method and parameters, validated; the result
methods.py     k-means, agglomerative clustering, communities, HDBSCAN
number.py      choice of method and number of clusters by silhouette and stability
measures.py    silhouette, cohesion, agreement with labels
names.py       names of clusters in any language
projection.py  PCA, t-SNE and UMAP
cluster.py     runs a method and describes the result
themes.py      clusters of documents, and their map
"""
