/* NULL for functions, memories, tables, globals and references; and handles that are all zeros, which are NULL too. */
#include "null.h"

static VM_Context *context;
static atomic_int freed;

#define IS_ZERO(call) CHECK_STATUS(call, VM_STATUS_NULL_ARGUMENT, "the handle or reference is null")

static VM_Status VM_CALL park(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(1);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL raw_callback(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    (void)caller;
    (void)values;
    return VM_STATUS_OK;
}

static void raw_functions(void)
{
    VM_HostModule *host = new_host("host");
    atomic_int unused = 0;
    IS_NULL(VM_HostModuleAddFunctionRaw(NULL, "f", "()", raw_callback, &unused, count_free, &error), "module");
    IS_NULL(VM_HostModuleAddFunctionRaw(host, NULL, "()", raw_callback, &unused, count_free, &error), "name");
    IS_NULL(VM_HostModuleAddFunctionRaw(host, "f", NULL, raw_callback, &unused, count_free, &error), "signature");
    IS_NULL(VM_HostModuleAddFunctionRaw(host, "f", "()", NULL, &unused, count_free, &error), "callback");
    IS_BAD_TEXT(VM_HostModuleAddFunctionRaw(host, BAD_TEXT, "()", raw_callback, &unused, count_free, &error), "name");
    IS_BAD_TEXT(VM_HostModuleAddFunctionRaw(host, "f", BAD_TEXT, raw_callback, &unused, count_free, &error), "signature");
    CHECK_INT(unused, 6);
    VM_HostModuleDelete(host);
}

static void functions(void)
{
    const VM_Func zero = { 0, 0, 0 };
    VM_Func func;
    VM_FuncType *type;
    VM_Value result;
    NEED(VM_InstanceFindFunction(context, latest(context), "add", &func, &error));
    IS_NULL(VM_FuncCall(NULL, func, NO_VALUES, &result, 1, &error), "context");
    IS_NULL(VM_FuncCall(context, func, NULL, 2, &result, 1, &error), "args");
    IS_NULL(VM_FuncCall(context, func, VALUES(VM_ValueI32(1), VM_ValueI32(2)), NULL, 1, &error), "results");
    IS_ZERO(VM_FuncCall(context, zero, NO_VALUES, &result, 1, &error));
    CHECK_STATUS(VM_FuncCall(context, func, NULL, 0, NULL, 0, &error), VM_STATUS_WRONG_COUNT, NULL);
    IS_NULL(VM_FuncTypeCreateFromFunc(NULL, func, &type, &error), "context");
    IS_NULL(VM_FuncTypeCreateFromFunc(context, func, NULL, &error), "type");
    IS_ZERO(VM_FuncTypeCreateFromFunc(context, zero, &type, &error));
    VM_PreparedCall *prepared = NULL;
    IS_NULL(VM_PreparedCallCreate(NULL, func, "(ii)i", &prepared, &error), "context");
    IS_NULL(VM_PreparedCallCreate(context, func, NULL, &prepared, &error), "signature");
    IS_NULL(VM_PreparedCallCreate(context, func, "(ii)i", NULL, &error), "prepared");
    IS_BAD_TEXT(VM_PreparedCallCreate(context, func, BAD_TEXT, &prepared, &error), "signature");
    IS_ZERO(VM_PreparedCallCreate(context, zero, "(ii)i", &prepared, &error));
    CHECK(prepared == NULL);
    NEED(VM_PreparedCallCreate(context, func, "(ii)i", &prepared, &error));
    IS_NULL(VM_PreparedCallRun(prepared, NULL, &error), "values");
    IS_NULL(VM_PreparedCallRun(NULL, NULL, &error), "prepared");
    VM_PreparedCallDelete(prepared);
    VM_PreparedCallDelete(NULL);
    CHECK_INT(VM_FuncToRef(zero).context, 0);
    CHECK_INT(VM_FuncFromRef(VM_RefNull()).context, 0);
}

static void memories(void)
{
    const VM_Memory zero = { 0, 0, 0 };
    VM_Memory memory;
    VM_MemoryType type = VM_MEMORYTYPE_INIT;
    VM_Buffer span;
    uint64_t size;
    char byte = 0;
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    IS_NULL(VM_MemoryRead(NULL, memory, 0, &byte, 1, &error), "context");
    IS_NULL(VM_MemoryRead(context, memory, 0, NULL, 1, &error), "data");
    CHECK_OK(VM_MemoryRead(context, memory, 0, NULL, 0, &error));
    IS_ZERO(VM_MemoryRead(context, zero, 0, &byte, 1, &error));
    IS_NULL(VM_MemoryWrite(NULL, memory, 0, &byte, 1, &error), "context");
    IS_NULL(VM_MemoryWrite(context, memory, 0, NULL, 1, &error), "data");
    CHECK_OK(VM_MemoryWrite(context, memory, 65536, NULL, 0, &error));
    IS_ZERO(VM_MemoryWrite(context, zero, 0, &byte, 1, &error));
    IS_NULL(VM_MemoryGetSpan(NULL, memory, 0, 1, &span, &error), "context");
    IS_NULL(VM_MemoryGetSpan(context, memory, 0, 1, NULL, &error), "span");
    IS_ZERO(VM_MemoryGetSpan(context, zero, 0, 1, &span, &error));
    IS_NULL(VM_MemoryGetSize(NULL, memory, &size, &error), "context");
    IS_NULL(VM_MemoryGetSize(context, memory, NULL, &error), "size");
    IS_ZERO(VM_MemoryGetSize(context, zero, &size, &error));
    IS_NULL(VM_MemoryGrow(NULL, memory, 1, NULL, &error), "context");
    IS_ZERO(VM_MemoryGrow(context, zero, 1, NULL, &error));
    CHECK_OK(VM_MemoryGrow(context, memory, 1, NULL, &error));
    IS_NULL(VM_MemoryGetType(NULL, memory, &type, &error), "context");
    IS_NULL(VM_MemoryGetType(context, memory, NULL, &error), "type");
    IS_ZERO(VM_MemoryGetType(context, zero, &type, &error));
}

static void tables(void)
{
    const VM_Table zero = { 0, 0, 0 };
    VM_Table table;
    VM_TableType type = VM_TABLETYPE_INIT;
    VM_Value value = VM_ValueFuncRef(VM_RefNull());
    uint64_t size;
    NEED(VM_InstanceFindTable(context, latest(context), "table", &table, &error));
    IS_NULL(VM_TableGetSize(NULL, table, &size, &error), "context");
    IS_NULL(VM_TableGetSize(context, table, NULL, &error), "size");
    IS_ZERO(VM_TableGetSize(context, zero, &size, &error));
    IS_NULL(VM_TableRead(NULL, table, 0, &value, &error), "context");
    IS_NULL(VM_TableRead(context, table, 0, NULL, &error), "value");
    IS_ZERO(VM_TableRead(context, zero, 0, &value, &error));
    IS_NULL(VM_TableWrite(NULL, table, 0, &value, &error), "context");
    IS_NULL(VM_TableWrite(context, table, 0, NULL, &error), "value");
    IS_ZERO(VM_TableWrite(context, zero, 0, &value, &error));
    IS_NULL(VM_TableGrow(NULL, table, 1, &value, NULL, &error), "context");
    IS_NULL(VM_TableGrow(context, table, 1, NULL, NULL, &error), "value");
    IS_ZERO(VM_TableGrow(context, zero, 1, &value, NULL, &error));
    CHECK_OK(VM_TableGrow(context, table, 1, &value, NULL, &error));
    IS_NULL(VM_TableGetType(NULL, table, &type, &error), "context");
    IS_NULL(VM_TableGetType(context, table, NULL, &error), "type");
    IS_ZERO(VM_TableGetType(context, zero, &type, &error));
}

static void globals(void)
{
    const VM_Global zero = { 0, 0, 0 };
    VM_Global global;
    VM_GlobalType type = VM_GLOBALTYPE_INIT;
    VM_Value value;
    NEED(VM_InstanceFindGlobal(context, latest(context), "global", &global, &error));
    IS_NULL(VM_GlobalRead(NULL, global, &value, &error), "context");
    IS_NULL(VM_GlobalRead(context, global, NULL, &error), "value");
    IS_ZERO(VM_GlobalRead(context, zero, &value, &error));
    IS_NULL(VM_GlobalWrite(NULL, global, &value, &error), "context");
    IS_NULL(VM_GlobalWrite(context, global, NULL, &error), "value");
    IS_ZERO(VM_GlobalWrite(context, zero, &value, &error));
    IS_NULL(VM_GlobalGetType(NULL, global, &type, &error), "context");
    IS_NULL(VM_GlobalGetType(context, global, NULL, &error), "type");
    IS_ZERO(VM_GlobalGetType(context, zero, &type, &error));
}

static void references(void)
{
    VM_Ref ref = VM_RefNull();
    void *pointer = &freed;
    IS_NULL(VM_RefCreateExtern(NULL, &freed, count_free, &ref, &error), "context");
    IS_NULL(VM_RefCreateExtern(context, &freed, count_free, NULL, &error), "ref");
    CHECK_INT(freed, 2);
    CHECK_OK(VM_RefCreateExtern(context, NULL, NULL, &ref, &error));
    CHECK_OK(VM_RefGetExtern(context, ref, &pointer, &error));
    CHECK(pointer == NULL);
    IS_NULL(VM_RefGetExtern(NULL, ref, &pointer, &error), "context");
    IS_NULL(VM_RefGetExtern(context, ref, NULL, &error), "pointer");
    pointer = &freed;
    CHECK_OK(VM_RefGetExtern(context, VM_RefNull(), &pointer, &error));
    CHECK(pointer == NULL);
    IS_NULL(VM_RefRetain(NULL, ref, &error), "context");
    CHECK_OK(VM_RefRetain(context, VM_RefNull(), &error));
    VM_RefRelease(VM_RefNull());
}

int main(void)
{
    VM_HostModule *host = new_host("host");
    VM_Engine *engine = new_engine();
    const VM_Instance zero = { 0, 0, 0 };
    VM_Value result;
    context = new_context(engine);
    NEED(VM_HostModuleAddFunction(host, "park", "()i", park, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("everything"));
    IS_ZERO(VM_ContextExecute(context, zero, "park", NO_VALUES, &result, 1, &error));
    IS_ZERO(VM_ContextRemoveInstance(context, zero, &error));
    functions();
    raw_functions();
    memories();
    tables();
    globals();
    references();
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
