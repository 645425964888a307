"""PDF on PDFium: pieces of text to lines, blocks, headings and prose."""
