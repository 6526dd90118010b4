"""Newton's method by PETSc SNES, full steps clamped to a bounded change of the unknowns.

With electrochemical potentials over RT as unknowns a change of 2 is a factor of 7 in a
concentration. Clamping the step there converged from flat guesses at 40 RT/F where the bt, l2
and cp line searches failed. Convergence is judged by the last full step (in units of RT), which
no scaling of the equations can fool, not by the residual alone.
"""

import itertools
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from petsc4py import PETSc

from .balance import Balance
from .linear import FieldSplit, Linear, choose

_serial = itertools.count()

#: A last small step counts only if the residual fell to this share of its largest value, or to
#: this size (the equations are of O(1)), or is rounding: a broken preconditioner makes small
#: steps, too.
REDUCED, SMALL = 1e-5, 1e-9

#: Behind a smaller step iterative solvers keep the Jacobian they have, which is as exact as they
#: are: a third of the Jacobians and preconditioners less, and at most one step more.
LAG = 1e-2


@dataclass
class Outcome:
    """How a Newton solve ended."""

    converged: bool
    reason: str
    residuals: list[float] = field(default_factory=list)  #: 2-norm, before each step and at the end
    steps: list[float] = field(default_factory=list)  #: largest change of an unknown, unclamped
    linear_iterations: list[int] = field(default_factory=list)

    @property
    def iterations(self) -> int:
        """Newton steps taken."""
        return len(self.steps)


