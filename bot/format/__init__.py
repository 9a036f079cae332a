"""3 story -> post: text, limits, layout (pure)."""
