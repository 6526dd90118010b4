"""`python -m femion` is the `femion` command."""

from .cli import main

main()
