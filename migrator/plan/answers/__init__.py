"""mappings.toml: the questions asked there, and what a person answered, checked. Nothing is lowered here."""
