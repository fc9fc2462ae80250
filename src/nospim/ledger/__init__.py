"""The sealed record of what came in and what was decided: journal, Merkle log, heads, time-stamps, proofs."""
