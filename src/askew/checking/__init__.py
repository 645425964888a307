"""A doctor for an index: what makes its answers worse and shows nowhere.

finding.py         what was found: a figure, why it makes answers worse, what to do
case.py            the index that is looked at, and how it is called
sample.py          passages drawn from it, what each resembles among them, how alike two are that have nothing in common
ranks.py           do two figures rise together?
asked.py           what the whole index answers when such passages, or users' queries, are put to it
doctor.py          all questions, one after the other

forgotten.py training.py misread.py truncation.py upkeep.py promises.py   what the contract and the ledger tell
model.py           what only the model can tell: are the vectors its own, does a prompt change anything
lengths.py length_bias.py hubs.py repeats.py crowding.py floor.py         what vectors tell
languages.py function_words.py boilerplate.py short.py                    what texts tell
"""
