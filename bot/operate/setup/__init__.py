"""From an empty folder to a running service: init, check, chats; installation, upgrade, removal."""
