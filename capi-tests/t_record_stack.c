/* Recordings of guests that use up their stack: one engine replays them, and another one says why it does not. */
#include "recorded.h"

/* (func $f (export "f") (call $f)), and "g", which calls itself as often as its parameter says. */
static const uint8_t MODULE[] = {
    0,    'a',  's', 'm', 1,    0, 0, 0, 1, 8,   2, 0x60, 0, 0, 0x60, 1,    0x7f, 0,    3,    3, 2,    0,    1,    7, 9,
    2,    1,    'f', 0,   0,    1, 'g', 0, 1, 10,  21, 2,   4, 0, 0x10, 0,    0x0b, 14,   0,    0x20, 0,    4,    0x40, 0x20, 0,
    0x41, 1,    0x6b, 0x10, 1,  0x0b, 0x0b,
};

static const char BEGIN[] = "the replay differs from its recording at entry ";
static const char HINT[] = " (where a stack ends depends on the engine: replay it with the tier, the stack size and the recursion depth of the "
                           "recording)";
static const char INTERPRETED[] = "the guest trapped: call stack exhausted: its own calls are nested more than 65536 deep or need more than 65536 "
                                  "bytes of stack; should its recursion end, raise VM_EngineConfigSetRecursionDepth and VM_EngineConfigSetStackSize";
static const char COMPILED[] = "the guest trapped: call stack exhausted: its own calls need more than 65536 bytes of stack; should its recursion end, "
                               "raise VM_EngineConfigSetStackSize";

static VM_Engine *engine_with(VM_Tier tier, size_t stack)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *engine = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetTier(config, tier, &error));
    NEED(VM_EngineConfigSetStackSize(config, stack, &error));
    NEED(VM_EngineConfigSetCacheDirectory(config, "", &error));
    VM_Status status = VM_EngineCreate(config, &engine, &error);
    if (status != VM_STATUS_OK)
        printf("skipped: %s\n", VM_ErrorGetMessage(error));
    forget_error();
    VM_EngineConfigDelete(config);
    return engine;
}

/* Calls both functions; returns how the last call has ended. */
static VM_Status calls(VM_Engine *engine, VM_Context *context, int depth)
{
    VM_Module *module = NULL;
    VM_Status status;
    NEED(VM_ModuleLoadFromBuffer(engine, MODULE, sizeof MODULE, &module, &error));
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    VM_ModuleDelete(module);
    status = VM_ContextExecute(context, latest(context), "g", VALUES(VM_ValueI32(depth)), NULL, 0, &error);
    return status ? status : VM_ContextExecute(context, latest(context), "f", NO_VALUES, NULL, 0, &error);
}

static Bytes recorded(VM_Engine *engine, int depth)
{
    Bytes bytes = { 0 };
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRecordToCallback(context, keep_bytes, &bytes, NULL, &error));
    CHECK_INT(calls(engine, context, depth), VM_STATUS_TRAP);
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_STACK_OVERFLOW);
    CHECK_OK(VM_ContextStopRecording(context, &error));
    VM_ContextDelete(context);
    return bytes;
}

/* It ends as it did, or differently, as the first text says, and the recording has what the second says. */
static void replays(VM_Engine *engine, const Bytes *bytes, int depth, const char *found, const char *expected)
{
    VM_Context *context = new_context(engine);
    VM_Status status;
    char text[2000];
    NEED(VM_ContextReplayFromBuffer(context, bytes->data, bytes->size, &error));
    status = calls(engine, context, depth);
    if (found) {
        snprintf(text, sizeof text, "the guest ended with %s, and the recording has the guest's failure: %s%s", found, expected, HINT);
        CHECK_INT(status, VM_STATUS_REPLAY_DIFFERS);
        CHECK(strncmp(VM_ErrorGetMessage(error), BEGIN, sizeof BEGIN - 1) == 0);
    } else {
        CHECK_INT(status, VM_STATUS_TRAP);
        CHECK_OK(VM_ContextStopRecording(context, &error));
    }
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *interpreter = engine_with(VM_TIER_INTERPRETER, 64 << 10), *large = engine_with(VM_TIER_INTERPRETER, 1 << 20);
    VM_Engine *compiled = engine_with(VM_TIER_COMPILED, 64 << 10);
    Bytes bytes = recorded(interpreter, 10);
    replays(interpreter, &bytes, 10, NULL, NULL);
    if (compiled)
        replays(compiled, &bytes, 10, COMPILED, INTERPRETED);
    free(bytes.data);
    bytes = recorded(interpreter, 20000);
    replays(large, &bytes, 20000, "[]", INTERPRETED);
    free(bytes.data);
    if (compiled) {
        bytes = recorded(compiled, 10);
        replays(compiled, &bytes, 10, NULL, NULL);
        replays(interpreter, &bytes, 10, INTERPRETED, COMPILED);
        free(bytes.data);
    }
    VM_EngineDelete(interpreter);
    VM_EngineDelete(large);
    VM_EngineDelete(compiled);
    return finish();
}
