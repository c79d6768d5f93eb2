"""Compiled loops on plain arrays; what they mean stands in the modules that call them.

Every loop is made by ``compiled`` and runs without numba as well: as the plain Python loop that
it is, or, where ``otherwise`` names one, as a twin in NumPy and SciPy whose answer is as good
(within the certificate that the caller computes). ``COMPILED`` says which of the two it is.
"""

from graphengine.influence.kernels.compiled import COMPILED, compiled

__all__ = ["COMPILED", "compiled"]
