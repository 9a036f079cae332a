"""The state of the bot: status, health, figures, deliveries, explain, moving house."""
