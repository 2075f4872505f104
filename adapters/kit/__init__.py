"""What every source with an API shares: a source is a table of endpoints and small functions from a row to a record.

Nothing here knows a platform. Start with table.py (what is read) and source.py (how a source joins).
"""
