"""Where a study runs, if not in this process: workers of Dask, started here, by SLURM, or there."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from ..case.source import Fault
from ..errors import FemionError, InputError, unknown
from .job import Job, Outcome, attempt

#: Values of keys that become lines of a job script: nothing that a shell would act on.
_PLAIN = re.compile(r"[A-Za-z0-9_.:,=@/+%\- ]+$")
KINDS = ("local", "slurm", "running")
TEXTS = ("queue", "account", "memory", "walltime", "interface")
LISTS = ("directives", "prologue")


@dataclass(frozen=True)
class Cluster:
    """Dask's workers: processes of this machine, jobs of SLURM, or those that a scheduler has.

    Of SLURM: `jobs` at a time, each for one run at a time; `queue`, `account`, `memory`,
    `walltime`, `interface`, `directives` for sbatch, and lines of shell (`prologue`, such as
    "module load mpich"), which need --allow-code.
    """

    type: str = "local"
    address: str = ""
    jobs: int = 1
    options: Mapping[str, str] = field(default_factory=dict)
    directives: Sequence[str] = ()
    prologue: Sequence[str] = ()

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> "Cluster":
        """From the table of a study; raises Fault for what it cannot be."""
        known = ("type", "address", "jobs", *TEXTS, *LISTS)
        for k, v in table.items():
            key = ("cluster", k)
            if k not in known:
                raise Fault(key, str(unknown("key of cluster", k, known)))
            if k == "jobs" and (type(v) is not int or v < 1):
                raise Fault(key, f"{v!r}; allowed: a whole number from 1")
            if k in LISTS and not (isinstance(v, list) and all(isinstance(x, str) for x in v)):
                raise Fault(key, f"{v!r}; allowed: a list of texts")
            texts = v if k in LISTS else [] if k == "jobs" else [v]
            for text in texts if k != "prologue" else ():
                if not isinstance(text, str) or not _PLAIN.match(text):
                    raise Fault(key, f"{text!r}; allowed: letters, digits and _.:,=@/+%-")
        kind = table.get("type", "running" if "address" in table else "local")
        if kind not in KINDS:
            raise Fault(("cluster", "type"), str(unknown("type of cluster", kind, KINDS)))
        if (kind == "running") != ("address" in table):
            raise Fault(("cluster",), "address; allowed: with type = 'running', and only there")
        if kind != "slurm" and (wrong := [k for k in table if k not in ("type", "address")]):
            raise Fault(("cluster", wrong[0]), f"{wrong[0]}; allowed: with type = 'slurm'")
        options = {k: table[k] for k in TEXTS if k in table}
        more = {k: table[k] for k in ("address", "jobs", *LISTS) if k in table}
        return cls(kind, options=options, **more)

    def client(self, workers: int, ranks: int, stack: ExitStack) -> Any:
        """A connected distributed.Client; what it needs is closed with the stack."""
        distributed = _package("distributed")
        if self.address:
            try:
                return stack.enter_context(distributed.Client(self.address, timeout=20))
            except (OSError, ValueError, TypeError) as error:
                raise InputError(f"no scheduler of Dask at {self.address!r}: {error}") from None
        if self.type == "local":
            made = distributed.LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
            )
        else:
            made = self.slurm(ranks)
            made.adapt(minimum_jobs=1, maximum_jobs=self.jobs)  # lost jobs are asked for again
        return stack.enter_context(distributed.Client(stack.enter_context(made)))

    def slurm(self, ranks: int) -> Any:
        """A SLURMCluster whose jobs have one worker of one thread, on as many CPUs as ranks."""
        options = {"memory": "4GB", **self.options}
        return _package("dask_jobqueue").SLURMCluster(
            cores=1,
            processes=1,
            job_cpu=ranks,
            job_extra_directives=list(self.directives),
            job_script_prologue=list(self.prologue),
            **options,
        )


def through(client: Any, jobs: Sequence[Job]) -> Generator[Outcome]:
    """Outcomes in the order in which they come; what a lost worker had goes to another one."""
    futures = {client.submit(attempt, job, pure=False): job for job in jobs}
    for future in _package("distributed").as_completed(futures):
        try:
            yield future.result()
        except Exception as error:  # Dask's own: no worker survives this case
            yield Outcome(futures[future].number, "failed", f"{type(error).__name__}: {error}")


def _package(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        raise FemionError(
            f"a cluster needs the package {name!r}, which is not installed; "
            "pip install 'femion[cluster]' brings it"
        ) from None
