"""The tests of the house: they mirror the code, and run against real servers that they start themselves."""
