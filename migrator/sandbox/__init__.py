"""A local Broadcast and a local Sequenzy that keep the documented rules: for the demo, rehearsals and tests.

They follow the platforms' documents, not our own code: nothing here imports the rest of the project.
"""
