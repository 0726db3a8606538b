"""Sponsored placements: who may be on a slate, who wins a slot, at what price, and proof of it."""
