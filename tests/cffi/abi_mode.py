"""Reads the preprocessed header with cffi as it is, and calls the library through it.

python abi_mode.py PREPROCESSED_HEADER LIBRARY WASM

The header is the output of `cc -E -std=c99 -DVM_NO_INLINE libvm.h`, of which the lines of standard headers are left out by their
line markers; nothing else is changed. WASM exports `sum`, and imports `calc.add` and `host.print`.
"""

import re
import sys

import cffi


def declarations(path):
    """The lines that come from libvm's own headers."""
    kept, own = [], False
    with open(path, encoding="utf-8") as file:
        for line in file:
            marker = re.match(r'# \d+ "(.*?)"', line)
            if marker:
                own = re.search(r"(^|/)libvm(\.h|/[a-z]+\.h)$", marker.group(1)) is not None
            elif own:
                kept.append(line)
    return "".join(kept)


def main():
    header, library, wasm = sys.argv[1:]
    ffi = cffi.FFI()
    ffi.cdef(declarations(header))
    vm = ffi.dlopen(library)

    # Every function that is declared is there.
    functions = [name for name in dir(vm) if name.startswith("VM_") and isinstance(getattr(vm, name), ffi.CData)]
    assert len(functions) > 150, len(functions)
    assert vm.VM_STATUS_NULL_ARGUMENT == -100
    assert ffi.sizeof("VM_Value") == 24

    error = ffi.new("VM_Error **")

    def check(status):
        assert status == 0, ffi.string(vm.VM_ErrorGetMessage(error[0])).decode()

    def create(type_name, function, *arguments):
        made = ffi.new(type_name + " **")
        check(function(*arguments, made, error))
        return made[0]

    def set_i32(value, number):
        # Without a compiler, libffi returns no union by value: VM_ValueI32 is for those who have one.
        value.type, value.of.i32 = vm.VM_VALTYPE_I32, number

    said = []

    @ffi.callback("VM_Status(void *, VM_Caller *, const VM_Value *, VM_Value *)")
    def output(_user, _caller, args, _results):
        said.append(args[0].of.i32)
        return 0

    @ffi.callback("VM_Status(void *, VM_Caller *, const VM_Value *, VM_Value *)")
    def add(_user, _caller, args, results):
        set_i32(results[0], args[0].of.i32 + args[1].of.i32)
        return 0

    engine = create("VM_Engine", vm.VM_EngineCreate, ffi.NULL)
    context = create("VM_Context", vm.VM_ContextCreate, engine, ffi.NULL)
    for module_name, name, signature, function in [(b"host", b"print", b"(i)", output), (b"calc", b"add", b"(ii)i", add)]:
        module = create("VM_HostModule", vm.VM_HostModuleCreate, module_name)
        check(vm.VM_HostModuleAddFunction(module, name, signature, function, ffi.NULL, ffi.NULL, error))
        check(vm.VM_ContextRegisterModule(context, module, error))
        vm.VM_HostModuleDelete(module)
    args = ffi.new("VM_Value[2]")
    set_i32(args[0], 20)
    set_i32(args[1], 22)
    result = ffi.new("VM_Value *")
    check(vm.VM_ContextRunWasmFromFile(context, wasm.encode(), b"sum", args, 2, result, 1, error))
    assert (result.of.i32, said) == (42, [42]), (result.of.i32, said)

    # A failure is a status and a message.
    status = vm.VM_ContextRunWasmFromFile(context, b"nowhere.wasm", b"sum", args, 2, result, 1, error)
    assert status == vm.VM_STATUS_FILE_NOT_FOUND, status
    assert b"nowhere.wasm" in ffi.string(vm.VM_ErrorGetMessage(error[0]))
    vm.VM_ErrorDelete(error[0])
    vm.VM_ContextDelete(context)
    vm.VM_EngineDelete(engine)
    print(f"{len(functions)} functions, sum is {result.of.i32}")


main()
