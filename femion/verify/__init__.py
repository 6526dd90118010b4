"""Proof: every case computes something with femion beside a value known independently."""

from .check import Check
from .registry import CASES, GROUPS, case, run
from .report import main, report

__all__ = ["CASES", "GROUPS", "Check", "case", "main", "report", "run"]
