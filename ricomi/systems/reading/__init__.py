"""Reading files of unknown origin piece by piece: whole and sound to the last row, or refused with where and why.

Nothing here knows a model or a database. Memory stays the same however long a file is.
"""
