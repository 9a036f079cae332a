"""The workers: polling, delivering, settling, correcting."""
