"""The whole content as plain records, for export and import."""
