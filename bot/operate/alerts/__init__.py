"""Alerts: each trouble is told to the operator once, grouped, with the remedy."""
