"""One folder a platform: wire formats to the neutral model. Sources decide nothing about the target.

Part of sequenzy-migrate.
"""

SOURCES: dict[str, str] = {
    "broadcast": "adapters.broadcast.source:BroadcastSource",
    "csv": "adapters.csvfile.source:FilesSource",
    "klaviyo": "adapters.klaviyo.source:KlaviyoSource",
}
"""Every source by the name it has on the command line, with the place of its class: imported only when used."""
