"""The tables and keys of the file, with their types, defaults and meaning."""
