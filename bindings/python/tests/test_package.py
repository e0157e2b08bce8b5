"""The package itself: its modules, and libraries that it cannot use."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import libvm
from libvm._native import lib

PACKAGE = Path(libvm.__file__).parent


def test_no_module_imports_itself_by_others() -> None:
    imports = {
        path.stem: set(re.findall(r"^\s*from \.(\w+) import", path.read_text(), re.MULTILINE))
        for path in PACKAGE.glob("*.py")
        if path.stem != "__init__"
    }
    assert len(imports) > 20

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            for name in imports.get(todo.pop(), set()) - seen:
                seen.add(name)
                todo.append(name)
        return seen

    assert [name for name in imports if name in reached(name)] == []


def test_each_name_of_the_package_is_listed() -> None:
    text = (PACKAGE / "__init__.py").read_text()
    imported = [name.asname or name.name for node in ast.parse(text).body if isinstance(node, ast.ImportFrom) for name in node.names]
    assert sorted(name for name in imported if name != "_library") == libvm.__all__


def imported_with(folder: Path, **environment: str) -> str:
    """What `import libvm` says with another library."""
    command = [sys.executable, "-c", "import libvm"]
    ran = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1, ran.stderr
    return ran.stderr.strip().splitlines()[-1]


def library(folder: Path, version: str, functions: list[str]) -> None:
    """A library of another version with these functions."""
    major, minor, patch = version.split(".")
    lines = [f"void {name}(void) {{}}" for name in functions if not name.startswith("VM_Version")]
    lines.append(f'const char *VM_VersionGetString(void) {{ return "{version}"; }}')
    lines.append(f"unsigned VM_VersionGetNumber(void) {{ return {major} * 1000000 + {minor} * 1000 + {patch}; }}")
    (folder / "other.c").write_text("\n".join(lines))
    name = "libvm.so." + ".".join(libvm.version().split(".")[:2])
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-w", "other.c", "-o", name], cwd=folder, check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="libraries of Linux")
def test_libraries_of_other_versions_are_named(tmp_path: Path) -> None:
    expected = f"ImportError: the package libvm {libvm.version()} cannot use the library libvm "
    advice = ": remove that library from LD_LIBRARY_PATH and LD_PRELOAD, or install the package again (pip install --force-reinstall)"
    library(tmp_path, "0.5.2", [])
    assert imported_with(tmp_path, LD_LIBRARY_PATH=str(tmp_path)) == expected + "0.5.2" + advice
    library(tmp_path, "0.99.1", [name for name in dir(lib) if re.fullmatch(r"VM_[A-Z]\w+[a-z]\w*", name)])
    assert imported_with(tmp_path, LD_LIBRARY_PATH=str(tmp_path)) == expected + "0.99.1" + advice
    copied = tmp_path / "alone"
    shutil.copytree(PACKAGE, copied / "libvm", ignore=shutil.ignore_patterns("libvm.so*", "__pycache__"))
    told = imported_with(copied, PYTHONPATH=str(copied))
    assert f"the package libvm {libvm.version()} does not contain its library libvm.so." in told and "install it again" in told
