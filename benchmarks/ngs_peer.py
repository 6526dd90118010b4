"""The same equations by hand in NGSolve; `against_ngsolve.py` runs it where NGSolve is.

Same unknowns (w_i/z_i and phi over RT/F), same mesh, P1, Newton with the same clamp and
tolerance. Forms are compiled to machine code by NGSolve. Two solvers: the fastest direct one that
this build has, and GMRES with one V-cycle of NGSolve's algebraic multigrid for each field in turn.
"""

import json
import resource
import sys
import time

import netgen.meshing as nm
import numpy as np
from ngsolve import (
    H1,
    BaseMatrix,
    BilinearForm,
    FESpace,
    GridFunction,
    Mesh,
    Preconditioner,
    SetNumThreads,
    dx,
    exp,
    grad,
)
from ngsolve.krylovspace import GMResSolver

RESTART, RTOL, TOLERANCE = 100, 1e-3, 1e-8


def loaded(points, cells, facets):
    """An NGSolve mesh of given points and cells, with the ends named x0 and x1."""
    dim = points.shape[1]
    mesh = nm.Mesh(dim=dim)
    mesh.AddPoints(np.ascontiguousarray(np.pad(points, ((0, 0), (0, 3 - dim)))))
    if dim == 3:
        mesh.AddRegion("electrolyte", dim=3)
    else:
        mesh.AddRegion("electrolyte", dim=2)
    names = ["x0", "x1", "sides"]
    for name in names:
        mesh.AddRegion(name, dim=dim - 1)
    mesh.AddElements(dim=dim, index=1, data=np.ascontiguousarray(cells, dtype=np.int32), base=0)
    for k, name in enumerate(names):
        data = np.ascontiguousarray(facets[name], dtype=np.int32)
        mesh.AddElements(dim=dim - 1, index=k + 1, data=data, base=0)
    return Mesh(mesh)


class Multiplicative(BaseMatrix):
    """One V-cycle for each field in turn, with the residual renewed in between."""

    def __init__(self, a, parts, spaces):
        super().__init__()
        self.a, self.parts, self.ranges = a, parts, spaces
        self.r, self.z = a.mat.CreateColVector(), a.mat.CreateColVector()

    def Mult(self, b, y):
        y[:] = 0.0
        self.r.data = b
        for k, (part, own) in enumerate(zip(self.parts, self.ranges, strict=True)):
            y[own].data = part.mat * self.r[own]
            if k + 1 < len(self.parts):
                self.r.data = b - self.a.mat * y

    def CreateColVector(self):
        return self.a.mat.CreateColVector()

    CreateRowVector = CreateColVector

    def Height(self):
        return self.a.mat.height

    Width = Height


def refresh(local, fields, z, conduction):
    """Present coefficients of the preconditioner's blocks."""
    phi, *w = (gf.vec.FV().NumPy() for gf in fields)
    c = [np.exp(zi * (wi - phi)) for zi, wi in zip(z, w, strict=True)]
    local[0].vec.FV().NumPy()[:] = sum(zi**2 * ci for zi, ci in zip(z, c, strict=True))
    for gf, k, ci in zip(local[1:], conduction, c, strict=True):
        gf.vec.FV().NumPy()[:] = k * ci


def compiled(form, took):
    """A form as machine code; femion's are compiled beforehand, so this time is taken off."""
    begin = time.perf_counter()
    form = form.Compile(realcompile=True, wait=True)
    took.append(time.perf_counter() - begin)
    return form


def solve(path, how):
    """Seconds in all and of a step, steps and iterations."""
    data = dict(np.load(path))
    z, D, took = data["z"], data["D"], []
    begin = time.perf_counter()
    mesh = loaded(data["points"], data["cells"], {k: data[k] for k in ("x0", "x1", "sides")})
    V = H1(mesh, order=1, dirichlet="x0|x1")
    X = FESpace([V] * (len(z) + 1))
    (phi, *w), (q, *v) = X.TnT()
    state = GridFunction(X)
    c = [exp(float(zi) * (wi - phi)) for zi, wi in zip(z, w, strict=True)]
    charge = sum(float(zi) * ci for zi, ci in zip(z, c, strict=True))
    terms = [float(data["eps"] / data["charge"]) * grad(phi) * grad(q)]
    terms.append(-1 / float(data["charge"]) * charge * q)
    for zi, Di, ci, wi, vi in zip(z, D, c, w, v, strict=True):
        terms.append(float(zi**2 * Di / data["flux"]) * ci * (grad(wi) * grad(vi)))
    a = BilinearForm(X)
    for k, term in enumerate(terms):  # one by one: NGSolve derives each by its own unknowns only
        a += compiled(term, took) * dx(bonus_intorder=2 if k > 1 else 0)  # degree 2, as femion
    fields = state.components
    for k, gf in enumerate(fields):
        gf.vec.FV().NumPy()[:] = data["start"][:, k]
    parts, blocks = [], []
    if how == "amg":
        # a block per field, its coefficient a nodal function: screening of phi, conduction of w_i
        u, t = V.TnT()
        local = [GridFunction(V) for _ in fields]
        for k, gf in enumerate(local):
            own = gf * grad(u) * grad(t)
            if k == 0:
                own = (float(data["eps"]) * grad(u) * grad(t) + gf * u * t) / float(data["charge"])
            block = BilinearForm(V)
            block += own * dx
            parts.append(Preconditioner(block, "h1amg"))
            blocks.append(block)
    ready = time.perf_counter()
    r, step = state.vec.CreateVector(), state.vec.CreateVector()
    free, its, steps = X.FreeDofs(), [], 0
    mask = np.array([free[i] for i in range(X.ndof)])
    while True:
        a.Apply(state.vec, r)
        r.FV().NumPy()[~mask] = 0.0
        a.AssembleLinearization(state.vec)
        if how == "amg":
            refresh(local, fields, z, z**2 * D / data["flux"])
            for block in blocks:
                block.Assemble()
            pre = Multiplicative(a, parts, [X.Range(k) for k in range(len(z) + 1)])
            solver = GMResSolver(mat=a.mat, pre=pre, tol=RTOL, maxiter=300,
                                 restart=RESTART, printrates=False)  # fmt: skip
            step.data = solver * r
            its.append(solver.iterations)
        else:
            step.data = a.mat.Inverse(free, inverse=how) * r
            its.append(1)
        values = step.FV().NumPy()
        largest = float(np.abs(values).max())
        state.vec.data -= min(1.0, 2.0 / largest) * step if largest else 0.0 * step
        steps += 1
        if largest < TOLERANCE or steps == 40:
            break
    end = time.perf_counter()
    return {
        "unknowns": int(mask.sum()),
        "steps": steps,
        "krylov": float(np.mean(its)),
        "seconds": end - begin - sum(took),
        "compilation": sum(took),
        "per_step": (end - ready) / steps,
        "phi": float(np.mean(fields[0].vec.FV().NumPy())),
        "converged": float(largest < TOLERANCE),
        "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    SetNumThreads(1)
    case = json.loads(sys.argv[-1])
    print("RESULT " + json.dumps(solve(case["path"], case["how"])))
