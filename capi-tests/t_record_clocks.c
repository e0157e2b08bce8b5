/* Clocks, random numbers and streams of WASI are recorded, and replayed without WASI. */
#include "recorded.h"

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
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    NEED(VM_ContextRecordToCallback(context, keep_bytes, &bytes, NULL, &error));
    CHECK_OK(VM_ContextRunWasiFromFile(context, GUEST("record_clocks"), &code, &error));
    CHECK_OK(VM_ContextStopRecording(context, &error));
    output = VM_WasiGetOutput(wasi);
    CHECK(output.size == 16 && memcmp(output.data, "a line of input\n", 16) == 0);

    CHECK_OK(VM_ContextReplayFromBuffer(again, bytes.data, bytes.size, &error));
    CHECK_OK(VM_ContextRunWasiFromFile(again, GUEST("record_clocks"), &replayed, &error));
    CHECK_OK(VM_ContextStopRecording(again, &error));
    CHECK_INT(replayed, code);
    same_memory(context, again);

    free(bytes.data);
    VM_WasiDelete(wasi);
    VM_ContextDelete(again);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
