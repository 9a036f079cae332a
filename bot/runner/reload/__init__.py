"""A changed configuration in a running service."""
