"""Printing from one rank only."""

from collections.abc import Mapping

from mpi4py import MPI


def echo(text: str, values: Mapping[str, float] | None = None, unit: str = "") -> None:
    """Print a line, and below it one line per named value with its unit, on rank 0."""
    if MPI.COMM_WORLD.rank:
        return
    print(text, flush=True)
    for name, value in (values or {}).items():
        print(f"    {name:<24}{value:>12.5g} {unit}".rstrip(), flush=True)
