"""The text of the file: where each key stands, and how a mistake is shown."""
