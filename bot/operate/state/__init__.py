"""How the bot is: status, health, figures, what became of an item, moving house."""
