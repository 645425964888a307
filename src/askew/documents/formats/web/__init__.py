"""Web pages and EPUB: the tree, what of it is boilerplate, and its questions with answers."""
