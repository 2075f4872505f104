"""One sequence: lowered to a graph, entered in the ledger, scheduled into calls. Emails' content is elsewhere."""
