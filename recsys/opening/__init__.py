"""Stages made from artifacts, releases and editions. The stages themselves know none of these."""
