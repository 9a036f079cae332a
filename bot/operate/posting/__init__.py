"""Posts at the operator's word: one now, a test, taking back, pausing."""
