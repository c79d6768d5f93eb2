"""``python -m graphengine``: the same as the console script."""

from graphengine.cli import main

main()
