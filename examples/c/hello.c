/*
 * Runs a function that a WebAssembly module exports.
 *
 *     cc hello.c -o hello $(pkg-config --cflags --libs libvm)
 *     wat2wasm hello.wat && ./hello hello.wasm
 *
 * An engine compiles modules, a context contains their instances, and an error describes a failure. Each call that can fail
 * returns VM_STATUS_OK, which is 0, or a failure: calls joined with `!` and `&&` stop at the first failure.
 */
#include <libvm.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_Error *error = NULL;
    VM_Value args[] = { VM_ValueI32(6), VM_ValueI32(7) }, result;
    int failed = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: %s WASM\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ContextCreate(engine, NULL, &vm, &error) &&
        !VM_ContextRunWasmFromFile(vm, argv[1], "multiply", args, 2, &result, 1, &error)) {
        printf("libvm %s: 6 times 7 is %d\n", VM_VersionGetString(), result.of.i32);
        failed = 0;
    } else {
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));
    }
    VM_ErrorDelete(error); /* deleting NULL has no effect; the order does not matter */
    VM_ContextDelete(vm);
    VM_EngineDelete(engine);
    return failed;
}
