"""Adapters to other libraries: each module subclasses what that library asks for, and needs it installed."""
