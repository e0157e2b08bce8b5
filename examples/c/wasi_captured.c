/*
 * Runs a WASI program with arguments, one read-only directory, and captured output.
 *
 *     cc wasi_captured.c -o wasi_captured $(pkg-config --cflags --libs libvm)
 *     wat2wasm cat.wat && ./wasi_captured cat.wasm greeting.txt
 *
 * The program can access only the current directory, as /data, for reading.
 */
#include <libvm.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_Wasi *wasi = NULL;
    VM_Error *error = NULL;
    int32_t exit_code = 2;

    if (argc < 2) {
        fprintf(stderr, "usage: %s WASM [ARGUMENT...]\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ContextCreate(engine, NULL, &vm, &error) &&
        !VM_WasiCreate(&wasi, &error) && !VM_WasiSetArguments(wasi, (const char *const *)argv + 1, (size_t)argc - 1, &error) &&
        !VM_WasiAddDirectory(wasi, ".", "/data", VM_WASI_READ, &error) && !VM_WasiCaptureOutput(wasi, &error) &&
        !VM_ContextRegisterWasi(vm, wasi, &error) && !VM_ContextRunWasiFromFile(vm, argv[1], &exit_code, &error)) {
        VM_Bytes output = VM_WasiGetOutput(wasi);
        printf("exit code %d, %zu bytes: %.*s\n", exit_code, output.size, (int)output.size, (const char *)output.data);
    } else {
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
    }
    VM_ErrorDelete(error);
    VM_WasiDelete(wasi);
    VM_ContextDelete(vm);
    VM_EngineDelete(engine);
    return exit_code;
}
