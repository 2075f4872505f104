"""The command line: one small file a command, no logic. Read arguments, call one function, print the facts."""
