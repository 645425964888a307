"""A corpus in themes: which texts belong together, what each theme is about, and which texts stand alone.

settings.py         what is asked for
kmeans.py           so many clusters that their texts score highest with each other, on average
communities.py      around each text those that score a threshold with it
hierarchy.py        the two nearest clusters become one, again and again
density.py          where texts lie close together, the rest being outliers
number.py           how many clusters, where nobody says, by the silhouette (silhouette.py)
cluster.py          one of these, and what is told of its outcome (names.py, representatives.py, scores.py)
"""
