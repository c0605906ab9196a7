"""The hygiene of the code itself: layers, headers without Python, nothing shipped that should not be."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "semigen"
HEADERS = sorted((ROOT / "csrc" / "include").rglob("*.hpp"))

# What each module of the mixture may import of its neighbours: an import only ever points down.
LAYERS = [
    {"grouping", "kmeans", "missing", "parameters"},
    {"coordinates"},
    {"imputation", "priors", "rows", "sampling"},
    {"em", "fitted"},
    {"geometry", "pessimistic"},
    {"quasi_newton"},
    {"problem"},
    {"placement", "progress", "twin"},
    {"initialization", "options", "units"},
    {"components"},
    {"fitting", "guard"},
    {"estimator"},
]


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


def runtime_imports_of(path: Path) -> set[str]:
    """Imports outside `if TYPE_CHECKING`."""
    tree = ast.parse(path.read_text())
    kept = [node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))]
    return imports_of_tree(ast.Module(kept, []))


def test_modules_of_the_mixture_import_only_from_layers_below():
    level = {name: i for i, names in enumerate(LAYERS) for name in names}
    found = {path.stem for path in (PACKAGE / "mixture").glob("*.py")} - {"__init__"}
    assert found == set(level), "name every module's layer"
    for name in found:
        for imported in imports_of(PACKAGE / "mixture" / f"{name}.py"):
            match = re.fullmatch(r"semigen\.mixture\.(\w+)", imported)
            if match and match[1] in level:
                assert level[match[1]] < level[name], f"{name} imports {match[1]}"


# The same for the deep models; a package stands for all of its modules.
DEEP_LAYERS = [
    {"distributions", "networks", "enumeration", "mapped", "parameters", "pictures", "device", "steps"},
    {"likelihoods", "invertible", "dequantisation", "latent_start"},
    {"splines", "starting_answers"},
    {"columns", "objectives", "training"},
    {"models", "saving", "calibration"},
    {"estimator"},
    {"classifier", "transformer", "flow_map"},
    {"generative", "gan", "features", "flow_features"},
    {"variational", "flow"},
    {"semi_supervised", "stacked", "auxiliary"},
]


def test_modules_of_the_deep_models_import_only_from_layers_below():
    level = {name: i for i, names in enumerate(DEEP_LAYERS) for name in names}
    root = PACKAGE / "deep"
    found = {path.relative_to(root).parts[0].removesuffix(".py") for path in root.rglob("*.py")} - {"__init__"}
    assert found == set(level), "name every module's layer"
    for path in root.rglob("*.py"):
        name = path.relative_to(root).parts[0].removesuffix(".py")
        for imported in runtime_imports_of(path):
            match = re.match(r"semigen\.deep\.(\w+)", imported)
            if name != "__init__" and match and match[1] in level and match[1] != name:
                assert level[match[1]] < level[name], f"{path.relative_to(root)} imports {match[1]}"


# And for what recommends a classifier.
RECOMMENDATION_LAYERS = [
    {"average", "choice", "pace", "result", "rows", "spreading"},
    {"candidates", "words"},
    {"judging"},
    {"race"},
    {"situations"},
    {"summary"},
    {"procedure"},
]


def test_modules_of_the_recommendation_import_only_from_layers_below():
    level = {name: i for i, names in enumerate(RECOMMENDATION_LAYERS) for name in names}
    found = {path.stem for path in (PACKAGE / "recommendation").glob("*.py")} - {"__init__"}
    assert found == set(level), "name every module's layer"
    for name in found:
        for imported in imports_of(PACKAGE / "recommendation" / f"{name}.py"):
            match = re.match(r"semigen\.recommendation\.(\w+)", imported)
            if match and match[1] in level and match[1] != name:
                assert level[match[1]] < level[name], f"{name} imports {match[1]}"


# The same for the pictures; nothing of them is imported by what they draw but for the sheets of images of deep models.
DISPLAY_LAYERS = [
    {"inputs", "names", "plane", "style"},
    {"image_sheet", "naming", "options", "points"},
    {"line_panels"},
    {"calibration", "curve", "ellipses", "history", "latent", "recommendation", "regions", "samples"},
]


def test_displays_import_only_from_layers_below_and_no_matplotlib_before_they_draw():
    level = {name: i for i, names in enumerate(DISPLAY_LAYERS) for name in names}
    found = {path.stem for path in (PACKAGE / "display").glob("*.py")} - {"__init__"}
    assert found == set(level), "name every module's layer"
    for name in found:
        path = PACKAGE / "display" / f"{name}.py"
        for imported in runtime_imports_of(path):
            match = re.match(r"semigen\.display\.(\w+)", imported)
            assert not match or level[match[1]] < level[name], f"{name} imports {match[1]}"
            assert not imported.startswith(("semigen.mixture", "semigen.deep", "semigen.commands")), imported
        at_the_top = imports_of_tree(
            ast.Module(
                [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)], []
            )
        )
        assert not any(imported.startswith("matplotlib") for imported in at_the_top), name


def test_networks_and_objectives_know_no_trainer():
    for folder in ("models", "objectives", "likelihoods"):
        for path in (PACKAGE / "deep" / folder).glob("*.py"):
            assert not any(name.startswith("semigen.deep.training") for name in imports_of(path)), path


def test_learning_and_mathematics_know_nothing_of_the_estimator_or_the_command():
    for path in (PACKAGE / "mixture").glob("*.py"):
        if path.stem not in ("estimator", "fitted", "fitting", "guard", "__init__"):
            assert not any(
                name.startswith(("semigen.base", "semigen.cli", "semigen.commands")) for name in imports_of(path)
            )


def test_reports_and_tables_know_nothing_of_the_command_line():
    for path in [*(PACKAGE / "tables").glob("*.py"), *(PACKAGE / "report").glob("*.py")]:
        known = imports_of(path)
        assert not any(name.startswith(("semigen.commands", "semigen.cli", "typer", "rich")) for name in known), path


# And for tables: polars is an extra, which only those of the last layers need before a frame of polars is seen.
TABLE_LAYERS = [
    {"errors", "units", "words"},
    {"kinds", "cells", "readings"},
    {"dates", "numbers", "sentences", "text"},
    {"codes", "durations"},
    {"values"},
    {"declare"},
    {"encoder"},
    {"delimited", "target"},
    {"files", "frames"},
    {"reading"},
]


def test_modules_of_tables_import_only_from_layers_below_and_those_of_frames_need_no_polars():
    level = {name: i for i, names in enumerate(TABLE_LAYERS) for name in names}
    found = {path.stem for path in (PACKAGE / "tables").glob("*.py")} - {"__init__"}
    assert found == set(level), "name every module's layer"
    for name in found:
        path = PACKAGE / "tables" / f"{name}.py"
        for imported in runtime_imports_of(path):
            match = re.match(r"semigen\.tables\.(\w+)", imported)
            assert not match or match[1] not in level or level[match[1]] < level[name], f"{name} imports {match[1]}"
        if level[name] <= level["encoder"] or name == "reading":
            tree = ast.parse(path.read_text())
            at_the_top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
            assert "polars" not in imports_of_tree(ast.Module(at_the_top, [])), path


def test_the_command_prints_through_its_console_only():
    """Which makes what it prints legible; rich and typer print what a terminal obeys."""
    for path in (PACKAGE / "commands").glob("*.py"):
        if path.stem in ("console", "styled"):
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
    leaves = ("semigen._version", "semigen.files", "semigen.legible", "semigen.persistence")
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
