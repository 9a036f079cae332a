"""What may stand in the file: its tables and keys, with types, defaults and their explanation."""
