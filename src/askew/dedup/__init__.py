"""Duplicates of a corpus: all similar pairs, their labels, groups, and files that are cleaned of them.

exact/         exact all-pairs search over vectors
set_join/      identical texts, and texts that share most of their shingles
corpus.py         corpora: a list of texts, or an index
texts.py          vectors of texts that are in no index
find.py           pairs, and the layer that found each
templates.py      rows of one template, handled by their values
labels.py         labels of the pairs of a search; `judge`
label_workers.py  labels and safety on all cores
groups.py         groups of duplicates with stable ids: connected components, complete linkage
duplicates.py     the search for duplicates as a whole: pairs, groups, which texts are kept
result.py         its result
agreement.py      titles and columns that must agree beside the text
review.py         labels by hand: pairs to ask about, answers, tables of labels
subject.py        whether a corpus is about one subject
plan.py           which rows may be removed, and the row that is kept in place of each
clean.py          the file that is cleaned, and its records
outputs.py        the files that are written, and what is not overwritten
removals.py       the cleaned copy, the log and the table of removed rows
undo.py           removed rows, restored
"""
