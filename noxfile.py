"""Chores, one command each: `nox -s tests`, `nox -s lint`, `nox -s cpp`, `nox -s bench`, `nox -s docs`."""

import shutil

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
