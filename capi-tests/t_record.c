/* A recording is replayed without the plug-in and the host functions, with equal results and an equal memory. */
#include "recorded.h"

static atomic_int backs;

/* Calls the guest in two ways, writes its memory in two ways, and passes on what it was passed. */
static VM_Status VM_CALL back(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Value value = args[0], sum;
    VM_Buffer span;
    VM_Status status;
    (void)user;
    backs++;
    if ((status = VM_CallerWriteMemory(caller, 300, "written", 8)) || (status = VM_CallerCall(caller, "bump", &value, 1, &sum, 1)))
        return status;
    if ((status = VM_CallerGetMemorySpan(caller, 4000, 200, &span)))
        return status;
    memset(span.data, sum.of.i32, span.size);
    if ((status = VM_CallerCallRef(caller, args[1].of.ref, &sum, 1, &sum, 1)))
        return status;
    results[0] = sum;
    results[1] = args[1];
    return VM_STATUS_OK;
}

static VM_Status VM_CALL fails(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)args;
    (void)results;
    backs++;
    return VM_CallerFail(caller, -10007, "the host's reason");
}

static void register_all(VM_Context *context, VM_PluginRegistry *registry)
{
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "back", "(icr)ic", back, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "fails", "()", fails, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
}

/* What the host does; its own writes are left out in the replay. Returns the sum of all results. */
static int64_t program(VM_Engine *engine, VM_Context *context, bool writes)
{
    VM_Instance instance = instantiate(engine, context, GUEST("record"));
    VM_Memory memory;
    VM_Global global;
    VM_Table table;
    VM_Func func;
    VM_Value element, wide = VM_ValueI64(77);
    int64_t sum = run(context, "run", VALUES(VM_ValueI32(5)));
    NEED(VM_InstanceFindMemory(context, instance, "memory", &memory, &error));
    if (writes) {
        NEED(VM_InstanceFindGlobal(context, instance, "global", &global, &error));
        NEED(VM_InstanceFindTable(context, instance, "table", &table, &error));
        NEED(VM_InstanceFindFunction(context, instance, "bump", &func, &error));
        element = VM_ValueFuncRef(VM_FuncToRef(func));
        NEED(VM_MemoryWrite(context, memory, 70000, "\x60", 1, &error));
        NEED(VM_MemoryGrow(context, memory, 1, NULL, &error));
        NEED(VM_MemoryWrite(context, memory, 3 * 65536 - 3, "end", 3, &error));
        NEED(VM_GlobalWrite(context, global, &wide, &error));
        NEED(VM_TableGrow(context, table, 2, &element, NULL, &error));
    }
    sum = sum * 31 + run(context, "run", VALUES(VM_ValueI32(6)));
    sum = sum * 31 + run(context, "indirect", VALUES(VM_ValueI32(7)));
    sum = sum * 31 + run(context, "late", VALUES(VM_ValueI32(8)));
    CHECK_STATUS(VM_ContextExecute(context, instance, "fails", NO_VALUES, NO_VALUES, &error), -10007, "the host's reason");
    CHECK_TEXT(VM_ErrorGetModuleName(error), "host");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "fails");
    if (writes)
        NEED(VM_MemoryWrite(context, memory, 500, "last", 5, &error));
    return sum;
}

static void round_trip(VM_Engine *engine, VM_PluginRegistry *registry, const char *path)
{
    VM_Context *context = new_context(engine), *again = new_context(engine);
    int64_t sum, called;
    register_all(context, registry);
    NEED(VM_ContextRecordToFile(context, path, &error));
    sum = program(engine, context, true);
    CHECK_OK(VM_ContextStopRecording(context, &error));
    called = backs;
    CHECK_INT(called, 3);

    CHECK_OK(VM_ContextReplayFromFile(again, path, &error));
    CHECK_INT(program(engine, again, false), sum);
    CHECK_OK(VM_ContextStopRecording(again, &error));
    CHECK_INT(backs, called);
    same_memory(context, again);
    CHECK_STATUS(VM_ContextStopRecording(again, &error), VM_STATUS_NOT_FOUND, "the context is neither recorded nor replayed");
    /* What stood in for the host is over; a reset ends that. */
    CHECK_STATUS(VM_ContextExecute(again, latest(again), "fails", NO_VALUES, NO_VALUES, &error), VM_STATUS_REPLAY_DIFFERS,
                 "the replay has ended");
    CHECK_OK(VM_ContextReset(again, &error));
    /* The host's functions may also be there, and its writes made again: the functions are not called. */
    register_all(again, registry);
    CHECK_OK(VM_ContextReplayFromFile(again, path, &error));
    CHECK_INT(program(engine, again, true), sum);
    CHECK_OK(VM_ContextStopRecording(again, &error));
    CHECK_INT(backs, called);
    same_memory(context, again);
    VM_ContextDelete(again);
    VM_ContextDelete(context);
}

static void refused(VM_Engine *engine, VM_PluginRegistry *registry, const char *path)
{
    VM_Context *context = new_context(engine);
    CHECK_STATUS(VM_ContextStopRecording(context, &error), VM_STATUS_NOT_FOUND, NULL);
    CHECK_STATUS(VM_ContextRecordToFile(context, in_scratch("none/file").text, &error), VM_STATUS_FILE_NOT_FOUND, "none/file");
    CHECK_STATUS(VM_ContextReplayFromFile(context, in_scratch("none").text, &error), VM_STATUS_FILE_NOT_FOUND, "none");
    CHECK_STATUS(VM_ContextReplayFromFile(context, GUEST("record"), &error), VM_STATUS_BAD_RECORDING,
                 "this is not a recording of libvm");
    CHECK_OK(VM_ContextRecordToFile(context, path, &error));
    CHECK_STATUS(VM_ContextRecordToFile(context, path, &error), VM_STATUS_ALREADY_EXISTS, "VM_ContextStopRecording");
    CHECK_STATUS(VM_ContextReplayFromFile(context, path, &error), VM_STATUS_ALREADY_EXISTS, NULL);
    CHECK_OK(VM_ContextStopRecording(context, &error));
    register_all(context, registry);
    instantiate(engine, context, GUEST("record"));
    CHECK_STATUS(VM_ContextRecordToFile(context, path, &error), VM_STATUS_SEALED, "the context has had instances");
    CHECK_STATUS(VM_ContextReplayFromFile(context, path, &error), VM_STATUS_SEALED, NULL);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine;
    VM_PluginRegistry *registry;
    Path path;
    make_scratch();
    path = in_scratch("recording");
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("buffers").text, NULL, &error));
    round_trip(engine, registry, path.text);
    refused(engine, registry, path.text);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
