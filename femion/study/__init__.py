"""Studies: one case, many times, with some of its values varied; a table of what came out.

A study file (`document`) gives rows (`plan`); each row is a run of its own process (`job`), on
this machine or through Dask (`cluster`); `folder` keeps what became of each, `table` and `figure`
show it.
"""

from .document import Study, read
from .runner import sweep

__all__ = ["Study", "read", "sweep"]
