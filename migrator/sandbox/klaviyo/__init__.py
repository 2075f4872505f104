"""A local Klaviyo that keeps the documented rules of reading: revisions, extra fields, cursors, limits, scopes."""
