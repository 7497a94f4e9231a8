"""Reads the log and writes snapshots. No Flask, no LMS, no text for people: keys, numbers and evidence."""
