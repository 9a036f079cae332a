"""When a feed is polled again, learned from its own history. Pure."""
