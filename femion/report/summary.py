"""One screen of text about a solution."""

from typing import Any

from ..units import F


def summary(solution: Any) -> str:
    """Currents and potentials of the terminals, balances, losses, effort. Collective."""
    problem, audit = solution.problem, solution.audit
    depth = "/m" if problem.domain.tdim == 2 else ""
    outcome = next(o for _, o in reversed(solution.path.attempts) if o.converged)
    lines = [
        f"{len(problem.phases)} phases, {problem.numbering.size[1]:,} unknowns, "
        f"{solution.comm.size} rank(s), P{problem.degree}",
        f"converged in {outcome.iterations} Newton steps "
        f"({sum(outcome.linear_iterations)} linear iterations), "
        f"last step {outcome.steps[-1]:.1e} RT",
        *([f"path: {solution.path}"] if len(solution.path.attempts) > 1 else []),
        *([] if solution.share == 1.0 else [_partial(solution.share)]),
        "",
        f"  {'boundary':<22}{'current [A' + depth + ']':>18}{'potential [V]':>16}",
    ]
    for where in outer(problem):
        current, potential = solution.current(where), _volts(solution, where)
        lines.append(f"  {where:<22}{current:>18.6g}{potential:>16}")
    lines += ["", f"  {'species':<14}{'throughput [mol/s' + depth + ']':>24}{'imbalance':>12}"]
    for i, error in audit.imbalance.items():
        through = sum(abs(f.get(i, 0.0)) for f in audit.flows.values()) / 2
        lines.append(f"  {i:<14}{through:>24.6g}{error:>12.1e}")
    moved = _through(solution) / F
    lines.append(f"  {'charge / F':<14}{moved:>24.6g}{audit.charge_imbalance:>12.1e}")
    lines += _mixed(audit.numerical_mixing)
    lines += ["", f"  {'power':<38}{'[W' + depth + ']':>12}{'share':>9}", *_losses(audit)]
    lines += _heat(audit.heat, depth)
    least = min(audit.smallest_eigenvalue, key=lambda n: audit.smallest_eigenvalue[n])
    lines.append(
        f"  smallest eigenvalue of L: {audit.smallest_eigenvalue[least]:.3g} "
        f"mol2/(J m s) in {least}"
    )
    times = ", ".join(f"{name} {t:.2f} s" for name, t in solution.timings.items())
    return "\n".join([*lines, "", f"  {times}"])


def _partial(share: float) -> str:
    return f"NOT the state that was asked for: it holds at {100 * share:.1f} % of the imposed drive"


def _reaction(name: str, power: float) -> str:
    return f"{'stored' if power > 0 else 'given'} by the reaction at {name}"


def _mixed(shares: dict[str, dict[str, float]]) -> list[str]:
    """The share of the stabilisation in what evens concentrations out."""
    told = [
        f"  numerical mixing in {phase}: {', '.join(f'{i} {x:.2g}' for i, x in some.items())}"
        for phase, some in shares.items()
    ]
    return ["", *told] if told else []


def _losses(audit: Any) -> list[str]:
    """Where the power goes, and the energy balance."""
    spent = [(f"dissipated in {n}", p) for n, p in audit.dissipation.items()]
    spent += [(f"dissipated by reactions in {n}", p) for n, p in audit.reactions.items()]
    spent += [(f"dissipated at {n}", p) for n, p in audit.interfaces.items()]
    total = audit.total_dissipation or 1.0
    lines = [f"  {name:<38}{p:>12.4g}{100 * p / total:>8.1f}%" for name, p in spent]
    lines += [
        f"  {n if ' in ' in n else _reaction(n, p)}  {p:.4g}"
        for n, p in audit.stored.items()
        if abs(p) > 1e-9 * abs(total)
    ]
    lines.append(
        f"  {'put in from outside':<38}{audit.power_in:>12.4g}"
        f"   energy imbalance {audit.energy_imbalance:.1e}"
    )
    return lines


def _heat(heat: Any, depth: str) -> list[str]:
    """What appears and leaves as heat, where a phase has a heat balance."""
    if heat is None:
        return []
    lines = [("heat", f"[W{depth}]")]
    for phase, parts in heat.produced.items():
        lines += [(f"{what} in {phase}", f"{v:.4g}") for what, v in parts.items() if v]
    lines += [(f"released at {where}", f"{v:.4g}") for where, v in heat.interfaces.items()]
    lines += [(f"leaving at {where}", f"{v:.4g}") for where, v in heat.leaving.items() if v]
    out = [f"  {name:<38}{value:>12}" for name, value in lines]
    out[-1] += f"   heat imbalance {heat.imbalance:.1e}"
    return ["", *out]


def _through(solution: Any) -> float:
    return sum(abs(solution.current(w)) for w in outer(solution.problem)) / 2


def outer(problem: Any) -> list[str]:
    """Boundaries with a law."""
    return list(dict.fromkeys(s.where for s in problem.sites if not s.interface))


def _volts(solution: Any, where: str) -> str:
    from ..errors import InputError

    try:
        return f"{solution.potential(where):.6f}"
    except InputError:
        return "-"
