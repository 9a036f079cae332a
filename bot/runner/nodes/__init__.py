"""A machine among several: jobs on PostgreSQL say who does what, procrastinate works them."""
