"""How a run came to its end: Newton's method, or the steps in time."""

from pathlib import Path
from typing import Any

from .style import INK, LINES, WIDTH, figure, save


def convergence(results: Any, file: Path) -> Path:
    """Change per Newton step of a steady state; lengths and iterations of steps in time."""
    with figure(WIDTH, 2.6) as fig:
        if steps := results.table("steps.csv"):
            _steps(fig, steps)
        else:
            _newton(fig.subplots(), results.summary["convergence"])
        return save(fig, file)


def _newton(ax: Any, attempts: list[dict[str, Any]]) -> None:
    """Largest change of an unknown over all Newton steps; attempts apart."""
    from matplotlib.ticker import MaxNLocator

    begin = 0
    for k, attempt in enumerate(attempts):
        steps = attempt["steps"]
        numbers = range(begin + 1, begin + 1 + len(steps))
        begin += len(steps)
        colour = LINES[k % len(LINES)] if attempt["converged"] else INK
        mark = "o" if attempt["converged"] else "x"
        text = f"{attempt['knob']} at {100 * attempt['share_of_drive']:.4g} % of the drive"
        ax.semilogy(numbers, steps, marker=mark, ms=4, color=colour, label=text.strip())
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("Newton step")
    ax.set_ylabel("largest change  [RT]")
    if len(attempts) < 8:
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    ax.spines[["top", "right"]].set_visible(False)


def _steps(fig: Any, steps: dict[str, Any]) -> None:
    """Length of the accepted steps over time, and the Newton steps that they took."""
    time, dt = steps["time [s]"], steps["step [s]"]
    left, right = fig.subplots(1, 2)
    left.loglog(time, dt, marker="o", ms=3, color=LINES[0], label="accepted")
    again = steps["rejected"] > 0
    if again.any():
        left.loglog(
            time[again], dt[again], "x", color=LINES[1], label="at a second attempt or later"
        )
        left.legend(loc="best")
    left.set_xlabel("time  [s]")
    left.set_ylabel("step  [s]")
    right.semilogx(time, steps["iterations"], "o", ms=3, color=LINES[0])
    right.set_xlabel("time  [s]")
    right.set_ylabel("Newton steps")
    right.set_ylim(bottom=0)
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
