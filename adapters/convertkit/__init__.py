"""Kit (formerly ConvertKit) as a source. Not to be confused with adapters/kit, what all sources share."""
