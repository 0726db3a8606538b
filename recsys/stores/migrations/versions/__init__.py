"""The steps, oldest first. A step that was released is never changed; a change of `tables.py` is a new one."""
