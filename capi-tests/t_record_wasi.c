/* Clocks, random numbers and streams of WASI are recorded, and replayed without WASI. */
#include "recorded.h"

static atomic_int times;

static uint64_t VM_CALL slow_clock(void *user)
{
    (void)user;
    return 1000000000u * (uint64_t)++times;
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine), *again = new_context(engine);
    VM_Wasi *wasi = NULL;
    Bytes bytes = { 0 };
    VM_Bytes output;
    int32_t code = -1, replayed = -2;
    NEED(VM_WasiCreate(&wasi, &error));
    NEED(VM_WasiSetInput(wasi, (const uint8_t *)"a line of input\n", 16, &error));
    NEED(VM_WasiCaptureOutput(wasi, &error));
    NEED(VM_WasiSetWallClock(wasi, slow_clock, NULL, NULL, &error));
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    NEED(VM_ContextRecordToCallback(context, keep_bytes, &bytes, NULL, &error));
    CHECK_OK(VM_ContextRunWasiFromFile(context, GUEST("record_wasi"), &code, &error));
    CHECK_OK(VM_ContextStopRecording(context, &error));
    output = VM_WasiGetOutput(wasi);
    CHECK_INT(output.size, 16);
    CHECK_INT(times, 1);

    CHECK_OK(VM_ContextReplayFromBuffer(again, bytes.data, bytes.size, &error));
    CHECK_OK(VM_ContextRunWasiFromFile(again, GUEST("record_wasi"), &replayed, &error));
    CHECK_OK(VM_ContextStopRecording(again, &error));
    CHECK_INT(replayed, code);
    CHECK_INT(times, 1);
    same_memory(context, again);

    free(bytes.data);
    VM_WasiDelete(wasi);
    VM_ContextDelete(again);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
