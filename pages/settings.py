"""Settings: a key and endpoints of one's own, for this session, and what the app was set up with."""

from components.page_head import page_head
from components.settings_page import settings

lead = "Your key, your endpoints, your patience. They stay in this session: nothing here is stored."
with page_head("Settings", lead):
    pass
settings()
