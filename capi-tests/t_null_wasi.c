/* NULL and bad UTF-8 for WASI. */
#include "null.h"

static atomic_int freed;

static VM_Status VM_CALL read_nothing(void *user, uint8_t *data, size_t size, size_t *count)
{
    (void)user;
    (void)data;
    (void)size;
    (void)count;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL write_nothing(void *user, const uint8_t *data, size_t size, size_t *count)
{
    (void)user;
    (void)data;
    (void)size;
    (void)count;
    return VM_STATUS_OK;
}

static void descriptions(VM_Wasi *wasi)
{
    const char *arguments[] = { "program", NULL, BAD_TEXT };
    IS_NULL(VM_WasiSetArguments(NULL, arguments, 1, &error), "wasi");
    IS_NULL(VM_WasiSetArguments(wasi, NULL, 1, &error), "arguments");
    IS_NULL(VM_WasiSetArguments(wasi, arguments, 2, &error), "an argument");
    IS_BAD_TEXT(VM_WasiSetArguments(wasi, arguments + 2, 1, &error), "an argument");
    CHECK_OK(VM_WasiSetArguments(wasi, NULL, 0, &error));
    IS_NULL(VM_WasiAddEnvironment(NULL, "NAME", "value", &error), "wasi");
    IS_NULL(VM_WasiAddEnvironment(wasi, NULL, "value", &error), "name");
    IS_NULL(VM_WasiAddEnvironment(wasi, "NAME", NULL, &error), "value");
    IS_BAD_TEXT(VM_WasiAddEnvironment(wasi, BAD_TEXT, "value", &error), "name");
    IS_BAD_TEXT(VM_WasiAddEnvironment(wasi, "NAME", BAD_TEXT, &error), "value");
    IS_NULL(VM_WasiInheritEnvironment(NULL, &error), "wasi");
    IS_NULL(VM_WasiAddDirectory(NULL, ".", "/", VM_WASI_READ, &error), "wasi");
    IS_NULL(VM_WasiAddDirectory(wasi, NULL, "/", VM_WASI_READ, &error), "host_path");
    IS_NULL(VM_WasiAddDirectory(wasi, ".", NULL, VM_WASI_READ, &error), "guest_path");
    IS_BAD_TEXT(VM_WasiAddDirectory(wasi, ".", BAD_TEXT, VM_WASI_READ, &error), "guest_path");
    IS_NULL(VM_WasiSetClock(NULL, 0, 1, &error), "wasi");
    IS_NULL(VM_WasiSetRandomSeed(NULL, 1, &error), "wasi");
    IS_NULL(VM_WasiSetMaySuspend(NULL, true, &error), "wasi");
    IS_NULL(VM_WasiNotify(NULL, VM_WASI_STDIN, &error), "wasi");
    CHECK_STATUS(VM_WasiNotify(wasi, 3, &error), VM_STATUS_INVALID_ARGUMENT, "3 is not a standard stream");
}

static void streams(VM_Wasi *wasi)
{
    const uint8_t byte = 1;
    IS_NULL(VM_WasiInheritInput(NULL, &error), "wasi");
    IS_NULL(VM_WasiSetInput(NULL, &byte, 1, &error), "wasi");
    IS_NULL(VM_WasiSetInput(wasi, NULL, 1, &error), "data");
    CHECK_OK(VM_WasiSetInput(wasi, NULL, 0, &error));
    IS_NULL(VM_WasiSetInputFile(NULL, "file", &error), "wasi");
    IS_NULL(VM_WasiSetInputFile(wasi, NULL, &error), "file");
    IS_NULL(VM_WasiSetInputCallback(NULL, read_nothing, &freed, count_free, &error), "wasi");
    IS_NULL(VM_WasiSetInputCallback(wasi, NULL, &freed, count_free, &error), "read");
    CHECK_INT(freed, 2);
    IS_NULL(VM_WasiInheritStream(NULL, VM_WASI_STDOUT, &error), "wasi");
    IS_NULL(VM_WasiDiscardStream(NULL, VM_WASI_STDOUT, &error), "wasi");
    IS_NULL(VM_WasiCaptureStream(NULL, VM_WASI_STDOUT, 0, &error), "wasi");
    IS_NULL(VM_WasiCaptureOutput(NULL, &error), "wasi");
    IS_NULL(VM_WasiSetStreamFile(NULL, VM_WASI_STDOUT, "file", &error), "wasi");
    IS_NULL(VM_WasiSetStreamFile(wasi, VM_WASI_STDOUT, NULL, &error), "file");
    IS_NULL(VM_WasiSetStreamCallback(NULL, VM_WASI_STDERR, write_nothing, &freed, count_free, &error), "wasi");
    IS_NULL(VM_WasiSetStreamCallback(wasi, VM_WASI_STDERR, NULL, &freed, count_free, &error), "write");
    CHECK_STATUS(VM_WasiSetStreamCallback(wasi, 0, write_nothing, &freed, count_free, &error), VM_STATUS_INVALID_ARGUMENT,
                 "0 is not an output stream; use VM_WASI_STDOUT or VM_WASI_STDERR");
    CHECK_INT(freed, 5);
    CHECK_INT(VM_WasiGetOutput(NULL).size, 0);
    CHECK_INT(VM_WasiGetCaptured(NULL, VM_WASI_STDERR).size, 0);
    CHECK(!VM_WasiIsTruncated(NULL, VM_WASI_STDOUT));
}

static void contexts(VM_Wasi *wasi)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    const uint8_t byte = 1;
    int32_t code = 3;
    IS_NULL(VM_ContextRegisterWasi(NULL, wasi, &error), "context");
    IS_NULL(VM_ContextRegisterWasi(context, NULL, &error), "wasi");
    IS_NULL(VM_ContextRunWasiFromFile(NULL, GUEST("caller"), &code, &error), "context");
    IS_NULL(VM_ContextRunWasiFromFile(context, NULL, &code, &error), "path");
    IS_NULL(VM_ContextRunWasiFromBuffer(NULL, &byte, 1, &code, &error), "context");
    IS_NULL(VM_ContextRunWasiFromBuffer(context, NULL, 1, &code, &error), "data");
    CHECK_STATUS(VM_ContextRunWasiFromBuffer(context, NULL, 0, &code, &error), VM_STATUS_BAD_MODULE, NULL);
    CHECK_INT(code, 3);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

int main(void)
{
    VM_Wasi *wasi = NULL;
    IS_NULL(VM_WasiCreate(NULL, &error), "wasi");
    NEED(VM_WasiCreate(&wasi, &error));
    descriptions(wasi);
    streams(wasi);
    contexts(wasi);
    CHECK_INT(VM_WasiFail(VM_STATUS_IO, NULL), VM_STATUS_WRONG_THREAD);
    VM_WasiDelete(wasi);
    VM_WasiDelete(NULL);
    return finish();
}
