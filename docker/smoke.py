"""Prove that an environment works: a gmsh disc, Poisson's equation with MUMPS, a picture.

-div grad u = 4 on the unit disc with u = 0 on its rim has u = 1 - r^2 and a mean of 1/2.
"""

import importlib.util

if importlib.util.find_spec("dolfinx_solver"):
    import dolfinx_solver  # noqa: F401  (orders MPI before the compiled modules)
import dolfinx
import gmsh
import numpy as np
import pyvista
import ufl
from dolfinx import fem, plot
from dolfinx.fem.petsc import LinearProblem
from dolfinx.io import gmsh as gmsh_reader
from dolfinx.mesh import exterior_facet_indices
from mpi4py import MPI


def disc(comm: MPI.Comm) -> dolfinx.mesh.Mesh:
    """Return a unit disc meshed by gmsh on rank 0 and spread over all ranks."""
    gmsh.initialize()
    gmsh.option.setNumber("General.Terminal", 0)
    if comm.rank == 0:
        gmsh.model.occ.addDisk(0, 0, 0, 1, 1)
        gmsh.model.occ.synchronize()
        gmsh.model.addPhysicalGroup(2, [1], name="disc")
        gmsh.option.setNumber("Mesh.MeshSizeMax", 0.05)
        gmsh.model.mesh.generate(2)
    mesh = gmsh_reader.model_to_mesh(gmsh.model, comm, 0, gdim=2).mesh
    gmsh.finalize()
    return mesh


def poisson(mesh: dolfinx.mesh.Mesh) -> fem.Function:
    """Solve Poisson's equation with a parallel direct solver."""
    space = fem.functionspace(mesh, ("Lagrange", 1))
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    mesh.topology.create_connectivity(1, 2)
    rim = fem.locate_dofs_topological(space, 1, exterior_facet_indices(mesh.topology))
    problem = LinearProblem(
        ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx,
        fem.Constant(mesh, 4.0) * v * ufl.dx,
        bcs=[fem.dirichletbc(0.0, rim, space)],
        petsc_options_prefix="smoke_",
        petsc_options={
            "ksp_type": "preonly",
            "pc_type": "lu",
            "pc_factor_mat_solver_type": "mumps",
            "ksp_error_if_not_converged": True,
        },
    )
    return problem.solve()


def colours(u: fem.Function) -> int:
    """Draw this rank's part off-screen and return how many different colours the picture has."""
    grid = pyvista.UnstructuredGrid(*plot.vtk_mesh(u.function_space))
    grid["u"] = u.x.array.real
    plotter = pyvista.Plotter(off_screen=True, window_size=(300, 300))
    plotter.add_mesh(grid, scalars="u")
    plotter.view_xy()
    picture = plotter.screenshot(return_img=True)
    plotter.close()
    return len(np.unique(picture.reshape(-1, picture.shape[-1]), axis=0))


def main() -> None:
    """Raise unless everything works; rank 0 says so."""
    comm = MPI.COMM_WORLD
    mesh = disc(comm)
    u = poisson(mesh)
    total = comm.allreduce(fem.assemble_scalar(fem.form(u * ufl.dx)))
    area = comm.allreduce(fem.assemble_scalar(fem.form(fem.Constant(mesh, 1.0) * ufl.dx)))
    assert abs(total / area - 0.5) < 5e-3, f"the mean of u is {total / area}, not 0.5"
    seen = colours(u) if comm.rank == 0 else 0
    assert comm.rank or seen > 50, f"the picture has only {seen} colours"
    if comm.rank == 0:
        what = f"DOLFINx {dolfinx.__version__}, {comm.size} rank(s)"
        print(f"smoke: {what}, mean {total / area:.4f} of 0.5, {seen} colours: ok")


if __name__ == "__main__":
    main()
