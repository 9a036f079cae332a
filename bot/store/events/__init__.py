"""Reports of one event by several outlets: learned words, an index of the recent, relations."""
