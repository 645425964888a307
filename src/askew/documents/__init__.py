"""Documents: files to texts with titles and metadata, tables to rows, long texts to passages."""
