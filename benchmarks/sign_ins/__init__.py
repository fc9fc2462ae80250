"""Made-up brands, their sign-in pages, pages that imitate them, and honest pages of others."""
