/* NULL for recordings and their replay. */
#include "null.h"

static VM_Status VM_CALL discard(void *user, const uint8_t *data, size_t size)
{
    (void)user;
    (void)data;
    (void)size;
    return VM_STATUS_OK;
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    atomic_int freed = 0;
    IS_NULL(VM_ContextRecordToFile(NULL, "file", &error), "context");
    IS_NULL(VM_ContextRecordToFile(context, NULL, &error), "file");
    IS_NULL(VM_ContextRecordToCallback(NULL, discard, &freed, count_free, &error), "context");
    CHECK_INT(freed, 1);
    IS_NULL(VM_ContextRecordToCallback(context, NULL, &freed, count_free, &error), "write");
    CHECK_INT(freed, 2);
    IS_NULL(VM_ContextReplayFromFile(NULL, "file", &error), "context");
    IS_NULL(VM_ContextReplayFromFile(context, NULL, &error), "file");
    IS_NULL(VM_ContextReplayFromBuffer(NULL, (const uint8_t *)"", 1, &error), "context");
    IS_NULL(VM_ContextReplayFromBuffer(context, NULL, 1, &error), "data");
    CHECK_STATUS(VM_ContextReplayFromBuffer(context, NULL, 0, &error), VM_STATUS_BAD_RECORDING, NULL);
    IS_NULL(VM_ContextStopRecording(NULL, &error), "context");
    CHECK_OK(VM_ContextRecordToCallback(context, discard, &freed, count_free, &error));
    CHECK_OK(VM_ContextStopRecording(context, &error));
    CHECK_INT(freed, 3);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
