"""A local Broadcast that keeps the rules of the platform's documents; `BroadcastSandbox` in app.py is the door."""
