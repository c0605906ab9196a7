"""Importing semigen: light, in any order, with the instruction set that was asked for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import semigen
from semigen import _core
from semigen._config import config
from tests.test_threads import run_python

USE = {
    "torch": "import torch; torch.ones(400, 400).matmul(torch.ones(400, 400))",
    "sklearn": """
import numpy as np
from sklearn.cluster import KMeans
KMeans(2, n_init=1).fit(np.arange(4000.).reshape(-1, 2))""",
    "semigen": """
import numpy as np, semigen
X = np.random.default_rng(0).normal(size=(20000, 8)) + np.repeat([[0.], [4.]], 10000, axis=0)
y = np.full(20000, -1); y[:5] = 0; y[-5:] = 1
assert semigen.SemiSupervisedGMM().fit(X, y).score(X, np.repeat([0, 1], 10000)) > 0.99""",
}


# Among these three each comes before and after each other, and each comes first, second and last.
ORDERS = [("torch", "sklearn", "semigen"), ("sklearn", "semigen", "torch"), ("semigen", "torch", "sklearn")]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_any_import_order_works(order):
    """torch, scikit-learn and semigen may each bring an OpenMP library of their own."""
    result = run_python("\n".join(USE[name] for name in order) + "\nprint('done')")
    assert result.stdout == "done\n", result.stderr


def test_importing_semigen_imports_nothing_that_is_optional():
    optional = {"torch", "matplotlib", "polars", "typer", "pyarrow", "dask", "distributed", "onnx", "skl2onnx"}
    result = run_python(f"import sys, semigen; print({optional} & set(sys.modules))")
    assert result.stdout == "set()\n", result.stderr


def test_a_deep_model_without_torch_says_what_to_install():
    result = run_python("import sys; sys.modules['torch'] = None\nimport semigen; semigen.SemiSupervisedVAE")
    assert "ImportError" in result.stderr
    assert 'pip install "semigen[deep]"' in result.stderr


HIDING = """
import importlib.abc, sys
class Hiding(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {hidden}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hiding())
"""
NO_TORCH = {
    "not found": HIDING.format(hidden=["torch"]),
    "nothing optional": HIDING.format(hidden=["torch", "polars", "matplotlib", "pandas", "typer"]),
}


@pytest.mark.parametrize("missing", NO_TORCH)
def test_everything_is_imported_by_a_star_that_can_be_without_torch(missing):
    script = """
from semigen import *
print(SemiSupervisedGMM.__name__, recommend.__name__, "SemiSupervisedVAE" in globals())
"""
    result = run_python(NO_TORCH[missing] + script)
    assert result.stdout == "SemiSupervisedGMM recommend False\n", result.stderr


def test_the_environment_variable_forces_an_instruction_set():
    for name in _core.instruction_sets():
        result = run_python("from semigen import _core; print(_core.instruction_set())", SEMIGEN_INSTRUCTIONS=name)
        assert result.stdout == f"{name}\n", result.stderr


def test_an_instruction_set_that_is_not_there_is_an_import_error_that_lists_those_that_are():
    result = run_python("import semigen", SEMIGEN_INSTRUCTIONS="avx1024")
    assert result.returncode != 0
    assert "ImportError" in result.stderr
    assert all(name in result.stderr for name in ["avx1024", "SEMIGEN_INSTRUCTIONS", *_core.instruction_sets()])
    with pytest.raises(ValueError, match="baseline"):
        _core.use_instruction_set("avx1024")


def test_the_build_can_describe_itself(capsys):
    semigen.show_config()
    printed = capsys.readouterr().out
    assert semigen.__version__ in printed
    for name in ("compiler", "instruction set", "OpenMP", "threads", "BLAS"):
        assert config()[name] in printed
    assert "LP64" in config()["BLAS"]


def test_public_names_are_those_listed():
    assert set(semigen.__all__) <= set(dir(semigen))


def test_type_checkers_are_told_of_the_public_names_and_no_others():
    """`semigen._PUBLIC` is the table of public names; the imports for type checkers repeat it."""
    tree = ast.parse(Path(semigen.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    told = {name.name for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert told == set(semigen._PUBLIC)
