"""Deliveries: who may send what now, what became of it, pauses, pace and money."""
