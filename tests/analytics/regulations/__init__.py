"""Regulations on assessment."""
