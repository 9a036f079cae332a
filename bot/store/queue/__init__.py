"""The queue of jobs on PostgreSQL, whose tables are procrastinate's: what is due gets a job."""
