/* A context in use refuses other calls: BUSY on another thread, REENTRANT inside its own callback. */
#include "test.h"
#include <pthread.h>

static VM_Engine *engine;
static VM_Context *context;
static VM_Module *module;
static VM_HostModule *other_host;
static VM_Wasi *wasi;
static VM_Instance instance;
static VM_Func func;
static VM_Memory memory;
static VM_Table table;
static VM_Global global;
static atomic_int freed;

static VM_Status expected;
static const char *reason;

#define REFUSED(call)                                                    \
    do {                                                                 \
        CHECK_STATUS(call, expected, reason);                            \
        CHECK(VM_ErrorIsRetryable(error) == (expected == VM_STATUS_BUSY)); \
    } while (0)

static void log_nothing(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    (void)source;
    (void)text;
}

static void context_refuses(void)
{
    const uint8_t *bytes = (const uint8_t *)"";
    VM_Value value;
    VM_Instance found;
    void *data;
    int before = freed;
    REFUSED(VM_ContextSetData(context, &freed, count_free, &error));
    REFUSED(VM_ContextSetLogCallback(context, VM_LOG_INFO, log_nothing, &freed, count_free, &error));
    CHECK_INT(freed, before + 2);
    REFUSED(VM_ContextGetData(context, &data, &error));
    REFUSED(VM_ContextRegisterModule(context, other_host, &error));
    REFUSED(VM_ContextRegisterWasm(context, "name", module, &found, &error));
    REFUSED(VM_ContextRegisterInstance(context, "name", instance, &error));
    REFUSED(VM_ContextSetPluginOption(context, "plugin", "key", "value", &error));
    REFUSED(VM_ContextRegisterPlugins(context, NULL, &error));
    REFUSED(VM_ContextRegisterPlugin(context, NULL, &error));
    REFUSED(VM_ContextRegisterWasi(context, wasi, &error));
    REFUSED(VM_ContextInstantiate(context, module, &found, &error));
    REFUSED(VM_ContextExecute(context, latest(context), "add", NO_VALUES, &value, 1, &error));
    REFUSED(VM_ContextRunWasmFromFile(context, GUEST("everything"), "park", NO_VALUES, &value, 1, &error));
    REFUSED(VM_ContextRunWasmFromBuffer(context, bytes, 0, "park", NO_VALUES, &value, 1, &error));
    REFUSED(VM_ContextRunWasiFromFile(context, GUEST("everything"), NULL, &error));
    REFUSED(VM_ContextRunWasiFromBuffer(context, bytes, 0, NULL, &error));
    CHECK_INT(VM_ContextGetInstanceCount(context), 0);
    REFUSED(VM_ContextGetInstance(context, 0, &found, &error));
    REFUSED(VM_ContextFindInstance(context, "name", &found, &error));
    REFUSED(VM_ContextRemoveInstance(context, instance, &error));
    CHECK(VM_ContextGetId(context) != 0);
}

static void handles_refuse(void)
{
    VM_ImportList *imports;
    VM_Value value = VM_ValueI32(1), null = VM_ValueFuncRef(VM_RefNull());
    VM_FuncType *type;
    VM_MemoryType memory_type = VM_MEMORYTYPE_INIT;
    VM_TableType table_type = VM_TABLETYPE_INIT;
    VM_GlobalType global_type = VM_GLOBALTYPE_INIT;
    VM_Buffer span;
    uint64_t size;
    VM_Ref ref;
    void *pointer;
    char byte = 0;
    int before = freed;
    REFUSED(VM_InstanceFindFunction(context, latest(context), "add", &func, &error));
    REFUSED(VM_InstanceGetFunction(context, latest(context), 0, &func, &error));
    REFUSED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    REFUSED(VM_InstanceFindTable(context, latest(context), "table", &table, &error));
    REFUSED(VM_InstanceFindGlobal(context, latest(context), "global", &global, &error));
    REFUSED(VM_FuncCall(context, func, VALUES(value, value), &value, 1, &error));
    REFUSED(VM_FuncTypeCreateFromFunc(context, func, &type, &error));
    REFUSED(VM_MemoryRead(context, memory, 0, &byte, 1, &error));
    REFUSED(VM_MemoryWrite(context, memory, 0, &byte, 1, &error));
    REFUSED(VM_MemoryGetSpan(context, memory, 0, 1, &span, &error));
    REFUSED(VM_MemoryGetSize(context, memory, &size, &error));
    REFUSED(VM_MemoryGrow(context, memory, 1, NULL, &error));
    REFUSED(VM_MemoryGetType(context, memory, &memory_type, &error));
    REFUSED(VM_TableGetSize(context, table, &size, &error));
    REFUSED(VM_TableRead(context, table, 0, &value, &error));
    REFUSED(VM_TableWrite(context, table, 0, &null, &error));
    REFUSED(VM_TableGrow(context, table, 1, &null, NULL, &error));
    REFUSED(VM_TableGetType(context, table, &table_type, &error));
    REFUSED(VM_GlobalRead(context, global, &value, &error));
    REFUSED(VM_GlobalWrite(context, global, &value, &error));
    REFUSED(VM_GlobalGetType(context, global, &global_type, &error));
    REFUSED(VM_RefCreateExtern(context, &freed, count_free, &ref, &error));
    CHECK_INT(freed, before + 1);
    REFUSED(VM_RefGetExtern(context, VM_RefNull(), &pointer, &error));
    REFUSED(VM_RefRetain(context, VM_RefNull(), &error));
    VM_RefRelease(VM_RefNull());
    REFUSED(VM_ContextReset(context, &error));
    REFUSED(VM_ContextListImports(context, &imports, &error));
}

static void *on_another_thread(void *unused)
{
    expected = VM_STATUS_BUSY;
    reason = "another thread is using the context; wait until it is done, or create a context for each thread";
    context_refuses();
    handles_refuse();
    forget_error();
    return unused;
}

static VM_Status VM_CALL park(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    pthread_t thread;
    (void)user;
    (void)caller;
    (void)args;
    expected = VM_STATUS_REENTRANT;
    reason = "a callback of the context cannot use the context; use the VM_Caller of the callback";
    context_refuses();
    handles_refuse();
    CHECK_INT(pthread_create(&thread, NULL, on_another_thread, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    results[0] = VM_ValueI32(4);
    return VM_STATUS_OK;
}

int main(void)
{
    VM_HostModule *host = new_host("host");
    VM_Value sum;
    other_host = new_host("other");
    engine = new_engine();
    context = new_context(engine);
    module = load(engine, GUEST("everything"));
    NEED(VM_WasiCreate(&wasi, &error));
    NEED(VM_HostModuleAddFunction(host, "park", "()i", park, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    NEED(VM_InstanceFindFunction(context, latest(context), "add", &func, &error));
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    NEED(VM_InstanceFindTable(context, latest(context), "table", &table, &error));
    NEED(VM_InstanceFindGlobal(context, latest(context), "global", &global, &error));

    CHECK_INT(run(context, "park", NO_VALUES), 4);
    CHECK_INT(VM_ContextGetInstanceCount(context), 1);
    CHECK_OK(VM_FuncCall(context, func, VALUES(VM_ValueI32(3), VM_ValueI32(4)), &sum, 1, &error));
    CHECK_INT(sum.of.i32, 7);
    /* Refused calls have no effect: the other host module is not sealed. */
    CHECK_OK(VM_HostModuleAddFunction(other_host, "late", "()i", park, NULL, NULL, &error));

    VM_WasiDelete(wasi);
    VM_HostModuleDelete(other_host);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
