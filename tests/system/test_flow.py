"""Flows: inlets, walls, books, storage in time, preconditioner, and the same on any ranks."""

import math

import numpy as np
import pytest
from mpi4py import MPI

import femion as fm
from femion.transport.streamline import Galerkin

COMM = MPI.COMM_WORLD
MM, MU, RHO = 1e-3, 1e-3, 1000.0
DYE = fm.Species("dye", 0)
U = 0.01


def water(name="duct", flow=None, **more):
    medium = fm.Medium((DYE,), fm.Dilute({"dye": 1e-9}))
    flow = flow or fm.NavierStokes(MU, RHO)
    more = {"initial": {"dye": 1.0}, "stabilisation": Galerkin()} | more
    return fm.Phase(name, medium, flow=flow, **more)


def dyed(*names):
    return [fm.Bath(w, {"dye": 1.0}) for w in names]


def duct(cells=3, names=("in", "out", "bottom", "top")):
    sides = {"duct": names[2:]}
    shape = dict(height=MM, h=MM / cells, cells_y=cells, ends=names[:2], side_names=sides)
    return fm.geometry.layers({"duct": 2 * MM}, **shape)


def solve(laws, geometry=None, **more):
    model = fm.Model([water(**more)], [*laws, *dyed("in", "out")])
    return fm.solve(model, duct() if geometry is None else geometry)


def test_half_a_duct_with_a_plane_of_symmetry_is_the_duct():
    """The inlet's profile is flat at a slip wall: 3 U y (2 H - y)/(2 H^2); dP = 3 mu U L/H^2."""
    laws = [fm.Inflow("in", rate="10 mm^2/s"), fm.NoSlip("bottom"), fm.Slip("top"), fm.Open("out")]
    s = solve(laws)
    P = s.mean(lambda q: q.extra["P"], "in")
    assert pytest.approx(3 * MU * U * 2 * MM / MM**2, rel=1e-9) == P
    assert s.mean(lambda q: q.velocity[0], "top") == pytest.approx(1.5 * U, rel=1e-9)
    assert s.audit.energy_imbalance < 1e-8  # what Newton's last step may be
    assert s.mean(lambda q: abs(q.velocity[1]), "top") == 0.0  # held on a plane
    for piece in fm.plot.pieces(s, ["v_x", "P"]).values():  # what is stored and drawn
        x, y = piece.points[:, :2].T
        exact = 1.5 * U * y * (2 * MM - y) / MM**2
        assert piece.values["v_x"] == pytest.approx(exact, rel=1e-9, abs=1e-9 * U)
        assert piece.values["P"] == pytest.approx(P * (1 - x / (2 * MM)), abs=1e-9 * P)


def test_pressure_that_is_given_is_the_static_one():
    """Poiseuille, from the given pressure drop: with the total one rho u^2/2 would be lost."""
    P = 12 * MU * U * 2 * MM / MM**2
    s = solve([fm.Open("in", P), fm.NoSlip("top"), fm.NoSlip("bottom"), fm.Open("out")])
    assert s.mean(lambda q: q.velocity[0], "out") == pytest.approx(U, rel=1e-8)
    # as from a vessel, with the mean of u^2/2 over the profile u of U: less flow
    t = solve([fm.Open("in", P, 1.0), fm.NoSlip("top"), fm.NoSlip("bottom"), fm.Open("out")])
    assert t.mean(lambda q: q.velocity[0], "out") < 0.9 * U


def test_an_inlet_between_moving_membranes_rests_at_its_edges():
    walls = [fm.ElectroOsmoticSlip(w, zeta=0.0) for w in ("bottom", "top")]
    s = solve([fm.Inflow("in", "1 cm/s"), *walls, fm.Open("out")])
    P = s.mean(lambda q: q.extra["P"], "in")
    assert pytest.approx(12 * MU * U * 2 * MM / MM**2, rel=1e-9) == P
    assert s.mean(lambda q: abs(q.velocity[1]), "bottom") == 0.0


