"""What measures speed and memory; not tests."""
