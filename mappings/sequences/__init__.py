"""What a sequence as a whole means: fragments of its graph, how it starts, hands people over and ends."""
