"""Duplicates of a corpus: all similar pairs, their labels, groups, and files that are cleaned of them.

exact/         exact all-pairs search over vectors
set_join/      identical texts, and texts that share most of their shingles
corpus.py      corpora: a list of texts, or an index
texts.py       vectors of texts that are in no index
find.py        pairs, and the layer that found each
labels.py      labels of the pairs of a search; `judge`
grouping.py    grouping of pairs: connected components, complete linkage
groups.py      groups of duplicates with stable ids
duplicates.py  the search for duplicates as a whole: pairs, groups, which texts are kept
result.py      its result
agreement.py   titles and columns that must agree beside the text
by_hand.py     labels by hand that say what may be removed
subject.py     whether a corpus is about one subject
keep.py        the row of a group that is kept
plan.py        which rows may be removed, and next to which row
clean.py       the file that is cleaned, and its records
outputs.py     the files that are written, and what is not overwritten
removals.py    the cleaned copy, the log and the table of removed rows
undo.py        removed rows, restored
review.py      pairs to label by hand
answers.py     labels given by hand
"""