def test_bad_inlets_are_refused():
    with pytest.raises(fm.InputError, match="either velocity"):
        fm.Inflow("in")
    with pytest.raises(fm.InputError, match="either velocity"):
        fm.Inflow("in", 1.0, 2.0)
    with pytest.raises(fm.InputError, match="m/s"):
        fm.Inflow("in", "3 kg")
    with pytest.raises(fm.InputError, match="not plane"):
        geometry = fm.geometry.slab(MM, 2, region="duct", ends=("in", "out"), side="in")
        solve([fm.Inflow("in", U), fm.Open("out")], geometry)


def test_start_of_a_channel_is_of_second_order_in_time():
    """A pressure set on fluid at rest; differences of three runs with steps halved."""
    laws = [fm.NoSlip("top"), fm.NoSlip("bottom"), fm.Open("in", 1e-3), fm.Open("out")]
    model = fm.Model([water()], [*laws, *dyed("in", "out")])
    problem = fm.Problem(model, fm.mesh(duct(4)), transient=True)
    end, found = 0.05, []
    for n in (8, 16, 32):
        steps = dict(first=end / n / 8, longest=end / n, rtol=math.inf)
        s = fm.march(problem, until=end, **steps).solutions[-1]
        found.append(s.mean(lambda q: q.velocity[0], "duct"))
    spent = s.audit.dissipation["flow of duct"] + s.audit.stored["storage in velocity of duct"]
    assert spent == pytest.approx(1e-3 * found[2] * MM, rel=1e-6)  # pressure times flow
    order = np.log2((found[1] - found[0]) / (found[2] - found[1]))
    assert 1.7 < order < 2.5
    # Batchelor, An Introduction to Fluid Dynamics, 4.3: 1 - sum over odd n of 96/(n pi)^4 e^(...)
    odd = np.arange(1, 60, 2)
    left = np.sum(96 / (odd * np.pi) ** 4 * np.exp(-((odd * np.pi) ** 2) * 1e-6 * end / MM**2))
    G = 1e-3 / (2 * MM)
    assert found[2] == pytest.approx(G * MM**2 / (12 * MU) * (1 - left), rel=2e-3)
    run = fm.march(problem, until=end, rtol=1e-2)
    assert run.solutions[-1].mean(lambda q: q.velocity[0], "duct") == pytest.approx(
        found[2], rel=1e-2
    )


def slit(E, linear=None):
    """Half a charged slit under a field along it."""
    h, sides = 5e-8, {"half": ("in", "out")}
    shape = dict(height=h, h=h / 8, first_cell=h / 40, cells_y=2, ends=("axis", "wall"))
    geometry = fm.geometry.layers({"half": h}, **shape, side_names=sides)
    ions = (fm.Species("Na+", 1), fm.Species("Cl-", -1))
    medium = fm.Medium(ions, fm.Dilute({"Na+": 1.334e-9, "Cl-": 2.032e-9}))
    flow = fm.Stokes(MU, forces=[fm.Coulomb()])
    salt = {"Na+": 1.0, "Cl-": 1.0}
    laws = [
        fm.SurfaceCharge("wall", -0.002),
        fm.NoSlip("wall"),
        fm.Velocity("axis", x=0.0),
        fm.DonnanReservoir("in", salt, potential=E),
        fm.DonnanReservoir("out", salt, potential=0.0),
        fm.Open("in"),
        fm.Open("out"),
    ]
    phase = fm.Phase("half", medium, flow=flow, stabilisation=Galerkin())
    model = fm.Model([phase], laws, closure=fm.Poisson(78.36))
    return fm.solve(model, geometry, linear=linear)


def test_electro_osmosis_closes_the_books_of_energy_on_any_ranks():
    s = slit(0.05)
    audit = s.audit
    assert audit.energy_imbalance < 1e-10
    # drag on the ions and force on the solvent are one and the same
    assert abs(audit.stored["convection in half"]) < 1e-10 * audit.power_in
    assert audit.dissipation["flow of half"] > 1e-3 * audit.power_in
    Q = s.mean(lambda q: q.velocity[1], "out")
    assert pytest.approx(0.01353557370295, rel=1e-9) == Q  # in serial


