"""What a report says in numbers: stored queries over the ledger's material, each with its counting rule."""
