"""The hygiene of the code itself: layers, headers without Python, nothing shipped that should not be."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "semigen"
TESTS = ROOT / "tests"
HEADERS = sorted((ROOT / "csrc" / "include").rglob("*.hpp"))


def imports_of(path: Path) -> set[str]:
    return imports_of_tree(ast.parse(path.read_text()))


def imports_of_tree(tree: ast.AST) -> set[str]:
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module)
            modules.update(f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            modules.update(name.name for name in node.names)
    return modules


def imports_at_the_top_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return imports_of_tree(
        ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])
    )


def runtime_imports_of(path: Path) -> set[str]:
    """Imports outside `if TYPE_CHECKING`."""
    tree = ast.parse(path.read_text())
    kept = [node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))]
    return imports_of_tree(ast.Module(kept, []))


MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
FOLDERS = sorted(name for name, path in MODULES.items() if path.stem == "__init__")


def neighbours_imported(folder: str) -> dict[str, set[str]]:
    """For each module or folder in a folder, those beside it that it imports; a folder stands for all it holds."""
    found: dict[str, set[str]] = {}
    for name, path in MODULES.items():
        if not name.startswith(f"{folder}."):
            continue
        own = name.removeprefix(f"{folder}.").partition(".")[0]
        modules = {imported for imported in runtime_imports_of(path) if imported in MODULES}
        beside = {
            imported.removeprefix(f"{folder}.").partition(".")[0]
            for imported in modules
            if imported.startswith(f"{folder}.")
        }
        found.setdefault(own, set()).update(beside - {own})
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_import_only_points_down(folder):
    """Within every folder its modules and folders can be put in an order in which nothing imports what comes later."""
    try:
        TopologicalSorter(neighbours_imported(folder)).prepare()
    except CycleError as error:
        pytest.fail(f"{folder}: {' -> '.join(reversed(error.args[1]))}")


def test_displays_load_matplotlib_only_to_draw_and_know_no_model_but_the_table_of_families():
    of_families = ("semigen.mixture.families", "semigen.mixture.families.FAMILIES")
    for path in (PACKAGE / "display").rglob("*.py"):
        known = runtime_imports_of(path) - set(of_families)
        assert not any(name.startswith(("semigen.mixture", "semigen.deep")) for name in known), path
        assert not any(name.startswith("matplotlib") for name in imports_at_the_top_of(path)), path


def test_only_modules_for_files_need_polars():
    of_files = {"delimited", "target", "files", "frames", "chunks", "sample", "appending"}
    for path in (PACKAGE / "tables").glob("*.py"):
        assert path.stem in of_files or "polars" not in imports_at_the_top_of(path), path


def test_the_root_of_the_package_has_at_most_eight_modules():
    assert len(list(PACKAGE.glob("*.py"))) <= 8


# Modules of one name are one thing seen from several folders; any other pair is confused in imports and in searches.
DEEP_MODEL = "one deep model: its estimator, networks, objective, and what recommend says of it"
DISTRIBUTION = "one distribution: of a deep model's outputs, of a block of a mixture, and the columns that are of it"
ONE_THING_IN_SEVERAL_FOLDERS = {
    "flow": (DEEP_MODEL, {"deep/estimators", "deep/models", "deep/objectives", "recommendation/candidates"}),
    "gan": (DEEP_MODEL, {"deep/estimators", "deep/models", "deep/objectives", "recommendation/candidates"}),
    "vae": (DEEP_MODEL, {"deep/estimators", "recommendation/candidates"}),
    "auxiliary_vae": (DEEP_MODEL, {"deep/estimators", "deep/models", "deep/objectives"}),
    "stacked_vae": (DEEP_MODEL, {"deep/estimators", "deep/models", "deep/objectives"}),
    "m1": (DEEP_MODEL, {"deep/models", "deep/objectives"}),
    "m2": (DEEP_MODEL, {"deep/models", "deep/objectives"}),
    "semi_supervised": ("the base of these models, and its objective", {"deep/models", "deep/objectives"}),
    "gaussian": (DISTRIBUTION, {"deep/likelihoods", "mixture/mixed/column_kinds"}),
    "categorical": (DISTRIBUTION, {"deep/likelihoods", "mixture/blocks", "mixture/mixed/column_kinds"}),
    "counts": (DISTRIBUTION, {"mixture/blocks", "mixture/mixed/column_kinds"}),
    "words": (DISTRIBUTION, {"mixture/blocks", "mixture/mixed/column_kinds"}),
    "negative_binomial": (DISTRIBUTION, {"deep/likelihoods", "mixture/blocks"}),
    "poisson": (DISTRIBUTION, {"deep/likelihoods", "mixture/blocks"}),
    "ensemble": ("SemiSupervisedEnsemble, and what recommend says of it", {"compose", "recommendation/candidates"}),
    "estimator": ("the estimator that a folder is about", {"mixture", "mixture/cv", "mixture/mixed"}),
    "guard": ("the guard against unlabelled rows that harm, of a mixture and of many", {"mixture", "mixture/cv"}),
    "more_labels": ("whether more labels would help, and its sentences", {"model_selection", "recommendation/text"}),
}


def test_modules_share_a_name_only_where_they_are_one_thing_in_several_folders():
    folders: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        folders.setdefault(path.stem, set()).add(path.parent.relative_to(PACKAGE).as_posix())
    shared = {name: found for name, found in folders.items() if len(found) > 1 and not name.startswith("__")}
    assert shared == {name: listed for name, (_, listed) in ONE_THING_IN_SEVERAL_FOLDERS.items()}


def test_no_module_and_no_file_of_tests_is_longer_than_400_lines():
    for path in [*PACKAGE.rglob("*.py"), *TESTS.rglob("*.py")]:
        assert len(path.read_text().splitlines()) <= 400, path


def test_every_folder_of_tests_but_fuzz_mirrors_a_folder_of_the_package():
    """The tests of a private folder of the root, such as _runtime, have its name without the underscore."""
    folders = {path.parent.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.py")} - {"fuzz"}
    for folder in folders:
        assert (PACKAGE / folder).is_dir() or (PACKAGE / f"_{folder}").is_dir(), folder


def test_networks_and_objectives_know_no_trainer():
    for folder in ("models", "objectives", "likelihoods"):
        for path in (PACKAGE / "deep" / folder).glob("*.py"):
            assert not any(name.startswith("semigen.deep.training") for name in imports_of(path)), path


def test_mathematics_and_rows_know_no_estimator():
    for folder in ("gaussian", "rows", "families"):
        for path in (PACKAGE / "mixture" / folder).glob("*.py"):
            assert not any(name.startswith(("semigen.base", "sklearn.base")) for name in imports_of(path)), path


def test_reports_and_tables_know_nothing_of_the_command_line():
    for path in [*(PACKAGE / "tables").glob("*.py"), *(PACKAGE / "report").glob("*.py")]:
        known = imports_of(path)
        assert not any(name.startswith(("semigen.cli", "typer", "rich")) for name in known), path


def test_the_command_prints_through_its_console_only():
    """Which makes what it prints legible; rich and typer print what a terminal obeys."""
    for path in (PACKAGE / "cli").rglob("*.py"):
        if path.stem in ("__init__", "console", "styled"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in ("print", "typer.echo", "typer.secho", "Console.print"), path
        imported = imports_of(path)
        assert not imported & {"sys", "logging", "rich.console", "rich.status", "rich", "click"}, path


@pytest.mark.parametrize("header", HEADERS, ids=lambda path: path.name)
def test_the_mathematics_has_no_python_header(header):
    assert not re.search(r"#include\s*[<\"](Python|pybind11|numpy)", header.read_text())


@pytest.mark.parametrize("header", HEADERS, ids=lambda path: path.name)
def test_a_header_says_what_it_is_for_in_its_first_line(header):
    assert header.read_text().startswith("// ")


def test_nothing_shipped_reorders_arithmetic_or_is_built_for_this_machine_only():
    for path in [ROOT / "CMakeLists.txt", ROOT / "csrc" / "CMakeLists.txt", ROOT / "pyproject.toml"]:
        assert not re.search(r"-ffast-math|-Ofast|-march=native", path.read_text())


def test_nothing_read_from_disk_can_execute():
    for path in PACKAGE.rglob("*.py"):
        assert not imports_of(path) & {"pickle", "joblib", "marshal", "shelve", "dill"}, path
        assert not re.search(r"\b(eval|exec)\(|torch\.load", path.read_text()), path


def test_what_files_hold_knows_no_model():
    leaves = ("semigen._version", "semigen._files", "semigen._legible", "semigen.persistence")
    for path in (PACKAGE / "persistence").glob("*.py"):
        known = {name for name in imports_of(path) if name.startswith("semigen.")}
        assert all(name.startswith(leaves) for name in known), path


def test_every_module_has_a_docstring():
    for path in PACKAGE.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path


def test_the_stub_of_the_core_names_what_the_core_has():
    from semigen import _core

    stub = ast.parse((PACKAGE / "_core.pyi").read_text())
    declared = {node.name for node in stub.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    declared |= {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}
    assert declared == {name for name in vars(_core) if not name.startswith("__")}
