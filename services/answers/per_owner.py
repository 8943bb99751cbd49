"""The old place of PerOwner, until its last importers have moved."""

from services.per_owner import PerOwner

__all__ = ["PerOwner"]
