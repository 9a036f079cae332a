"""Deliveries: their states, claims, attempts and outcomes, pauses, pace and money."""
