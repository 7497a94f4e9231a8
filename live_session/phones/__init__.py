"""Simulated pupils: phones that speak the real `live.v1` over a real WebSocket, and keep an account of what they were
promised. For demos, load and chaos tests; nothing of the product imports them."""

from live_session.phones.account import Account, Verdict, compare
from live_session.phones.answerer import Answerer, LogNormal, Uniform
from live_session.phones.crowd import Crowd, Progress
from live_session.phones.habits import Arrival, Habits
from live_session.phones.link import Link, Lossy, Weather
from live_session.phones.outbox import Device
from live_session.phones.phone import Phone, Site

__all__ = [
    "Account",
    "Answerer",
    "Arrival",
    "Crowd",
    "Device",
    "Habits",
    "Link",
    "LogNormal",
    "Lossy",
    "Phone",
    "Progress",
    "Site",
    "Uniform",
    "Verdict",
    "Weather",
    "compare",
]
