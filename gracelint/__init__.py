"""gracelint: tells before a deployment whether containers will stop gracefully."""

__version__ = "0.1.0"
