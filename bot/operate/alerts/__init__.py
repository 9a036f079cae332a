"""What is wrong, and telling the operator: once, grouped, and with what to do."""
