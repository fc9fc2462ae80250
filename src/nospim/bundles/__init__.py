"""A case as a sealed bundle: exhibits, report, the rows behind each number, and proofs for a stranger."""
