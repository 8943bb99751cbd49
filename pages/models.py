"""Models: what can be asked, where it runs, what it costs, and whether it really answers."""

from components.models_actions import actions
from components.models_filters import filters
from components.models_list import gathered, notices
from components.models_table import empty_place, rows_line, table
from components.models_views import views
from components.page_head import page_head
from services.models.browsing import found, ordered

with page_head("Models", "What can be asked, where it runs, what it costs. Listing is not availability."):
    pass
here = gathered()
notices(here)
chosen = filters(here.entries)
matching = found(here.entries, chosen.wanted)
shown = ordered(matching.entries, chosen.order, descending=chosen.descending)
if shown:
    table(shown)
else:
    empty_place()
rows_line(matching, len(here.entries))
views(here, shown, actions(here, shown))
