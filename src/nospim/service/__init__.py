"""The guard beside a running server: the HTTP API, the journal's writer, and the desk of actions."""
