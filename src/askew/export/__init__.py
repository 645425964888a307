"""Result rows for other programs: data frames, Arrow, CSV, JSONL and Parquet."""
