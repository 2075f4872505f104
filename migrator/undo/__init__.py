"""Removes what this plan created and nobody has touched since. What reads only is in migrator/verify."""
