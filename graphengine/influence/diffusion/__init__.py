"""Diffusion: who can move whom, how far it goes, and whom to ask.

The names live in their modules (``graph``, ``sampling``, ``simulation``, ``everyone``, ``seeds``),
so that importing one loads no more than it needs.
"""

__all__: list[str] = []
