"""Tables: a small sample, as vectors, searched by meaning and shown as a map. Nothing is written."""

from components.state import owner
from components.tables_embed import embed_block
from components.tables_job import head
from components.tables_sample import sample_block
from components.tables_source import empty_place, source_block, source_switch
from components.tables_views import views
from services.resources import playground

workspace = playground().workspaces.current(owner())
with head():
    source_switch()
source_block()
if workspace.sample is None:
    empty_place()
else:
    sample_block(workspace)
    embed_block(workspace)
    views()
