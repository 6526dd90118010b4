"""What limits a membrane process: the boundary layer or the membrane?"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import InputError
from ..solution import Solution, solve


def sensitivities(
    problem: Any,
    knobs: Mapping[str, Sequence[str]],
    outputs: Mapping[str, Callable[[Solution], float]],
    step: float = 0.02,
) -> dict[str, dict[str, float]]:
    """D ln(output)/d ln(knob), by central differences of `step` in ln(knob) [-]. Collective.

    `knobs` name groups of parameters that change together, {"cross-flow": ["laws.inlet.rate"],
    "membrane": ["laws.bottom.permeability", ...]}. One solve, and two more per knob from there;
    the parameters are as they were afterwards. Raises InputError where an output is not positive.
    """
    if not 0 < step < 0.5:
        raise InputError(f"step of sensitivities = {step:g}; allowed: above 0, below 0.5")
    out: dict[str, dict[str, float]] = {}
    state = solve(problem)
    for knob, paths in knobs.items():
        before = {p: problem[p] for p in paths}
        logs = []
        for sign in (-1, 1):
            for p, value in before.items():
                problem[p] = value * math.exp(sign * step / 2)
            state = solve(problem, near=state)
            logs.append({name: _log(name, of(state)) for name, of in outputs.items()})
        for p, value in before.items():
            problem[p] = value
        out[knob] = {name: (logs[1][name] - logs[0][name]) / step for name in outputs}
    return out


def boundary_layer_or_membrane(
    problem: Any,
    flow: Sequence[str],
    membrane: Sequence[str],
    outputs: Mapping[str, Callable[[Solution], float]],
    step: float = 0.02,
) -> dict[str, tuple[str, float]]:
    """For each output what limits it, and the boundary layer's share of the sensitivity [-].

    The share is |d ln y/d ln flow| over itself plus |d ln y/d ln membrane|. A laminar boundary
    layer thins with the cube root of the flow (Leveque), so three times the first is compared.
    """
    found = sensitivities(problem, {"flow": flow, "membrane": membrane}, outputs, step)
    out = {}
    for name in outputs:
        layer, own = 3 * abs(found["flow"][name]), abs(found["membrane"][name])
        share = layer / (layer + own) if layer + own else 0.0
        out[name] = ("boundary layer" if share > 0.5 else "membrane", share)
    return out


def _log(name: str, value: float) -> float:
    if not value > 0:
        raise InputError(f"output {name!r} of sensitivities = {value:g}; allowed: positive")
    return math.log(value)
