"""What this process was configured with, read once: the only reader of the environment, .env files and secrets."""

from services.settings.endpoint_tables import LOCAL, SANDBOX, TOGETHER, checked_endpoint
from services.settings.loading import load
from services.settings.sources import FILES, Problem, SourceName
from services.settings.table import SETTINGS, Setting
from services.settings.values import HanaSettings, Settings

__all__ = [
    "FILES",
    "LOCAL",
    "SANDBOX",
    "SETTINGS",
    "TOGETHER",
    "HanaSettings",
    "Problem",
    "Setting",
    "Settings",
    "SourceName",
    "checked_endpoint",
    "load",
]
