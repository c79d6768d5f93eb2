"""graphengine: how much a person moves others, per topic, from the interactions themselves."""

__all__ = ["__version__"]

__version__ = "0.1.0"
