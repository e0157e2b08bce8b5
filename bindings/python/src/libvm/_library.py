"""Loads the extension module, and says in one line what is wrong if the library that is found is not the one that it was compiled for."""

from __future__ import annotations

import ctypes
import importlib.metadata
import sys


def _name(version: str) -> str:
    minor = ".".join(version.split(".")[:2])
    return f"libvm.{minor}.dylib" if sys.platform == "darwin" else f"libvm.so.{minor}"


def _message(package: str, library: str) -> str:
    return (
        f"the package libvm {package} cannot use the library libvm {library}: remove that library from LD_LIBRARY_PATH and LD_PRELOAD, "
        "or install the package again (pip install --force-reinstall)"
    )


def _found() -> str | None:
    """The version of the library that the loader finds; None if it finds none."""
    try:
        library = ctypes.CDLL(_name(importlib.metadata.version("libvm")))
        library.VM_VersionGetString.restype = ctypes.c_char_p
        return str(library.VM_VersionGetString().decode())
    except AttributeError:
        return "of an unknown version"
    except OSError:
        return None


def _explained(failure: ImportError) -> ImportError:
    package = importlib.metadata.version("libvm")
    if "undefined symbol" in str(failure) or "Symbol not found" in str(failure):
        return ImportError(_message(package, _found() or "that was found"))
    if _name(package) in str(failure):
        return ImportError(f"the package libvm {package} does not contain its library {_name(package)}: install it again: {failure}")
    return failure


def load() -> None:
    """Imports the extension module."""
    try:
        from ._native import ffi, lib
    except ImportError as failure:
        raise _explained(failure) from failure
    number = lib.vmpy_header_version()
    if lib.VM_VersionGetNumber() // 1000 != number // 1000:
        version = f"{number // 1000000}.{number // 1000 % 1000}.{number % 1000}"
        raise ImportError(_message(version, ffi.string(lib.VM_VersionGetString()).decode()))


load()
