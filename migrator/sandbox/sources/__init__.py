"""Local platforms that are tables: routes, page styles, limits, permissions and rows written from vendors' documents.

They only answer reads. A platform is one file here, listed in PLATFORMS; server.py serves any of them.
"""

PLATFORMS: dict[str, str] = {
    "kit": "migrator.sandbox.sources.convertkit:platform",
    "mailerlite": "migrator.sandbox.sources.mailerlite:platform",
}
"""Name to the function that makes it for so many people."""
