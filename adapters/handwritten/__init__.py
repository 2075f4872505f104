"""sequences.toml: sequences that a person describes by hand, for platforms whose API shows none."""
