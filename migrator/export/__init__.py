"""Source to bundle: runs a source's two halves, keeps what was read until the bundle is whole, tells how far it is."""
