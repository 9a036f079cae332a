"""What the service answers over HTTP: figures, and hubs that push the news of feeds."""
