"""What commands and alerts read of the store, and what they change."""
