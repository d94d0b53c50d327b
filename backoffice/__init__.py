"""Parvis, ground floor: what the house is about."""
