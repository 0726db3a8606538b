"""Stages made from the folders of their artifacts."""