class Newton:
    """Solves residual(x) = 0 of a `Problem`-like system; keeps matrix, solver and history.

    `tolerance`: largest change of an unknown in the last step [-]; `clamp`: largest allowed.
    `options`: ordinary PETSc options ("ksp_rtol", "mat_mumps_icntl_14", ...) that override.
    """

    def __init__(
        self,
        system: Any,
        linear: Linear | None = None,
        options: Mapping[str, Any] | None = None,
        tolerance: float = 1e-8,
        max_iterations: int = 40,
        clamp: float = 2.0,
    ) -> None:
        self.system, self.tolerance, self.clamp = system, tolerance, clamp
        self.max_iterations = self.usual = max_iterations
        PETSc.garbage_cleanup(system.domain.comm)  # in parallel nothing else frees what is gone
        self.x = system.numbering.vector()
        self.linear = choose(system, linear)[0]
        self.outcome = Outcome(False, "not started")
        self.moved = 0.0  #: change of potentials by the last step
        self.effort: list[int] = []  #: linear iterations of the flow alone
        snes = self.snes = PETSc.SNES().create(system.domain.comm)
        self.A = system.matrix()
        snes.setFunction(lambda _, x, b: system.residual(x, b), self.x.duplicate())
        self.P = self.A  #: what preconditioners are made of
        self.capacity: Any = None  #: what pseudo-time adds to the diagonal
        self.norm = 0.0  #: of the Jacobian before its rows are balanced
        me = weakref.proxy(self)  # a cycle through PETSc would never be freed
        snes.setJacobian(lambda *a: me._renew(*a), self.A)
        snes.setConvergenceTest(lambda *a: me._test(*a))
        snes.setLineSearchPreCheck(lambda *a: me._clamp(*a))
        self._configure(dict(options or {}))

    def _configure(self, options: dict[str, Any]) -> None:
        prefix = f"femion_{next(_serial)}_"
        base = {
            "snes_type": "newtonls",
            "snes_linesearch_type": "basic",
            "snes_max_it": self.max_iterations,
        }
        self.snes.setOptionsPrefix(prefix)
        database = PETSc.Options()
        chosen = {prefix + k: v for k, v in (base | self.linear.options() | options).items()}
        dim, flowing = self.system.domain.tdim, bool(self.system.flowing)
        if isinstance(self.linear, FieldSplit):
            chosen |= {
                f"{prefix}fieldsplit_{name}_{k}": options.get(f"fieldsplit_{name}_{k}", v)
                for name, index in self.linear.fields(self.system).items()
                for k, v in self.linear.field_options(name, index.getSize(), dim).items()
            }
        for key, value in chosen.items():
            database[key] = value
        self.snes.setFromOptions()
        self.ksp = self.snes.getKSP()
        self.linear.split(self.ksp.getPC(), self.system)
        self.rtols: tuple[float, float] | None = None  #: where steps are clamped, where not
        if isinstance(self.linear, FieldSplit) and "ksp_rtol" not in options:
            self.rtols = self.linear.rtol, self.linear.rough
        iterative = isinstance(self.linear, FieldSplit) and flowing
        self.balance = Balance.of(self.system) if iterative else None
        me = weakref.proxy(self)
        self.ksp.setPreSolve(lambda *a: me._before(*a))
        self.ksp.setPostSolve(lambda *a: me._after(*a))
        weakref.finalize(self, _forget, list(chosen))  # also before PETSc ends

    def linear_step(self, x: Any, b: Any, step: Any, capacity: Any) -> None:
        """Solve (J + diag(capacity)) step = b at x."""
        self.capacity = capacity
        try:
            self._jacobian(self.snes, x, self.A, self.P)
        finally:
            self.capacity = None
        self.ksp.setOperators(self.A, self.P)
        self.ksp.solve(b, step)

    def _renew(self, snes: Any, x: Any, A: Any, P: Any) -> None:
        """A new Jacobian, unless the last step was so small that the old one is as good.

        Not where steps no longer shrink by ten, or the user has said how exact linear solvers are.
        """
        before, last = [np.inf, np.inf, *self.outcome.steps][-2:]
        if not (self.rtols and last < min(LAG, before / 10)):
            self._jacobian(snes, x, A, P)

    def _jacobian(self, snes: Any, x: Any, A: Any, P: Any) -> None:
        self.system.jacobian(x, self.A)
        if self.capacity is not None:
            self.A.setDiagonal(self.capacity, PETSc.InsertMode.ADD)
        if self.P is not self.A:
            self.A.copy(self.P, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
            self.system.shift(self.P)
        if self.balance:
            self.norm = self.A.norm(PETSc.NormType.INFINITY)
            self.balance.apply(self.A, *([self.P] if self.P is not self.A else []))

    def _separate_preconditioner(self) -> None:
        """A matrix of its own for a split whose fields' blocks would be singular.

        The pattern is taken at a state where no derivative vanishes by chance.
        """
        if isinstance(self.linear, FieldSplit) and self.system.shifts and self.P is self.A:
            generic = self.x.copy()
            first = generic.getOwnershipRange()[0]
            generic.array += 0.01 * np.sin(1.0 + first + np.arange(generic.getLocalSize()))
            self.system.jacobian(generic, self.A)
            self.P = self.A.duplicate(copy=True)
            me = weakref.proxy(self)
            self.snes.setJacobian(lambda *a: me._renew(*a), self.A, self.P)

    # -- callbacks ----------------------------------------------------------------------------
    def _before(self, ksp: Any, b: Any, x: Any) -> None:
        start = time.perf_counter()
        if self.rtols:
            calm = bool(self.outcome.steps) and self.outcome.steps[-1] <= self.clamp
            ksp.setTolerances(rtol=self.rtols[calm])
        if self.balance:
            self.balance.scale(b)
        ksp.setUp()
        ksp.setUpOnBlocks()
        self._started = time.perf_counter()
        self.system.timings["linear set-up"] += self._started - start

    def _after(self, ksp: Any, b: Any, x: Any) -> None:
        if self.balance:
            self.balance.undo(b)
        self.system.timings["linear solve"] += time.perf_counter() - self._started
        self.outcome.linear_iterations.append(ksp.getIterationNumber())

    def _clamp(self, x: Any, y: Any) -> bool:
        largest, flow = self.system.sizes.step(x, y)
        self.moved = largest
        self.outcome.steps.append(max(largest, flow))
        if largest > self.clamp:
            y.scale(self.clamp / largest)
            return True
        return False

    def _test(self, snes: Any, it: int, norms: tuple[float, float, float]) -> Any:
        reason = PETSc.SNES.ConvergedReason
        norm = norms[2]
        self.outcome.residuals.append(norm)
        if not np.isfinite(norm):
            return reason.DIVERGED_FNORM_NAN
        if norm == 0.0:
            return reason.CONVERGED_FNORM_ABS
        if it and (self.outcome.steps[-1] < self.tolerance or self._at_rest(norm)):
            done = norm <= max(SMALL, REDUCED * max(self.outcome.residuals), self._rounding())
            return reason.CONVERGED_SNORM_RELATIVE if done else reason.DIVERGED_LINEAR_SOLVE
        return reason.DIVERGED_MAX_IT if it >= self.max_iterations else reason.ITERATING

    def _at_rest(self, norm: float) -> bool:
        """Whether only rounding still moves a flow: its steps no longer shrink, all else is known.

        Pressures of 10 MPa beside what drives a slow flow leave fewer digits for velocities.
        """
        if self.moved >= self.tolerance or len(self.outcome.steps) < 2:
            return False
        before, last = self.outcome.steps[-2:]
        return before / 2 < last < REDUCED and norm <= self._rounding()

    def _rounding(self) -> float:
        """2-norm of a residual that is rounding only, ten times over."""
        norm = self.norm if self.balance else self.A.norm(PETSc.NormType.INFINITY)
        largest = norm * self.x.norm(PETSc.NormType.INFINITY)
        return 10 * np.finfo(float).eps * largest * float(np.sqrt(self.x.getSize()))

    def allow(self, iterations: int) -> None:
        """At most so many iterations from now on."""
        self.max_iterations = iterations
        self.snes.setTolerances(max_it=iterations)

    # -- use ----------------------------------------------------------------------------------
    def solve(self) -> Outcome:
        """Solve from the present `x`; the result is in `x` whether or not it converged."""
        self.outcome = Outcome(False, "")
        try:
            self._separate_preconditioner()
            self.snes.solve(None, self.x)
            reason = self.snes.getConvergedReason()
        except PETSc.Error as error:
            self.outcome.reason = f"PETSc error {error.ierr}: {str(error).splitlines()[-1]}"
            self.x = self.system.numbering.vector()  # the solver may have left the old one locked
            return self.outcome
        self.outcome.converged = reason > 0
        self.outcome.reason = self._explain(reason)
        return self.outcome

    def _explain(self, reason: int) -> str:
        names = {v: k for k, v in vars(PETSc.SNES.ConvergedReason).items() if isinstance(v, int)}
        text = names.get(reason, str(reason)).lower().replace("_", " ")
        if reason == PETSc.SNES.ConvergedReason.DIVERGED_LINEAR_SOLVE:
            text += f" (linear solver reason {self.ksp.getConvergedReason()})"
        return text


def _forget(keys: list[str]) -> None:
    """Take a solver's options out of PETSc's one database."""
    database = PETSc.Options()
    for key in keys:
        database.delValue(key)
