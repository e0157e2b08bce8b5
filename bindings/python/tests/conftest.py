"""What the tests share: an engine, a context, and a plug-in in C."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import libvm

ROOT = Path(__file__).resolve().parents[3]

CALC = r"""
#include <libvm/plugin.h>
static VM_Status add(void *i, VM_Caller *c, const VM_Value *args, VM_Value *results)
{
    (void)i; (void)c;
    results[0] = VM_ValueI32(args[0].of.i32 + args[1].of.i32);
    return VM_STATUS_OK;
}
static const VM_FunctionDescriptor functions[] = { VM_FUNCTION("add", "(ii)i", add) };
static const VM_ModuleDescriptor modules[] = { VM_MODULE("calc", functions) };
VM_PLUGIN("calc", "1.2.0", "Adds numbers", modules);
"""


@pytest.fixture(scope="session")
def calc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a plug-in."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "calc.c").write_text(CALC)
    command = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-fvisibility=hidden", f"-I{ROOT / 'include'}", "calc.c", "-o", "calc.so"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "calc.so"


@pytest.fixture(scope="session")
def engine() -> libvm.Engine:
    return libvm.Engine()


@pytest.fixture(scope="session")
def interruptible() -> libvm.Engine:
    return libvm.Engine(interruptible=True)


@pytest.fixture
def vm(engine: libvm.Engine) -> Iterator[libvm.Context]:
    with libvm.Context(engine) as context:
        yield context