def test_iterations_replace_lu_on_any_ranks():
    """Flow alone by multigrid and Schur complement, and as one split before the ions."""
    laws = [fm.Inflow("in", 5 * U), fm.NoSlip("bottom"), fm.NoSlip("top"), fm.Open("out")]
    found = []
    for linear in (fm.Direct(), fm.FieldSplit()):
        model = fm.Model([water(stabilisation=None)], [*laws, *dyed("in", "out")])
        s = fm.solve(model, duct(8), linear=linear)
        found.append(s.mean(lambda q: q.extra["P"], "in"))
    assert max(s.path.attempts[-1][1].linear_iterations) < 60
    assert found[1] == pytest.approx(found[0], rel=1e-6)


def test_spacer_at_reynolds_400_from_a_cold_start_on_any_ranks():
    """2 rho U H/mu = 400; drag on the filament and friction at the walls are the pressure drop."""
    shape = dict(height=MM, diameter=0.5 * MM, spacing=2.5 * MM, filaments=1)
    geometry = fm.geometry.spacer_channel(
        "submerged", **shape, first_cell=MM / 12, h=MM / 7, region="duct", ends=("in", "out")
    )
    walls = [fm.NoSlip(w) for w in ("bottom", "top", "spacer")]
    s = solve([fm.Inflow("in", 0.2), *walls, fm.Open("out")], geometry)
    assert s.share == 1.0
    assert s.audit.energy_imbalance < 1e-8
    drag = sum(s.force(w)[0] for w in ("bottom", "top", "spacer"))
    P = s.mean(lambda q: q.extra["P"], "in")
    assert 0.5 * P * MM < drag < 1.5 * P * MM


@pytest.mark.parametrize("degree", [1, 2])
def test_what_hardly_diffuses_stays_even_behind_a_filament(degree):
    """Without sinks the inlet's concentration is everywhere: volume is kept for every test."""
    shape = fm.geometry.spacer_channel(
        "cavity", height=MM, diameter=MM / 2, spacing=3 * MM, filaments=1, h=MM / 4
    )
    medium = fm.Medium((DYE,), fm.Dilute({"dye": 1e-13}))
    laws = [fm.Inflow("inlet", 50 * U), fm.Open("outlet"), fm.Outflow("outlet"), *dyed("inlet")]
    laws += [fm.NoSlip(w) for w in ("bottom", "top", "spacer")]
    flow = fm.NavierStokes(10 * MU, RHO)
    phase = fm.Phase("channel", medium, flow=flow, initial={"dye": 0.5})
    s = fm.solve(fm.Model([phase], laws), shape, degree=degree)
    assert s.extremes("dye", "channel") == pytest.approx((1.0, 1.0), abs=1e-9)
    assert s.audit.numerical_mixing["channel"]["dye"] < 1e-6  # nothing is mixed


@pytest.mark.parametrize("degree", [1, 2])
def test_pressures_know_the_outlet_of_a_box(degree):
    """Its corners, too, by which no volume passes in 3D."""
    shape = fm.geometry.channel(length=2 * MM, height=MM, width=MM, h=MM / 2, h_along=MM / 2)
    laws = [fm.NoSlip("bottom"), fm.NoSlip("top"), fm.NoSlip("front"), fm.Slip("back")]
    laws += [fm.Inflow("inlet", U), fm.Open("outlet"), *dyed("inlet", "outlet")]
    problem = fm.Problem(fm.Model([water("channel")], laws), fm.mesh(shape), degree)
    pressure = problem.phases[0].flow.pressure
    x, y, z = pressure.node_x[: pressure.owned].T
    outlet = np.isclose(x, 2 * MM)
    free = outlet & (y > 0.1 * MM) & (abs(z - MM / 2) < 0.4 * MM)  # off the walls
    count = [COMM.allreduce(int(n)) for n in (free.sum(), len(problem.saddle._open), outlet.sum())]
    assert 0 < count[0] <= count[1] <= count[2]
