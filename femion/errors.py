"""The ways femion says no, each with the exit code of the command line."""

import difflib
from collections.abc import Iterable


class FemionError(Exception):
    """Base of everything femion raises on purpose; `exit_code` is what the shell sees."""

    exit_code = 1


class InputError(FemionError, ValueError):
    """What was asked cannot be right: names the field, the value and what is allowed."""

    exit_code = 2


class NotConverged(FemionError, RuntimeError):
    """The equations were not solved; says where and why. `state` is the last good Solution."""

    exit_code = 3

    def __init__(self, message: str, state: object = None) -> None:
        super().__init__(message)
        self.state = state


class Stopped(FemionError):
    """A signal asked for an end; what was reached is in a checkpoint."""

    exit_code = 143


#: Names that are listed; nobody reads more.
MOST = 60


def unknown(kind: str, name: object, known: Iterable[object]) -> InputError:
    """The one way femion complains about a name it does not know."""
    names = sorted(map(str, known))
    near = difflib.get_close_matches(str(name), names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    listed = ", ".join(names[:MOST]) or "none"
    rest = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return InputError(f"{kind} {str(name)!r} not found; known: {listed}{rest}.{hint}")
