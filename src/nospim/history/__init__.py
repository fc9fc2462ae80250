"""History in batch: which messages of a long archive are one effort, whatever was thought of them then."""
