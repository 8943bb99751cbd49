"""Tables: a small sample, as vectors, searched by meaning and shown as a map. Nothing is written."""

from components.page_head import page_head
from components.state import owner
from components.tables_embed import embed_block
from components.tables_sample import sample_block
from components.tables_source import empty_place, source_block, source_switch
from components.tables_views import views
from services.resources import playground

workspace = playground().workspaces.current(owner())
lead = "Read a small sample, turn its rows into vectors, search them by meaning. Nothing is written."
with page_head("Tables", lead):
    source_switch()
source_block()
if workspace.sample is None:
    empty_place()
else:
    sample_block(workspace.sample)
    embed_block(workspace)
    views()
