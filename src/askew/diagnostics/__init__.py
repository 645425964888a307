"""Index diagnostics: hidden problems that lower answer quality."""
