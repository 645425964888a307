"""Text primitives: normal form, words, scripts, language, stems, questions, and text for display."""
