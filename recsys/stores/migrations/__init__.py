"""How a store of an older version becomes today's: one file a step, run by `recsys/stores/upgrade.py`."""
