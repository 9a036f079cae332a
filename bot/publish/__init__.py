"""4 post -> receipt: the platforms."""
