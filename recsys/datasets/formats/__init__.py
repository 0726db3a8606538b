"""Files of other people, read into one frame with a word about how they were taken.

    bytes --packing--> plain bytes --encoding--> UTF-8 --delimited | records | markup | sheets--> frame

Each step decides by the whole file, can be told by a setting instead (`settings.FileSettings`), and complains with
file, row and what to set.
"""
