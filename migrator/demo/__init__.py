"""The whole journey on the two local platforms: the same functions that the commands use, a clock that can be turned,
and two outboxes to compare. Nothing here ever talks to a real platform."""
