"""From drafts to live: what enables sequences and marks people. Drafts are written in migrator/load."""
