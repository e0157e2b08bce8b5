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

/* A timeout ends a guest that waits, on its thread and started; without the timeout, so does the replay. */
static void is_interrupted(VM_Context *context, bool replays)
{
    VM_Value time = VM_ValueI64(3600000);
    VM_Execution *execution;
    uint64_t fuel = 0;
    if (!replays)
        NEED(VM_ContextSetTimeout(context, 20, &error));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "sleep", &time, 1, &time, 1, &error), VM_STATUS_TIMEOUT,
                 "timeout of 20 ms");
    time = VM_ValueI64(3600000);
    execution = start(context, latest(context), "sleep", &time, 1);
    CHECK_STATUS(VM_ExecutionWait(execution, UINT64_MAX, &error), VM_STATUS_TIMEOUT, "timeout of 20 ms");
    VM_ExecutionDelete(execution);
    NEED(VM_ContextGetFuel(context, &fuel, &error));
    CHECK(fuel < 1000000);
}

static void records(const VM_EngineConfig *config)
{
    VM_Context *context, *again;
    Bytes bytes = { NULL, 0, 0 };
    int32_t sum;
    begin(config);
    NEED(VM_WasiSetInputCallback(wasi, read_text, NULL, NULL, &error));
    NEED(VM_WasiSetMaySuspend(wasi, true, &error));
    context = new_context(engine);
    again = new_context(engine);
    if (config) {
        NEED(VM_ContextSetFuel(context, 1000000, &error));
        NEED(VM_ContextSetFuel(again, 1000000, &error));
    }
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    NEED(VM_ContextRecordToCallback(context, keep_bytes, &bytes, NULL, &error));
    sum = program(context, false);
    CHECK_INT(sum, (5 * 31 + 1) * 31 + 1);
    if (config)
        is_interrupted(context, false);
    CHECK_OK(VM_ContextStopRecording(context, &error));

    NEED(VM_ContextReplayFromBuffer(again, bytes.data, bytes.size, &error));
    CHECK_INT(program(again, true), sum);
    if (config)
        is_interrupted(again, true);
    CHECK_OK(VM_ContextStopRecording(again, &error));
    same_memory(context, again);
    VM_ContextDelete(context);
    VM_ContextDelete(again);
    free(bytes.data);
    end();
}

int main(void)
{
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetInterruptible(config, true, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, true, &error));
    records(NULL);
    records(config);
    VM_EngineConfigDelete(config);
    return finish();
}
