"""Who runs the pipeline, and when."""
