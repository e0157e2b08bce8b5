/* Functions of WASI that suspended their guest are recorded, and replayed without WASI: with what they wrote to the guest's memory. */
#include "recorded.h"
#include "waits.h"

static const char *text;

static VM_Status VM_CALL read_text(void *user, uint8_t *data, size_t size, size_t *count)
{
    (void)user;
    if (!text)
        return VM_STATUS_PENDING;
    *count = strlen(text) < size ? strlen(text) : size;
    memcpy(data, text, *count);
    text = NULL;
    return VM_STATUS_OK;
}

/* What a guest does, once with the host and once without. */
static int32_t program(VM_Context *context, bool replays)
{
    VM_Instance instance;
    VM_Execution *execution;
    VM_Value time = VM_ValueI64(2);
    int32_t sum;
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    execution = start(context, instance, "read", NULL, 0);
    CHECK_INT(VM_ExecutionGetState(execution), replays ? VM_EXECUTION_DONE : VM_EXECUTION_PENDING);
    if (!replays) {
        CHECK_OK(VM_WasiNotify(wasi, VM_WASI_STDIN, &error)); /* still nothing */
        CHECK(VM_QueueNext(queue) == execution);
        CHECK_OK(VM_ExecutionPoll(execution, &error));
        text = "hello";
        CHECK_OK(VM_WasiNotify(wasi, VM_WASI_STDIN, &error));
        drain(1);
    }
    sum = ended(execution);
    sum = sum * 31 + run(context, "sleep", &time, 1);
    execution = start(context, instance, "sleep", &time, 1);
    CHECK_OK(VM_ExecutionWait(execution, UINT64_MAX, &error));
    return sum * 31 + ended(execution);
}

int main(void)
{
    VM_Context *context, *again;
    Bytes bytes = { NULL, 0, 0 };
    int32_t sum;
    begin(NULL);
    NEED(VM_WasiSetInputCallback(wasi, read_text, NULL, NULL, &error));
    NEED(VM_WasiSetMaySuspend(wasi, true, &error));
    context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    NEED(VM_ContextRecordToCallback(context, keep_bytes, &bytes, NULL, &error));
    sum = program(context, false);
    CHECK_INT(sum, (5 * 31 + 1) * 31 + 1);
    CHECK_OK(VM_ContextStopRecording(context, &error));

    again = new_context(engine);
    NEED(VM_ContextReplayFromBuffer(again, bytes.data, bytes.size, &error));
    CHECK_INT(program(again, true), sum);
    CHECK_OK(VM_ContextStopRecording(again, &error));
    same_memory(context, again);
    VM_ContextDelete(context);
    VM_ContextDelete(again);
    free(bytes.data);
    end();
    return finish();
}
