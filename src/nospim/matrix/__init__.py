"""Matrix: the policy server, and what stands between Synapse and the guard."""
