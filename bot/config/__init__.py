"""The configuration file: TOML in, a frozen `Config` out, or every mistake with file and line."""

from bot.config.credentials import SecretCheck, check_secrets, database_url, resolve_secrets
from bot.config.find import find_config
from bot.config.load import load_config
from bot.config.records import Alerts, CollectDefaults, Config, Desk, Listen, Log, Metrics, Web

__all__ = [
    "Alerts",
    "CollectDefaults",
    "Config",
    "Desk",
    "Listen",
    "Log",
    "Metrics",
    "SecretCheck",
    "Web",
    "check_secrets",
    "database_url",
    "find_config",
    "load_config",
    "resolve_secrets",
]
