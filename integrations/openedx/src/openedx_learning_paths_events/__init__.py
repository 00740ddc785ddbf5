"""
Signals and data classes of Learning Paths events for Django services of Open edX.
"""

__version__ = "0.1.0"
