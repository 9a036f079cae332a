"""Stories and feeds: what is known, what a poll brought, and what is forgotten."""
