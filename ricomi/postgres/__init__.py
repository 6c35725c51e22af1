"""The embedded PostgreSQL, as a server of its own (server.py) and as Django's database engine (base.py)."""
