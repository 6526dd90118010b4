"""What a checkpoint has of a march or a programme besides states, and how both go on from it."""

from functools import partial
from typing import Any

from .errors import InputError
from .io.checkpoint import Saved
from .solution import Solution
from .trajectory import Cycle, Leg, Trajectory


def progress(m: Any) -> dict[str, Any]:
    """What an Integrator needs to go on from its last state."""
    points = [p.time for p in m.points]
    march = {"points": points, "wanted": m.wanted, "first": m.first}
    return m.earlier | {"march": m.out.table() | march}


def resume(m: Any, saved: Saved) -> Solution:
    """An Integrator as it was, with its last state."""
    march, newton = saved.run["march"], m.newton
    m.out = Trajectory.of(march, partial(saved.kept, newton=newton))
    _same_watch(list(m.watch), [name for name in m.out.history if name != "time"])
    m.first, m.wanted = march["first"], march["wanted"]
    m.points, times = [], march["points"]
    for k, time in enumerate(times):
        saved.point(len(times) - 1 - k, newton.x)
        m.problem.push(newton.x)
        m.clock.time = time
        m.points.append(m.point())
    state = saved.solution(newton)
    m.clock.advance(m.problem)
    return state


def _same_watch(now: list[str], then: list[str]) -> None:
    if sorted(now) != sorted(then):
        raise InputError(
            f"watch has {', '.join(now) or 'nothing'}; allowed: what the checkpoint has, "
            f"{', '.join(then) or 'nothing'}"
        )


def so_far(out: Cycle) -> dict[str, Any]:
    """What a programme needs of its stages before the present one."""
    legs = [
        {
            "name": leg.name,
            "begin": leg.begin,
            "reached": leg.reached,
            "march": leg.trajectory.table() if leg.trajectory else None,
        }
        for leg in out.legs
    ]
    return {"stage": len(legs), "legs": legs}


def legs(saved: Saved, newton: Any) -> list[Leg]:
    """The stages before the present one, as they went."""
    of = partial(saved.kept, newton=newton)
    return [
        Leg(
            leg["name"],
            leg["begin"],
            Trajectory.of(leg["march"], of) if leg["march"] else None,
            leg["reached"],
        )
        for leg in saved.run["legs"]
    ]
