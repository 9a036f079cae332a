"""What the operator sees and touches: preview, explain, status, the outbox."""
