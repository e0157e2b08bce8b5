/* WASI: arguments, environment, one readable directory, captured output, exit codes. */
#include "test.h"

static VM_Engine *engine;

static VM_Wasi *new_wasi(const char *const *arguments, size_t count)
{
    VM_Wasi *wasi = NULL;
    NEED(VM_WasiCreate(&wasi, &error));
    NEED(VM_WasiSetArguments(wasi, arguments, count, &error));
    NEED(VM_WasiCaptureOutput(wasi, &error));
    NEED(VM_WasiCaptureStream(wasi, VM_WASI_STDERR, 0, &error));
    return wasi;
}

static bool is(VM_Bytes found, const char *text, size_t size)
{
    if (found.size == size && memcmp(found.data, text, size) == 0)
        return true;
    fprintf(stderr, "found %d bytes: %.*s\n", (int)found.size, (int)found.size, (const char *)found.data);
    return false;
}

/* The guest can access only what the host grants. */
static void world(void)
{
    const char *arguments[] = { "command", "", "\xc3\xbc" };
    /* 69: a read-only file system; 63: not permitted. */
    static const char output[] = "command\0\0\xc3\xbc\0NAME=value\0EMPTY=\0" "00 \0asm" "69 63 ";
    VM_Wasi *wasi = new_wasi(arguments, 3);
    VM_Context *context = new_context(engine);
    int32_t code = -1;
    CHECK_OK(VM_WasiAddEnvironment(wasi, "NAME", "other", &error));
    CHECK_OK(VM_WasiAddEnvironment(wasi, "NAME", "value", &error));
    CHECK_OK(VM_WasiAddEnvironment(wasi, "EMPTY", "", &error));
    CHECK_OK(VM_WasiAddDirectory(wasi, LIBVM_TEST_DATA, "/data", VM_WASI_READ, &error));
    CHECK_OK(VM_ContextRegisterWasi(context, wasi, &error));
    CHECK_OK(VM_ContextRunWasiFromFile(context, GUEST("wasi_command"), &code, &error));
    CHECK_INT(code, 0);
    CHECK(is(VM_WasiGetOutput(wasi), output, sizeof output - 1));
    CHECK(is(VM_WasiGetCaptured(wasi, VM_WASI_STDERR), "to stderr\n", 10));
    CHECK(!VM_WasiIsTruncated(wasi, VM_WASI_STDOUT));
    VM_ContextDelete(context);
    VM_WasiDelete(wasi);
}

/* Runs a guest that calls proc_exit, from a file and from a buffer; returns the status of both. */
static VM_Status leaves(const char *said, int32_t *code)
{
    const char *arguments[] = { "exit", said };
    VM_Wasi *wasi = new_wasi(arguments, said ? 2 : 1);
    VM_Context *context = new_context(engine);
    size_t size;
    uint8_t *bytes = read_file(GUEST("wasi_exit"), &size);
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    VM_WasiDelete(wasi);
    forget_error();
    VM_Status first = VM_ContextRunWasiFromFile(context, GUEST("wasi_exit"), NULL, NULL);
    VM_Status second = VM_ContextRunWasiFromBuffer(context, bytes, size, code, &error);
    CHECK_INT(first, second);
    free(bytes);
    VM_ContextDelete(context);
    return second;
}

static void exit_codes(void)
{
    const int32_t codes[] = { 0, 1, 125, 126, 127, 128, 255 };
    char text[12];
    int32_t code;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        code = -1;
        snprintf(text, sizeof text, "%d", (int)codes[i]);
        CHECK_INT(leaves(text, &code), VM_STATUS_OK);
        CHECK_INT(code, codes[i]);
        CHECK(error == NULL);
    }
    code = -1;
    CHECK_INT(leaves(NULL, &code), VM_STATUS_OK);
    CHECK_INT(code, 0);
    code = -1;
    CHECK_INT(leaves("trap", &code), VM_STATUS_TRAP);
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_UNREACHABLE);
    CHECK_INT(VM_ErrorGetExitCode(error), -1);
    CHECK_INT(code, -1);
}

/* If _start is called as any other export, proc_exit is a failure with the exit code. */
static void exit_as_an_error(void)
{
    const char *arguments[] = { "exit", "126" };
    VM_Wasi *wasi = new_wasi(arguments, 2);
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    instantiate(engine, context, GUEST("wasi_exit"));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "_start", NO_VALUES, NO_VALUES, &error), VM_STATUS_EXIT,
                 "the guest exited with code 126");
    CHECK_INT(VM_ErrorGetExitCode(error), 126);
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_NONE);
    VM_ContextDelete(context);
    VM_WasiDelete(wasi);
}

static void refused(void)
{
    VM_Wasi *wasi = new_wasi(NULL, 0);
    VM_Context *context = new_context(engine);
    int32_t code = -1;
    CHECK_STATUS(VM_ContextRunWasiFromFile(context, GUEST("wasi_exit"), &code, &error), VM_STATUS_UNRESOLVED_IMPORT,
                 "WASI is not registered in this context (VM_ContextRegisterWasi)");
    CHECK_OK(VM_ContextRegisterWasi(context, wasi, &error));
    CHECK_STATUS(VM_ContextRegisterWasi(context, wasi, &error), VM_STATUS_ALREADY_EXISTS,
                 "WASI is already registered in this context");
    CHECK_STATUS(VM_ContextRunWasiFromFile(context, GUEST("exports"), &code, &error), VM_STATUS_NOT_FOUND,
                 "the module has no exported function `_start`");
    CHECK_STATUS(VM_ContextRunWasiFromFile(context, "no/such.wasm", &code, &error), VM_STATUS_FILE_NOT_FOUND, "no/such.wasm");
    CHECK_INT(code, -1);

    CHECK_STATUS(VM_WasiAddEnvironment(wasi, "A=B", "", &error), VM_STATUS_INVALID_ARGUMENT,
                 "\"A=B\" cannot be the name of an environment variable");
    CHECK_STATUS(VM_WasiAddEnvironment(wasi, "", "", &error), VM_STATUS_INVALID_ARGUMENT, "must not be empty");
    CHECK_STATUS(VM_WasiAddDirectory(wasi, "no/such/directory", "/", VM_WASI_READ, &error), VM_STATUS_FILE_NOT_FOUND,
                 "no/such/directory");
    CHECK_STATUS(VM_WasiAddDirectory(wasi, ".", "/", 0, &error), VM_STATUS_INVALID_ARGUMENT, NULL);
    CHECK_STATUS(VM_WasiAddDirectory(wasi, ".", "/", 4, &error), VM_STATUS_INVALID_ARGUMENT, NULL);
    CHECK_STATUS(VM_WasiDiscardStream(wasi, 3, &error), VM_STATUS_INVALID_ARGUMENT,
                 "3 is not an output stream; use VM_WASI_STDOUT or VM_WASI_STDERR");
    VM_ContextDelete(context);
    VM_WasiDelete(wasi);
}

int main(void)
{
    engine = new_engine();
    world();
    exit_codes();
    exit_as_an_error();
    refused();
    VM_EngineDelete(engine);
    return finish();
}
