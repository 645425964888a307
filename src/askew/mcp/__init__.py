"""Model Context Protocol (MCP): read-only tools over indexes, for assistants such as Claude, Cursor and ChatGPT."""
