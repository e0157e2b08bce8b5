/* Refused handles of every kind: stale, of another context, of another kind, invalid. */
#include "test.h"

static VM_Status VM_CALL park(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(1);
    return VM_STATUS_OK;
}

typedef struct Handles {
    VM_Context *context;
    VM_Instance instance;
    VM_Func func;
    VM_Memory memory;
    VM_Table table;
    VM_Global global;
    VM_Ref object;
} Handles;

static void make(Handles *handles, VM_Engine *engine, VM_HostModule *host)
{
    handles->context = new_context(engine);
    NEED(VM_ContextRegisterModule(handles->context, host, &error));
    handles->instance = instantiate(engine, handles->context, GUEST("everything"));
    NEED(VM_InstanceFindFunction(handles->context, latest(handles->context), "add", &handles->func, &error));
    NEED(VM_InstanceFindMemory(handles->context, latest(handles->context), "memory", &handles->memory, &error));
    NEED(VM_InstanceFindTable(handles->context, latest(handles->context), "table", &handles->table, &error));
    NEED(VM_InstanceFindGlobal(handles->context, latest(handles->context), "global", &handles->global, &error));
    NEED(VM_RefCreateExtern(handles->context, handles, NULL, &handles->object, &error));
}

#define REFUSED(call) CHECK_STATUS(call, status, message)

/* Every function that takes a handle refuses these; its outputs are not written. */
static void all_refused(VM_Context *context, Handles *h, VM_Status status, const char *message)
{
    VM_Value value = VM_ValueI32(1), null = VM_ValueFuncRef(VM_RefNull());
    VM_Func func = { 1, 2, 3 };
    VM_Memory memory = { 1, 2, 3 };
    VM_Table table = { 1, 2, 3 };
    VM_Global global = { 1, 2, 3 };
    VM_FuncType *type = NULL;
    VM_MemoryType memory_type = { .size = sizeof(VM_MemoryType), .minimum = 0 };
    VM_TableType table_type = { .size = sizeof(VM_TableType), .element = 0, .minimum = 0 };
    VM_GlobalType global_type = { .size = sizeof(VM_GlobalType), .content = 0, .is_mutable = false };
    VM_Buffer span = { NULL, 0 };
    uint64_t size = 9;
    char byte = 0;
    REFUSED(VM_ContextExecute(context, h->instance, "add", VALUES(value, value), &value, 1, &error));
    REFUSED(VM_ContextRemoveInstance(context, h->instance, &error));
    REFUSED(VM_ContextRegisterInstance(context, "name", h->instance, &error));
    REFUSED(VM_InstanceGetFunction(context, h->instance, 0, &func, &error));
    REFUSED(VM_InstanceFindFunction(context, h->instance, "add", &func, &error));
    REFUSED(VM_InstanceFindMemory(context, h->instance, "memory", &memory, &error));
    REFUSED(VM_InstanceFindTable(context, h->instance, "table", &table, &error));
    REFUSED(VM_InstanceFindGlobal(context, h->instance, "global", &global, &error));
    CHECK(func.slot == 2 && memory.slot == 2 && table.slot == 2 && global.slot == 2);
    REFUSED(VM_FuncCall(context, h->func, VALUES(VM_ValueI32(1), VM_ValueI32(1)), &value, 1, &error));
    REFUSED(VM_FuncTypeCreateFromFunc(context, h->func, &type, &error));
    REFUSED(VM_MemoryRead(context, h->memory, 0, &byte, 1, &error));
    REFUSED(VM_MemoryWrite(context, h->memory, 0, &byte, 1, &error));
    REFUSED(VM_MemoryGetSpan(context, h->memory, 0, 1, &span, &error));
    REFUSED(VM_MemoryGetSize(context, h->memory, &size, &error));
    REFUSED(VM_MemoryGrow(context, h->memory, 1, &size, &error));
    REFUSED(VM_MemoryGetType(context, h->memory, &memory_type, &error));
    REFUSED(VM_TableGetSize(context, h->table, &size, &error));
    REFUSED(VM_TableRead(context, h->table, 0, &value, &error));
    REFUSED(VM_TableWrite(context, h->table, 0, &null, &error));
    REFUSED(VM_TableGrow(context, h->table, 1, &null, &size, &error));
    REFUSED(VM_TableGetType(context, h->table, &table_type, &error));
    REFUSED(VM_GlobalRead(context, h->global, &value, &error));
    REFUSED(VM_GlobalWrite(context, h->global, &value, &error));
    REFUSED(VM_GlobalGetType(context, h->global, &global_type, &error));
    CHECK(type == NULL && span.data == NULL && size == 9);
}

static void references_refused(VM_Context *context, const Handles *h, VM_Status status, const char *message)
{
    VM_Table objects;
    VM_Value value = VM_ValueExternRef(h->object);
    void *pointer = &value;
    NEED(VM_InstanceFindTable(context, latest(context), "objects", &objects, &error));
    REFUSED(VM_RefGetExtern(context, h->object, &pointer, &error));
    REFUSED(VM_RefRetain(context, h->object, &error));
    REFUSED(VM_TableWrite(context, objects, 0, &value, &error));
    REFUSED(VM_TableGrow(context, objects, 1, &value, NULL, &error));
    CHECK(pointer == &value);
}

static void of_another_kind(Handles *h)
{
    VM_Ref refs[] = { { h->instance.context, h->instance.slot, h->instance.generation },
                      VM_FuncToRef(h->func),
                      { h->memory.context, h->memory.slot, h->memory.generation },
                      { h->table.context, h->table.slot, h->table.generation },
                      { h->global.context, h->global.slot, h->global.generation },
                      h->object };
    const char *nouns[] = { "an instance", "a function", "a memory", "a table", "a global", "a host object" };
    char message[100];
    for (int i = 0; i < 6; i++) {
        VM_Instance instance = { refs[i].context, refs[i].slot, refs[i].generation };
        VM_Memory memory = { refs[i].context, refs[i].slot, refs[i].generation };
        VM_Table table = { refs[i].context, refs[i].slot, refs[i].generation };
        VM_Global global = { refs[i].context, refs[i].slot, refs[i].generation };
        VM_Status status = VM_STATUS_WRONG_TYPE;
        uint64_t size = 0;
        VM_Value value;
        void *pointer;
        snprintf(message, sizeof message, "the handle is of %s, but ", nouns[i]);
        if (i != 0)
            REFUSED(VM_ContextRemoveInstance(h->context, instance, &error));
        if (i != 1)
            REFUSED(VM_FuncCall(h->context, VM_FuncFromRef(refs[i]), NO_VALUES, NO_VALUES, &error));
        if (i != 2)
            REFUSED(VM_MemoryGetSize(h->context, memory, &size, &error));
        if (i != 3)
            REFUSED(VM_TableGetSize(h->context, table, &size, &error));
        if (i != 4)
            REFUSED(VM_GlobalRead(h->context, global, &value, &error));
        if (i != 5)
            REFUSED(VM_RefGetExtern(h->context, refs[i], &pointer, &error));
    }
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_HostModule *host = new_host("host");
    Handles first, second, made_up;
    VM_Instance again;
    char message[100];
    NEED(VM_HostModuleAddFunction(host, "park", "()i", park, NULL, NULL, &error));
    make(&first, engine, host);
    make(&second, engine, host);

    of_another_kind(&first);
    snprintf(message, sizeof message, "the handle belongs to context %llu, this is context %llu",
             (unsigned long long)VM_ContextGetId(first.context), (unsigned long long)VM_ContextGetId(second.context));
    all_refused(second.context, &first, VM_STATUS_WRONG_CONTEXT, message);
    references_refused(second.context, &first, VM_STATUS_WRONG_CONTEXT, message);

    made_up = first;
    made_up.instance.slot = made_up.func.slot = made_up.memory.slot = made_up.table.slot = made_up.global.slot = 1000;
    made_up.object.slot = UINT32_MAX;
    all_refused(first.context, &made_up, VM_STATUS_STALE, "the handle is stale");
    references_refused(first.context, &made_up, VM_STATUS_STALE, "the handle is stale");

    /* Removed, and the slots reused by another instance: the old handles stay stale. */
    CHECK_OK(VM_ContextRemoveInstance(first.context, first.instance, &error));
    all_refused(first.context, &first, VM_STATUS_STALE, "the handle is stale: what it referred to was released or removed, or the context was reset");
    again = instantiate(engine, first.context, GUEST("everything"));
    CHECK(memcmp(&again, &first.instance, sizeof again) != 0);
    all_refused(first.context, &first, VM_STATUS_STALE, "the handle is stale");
    VM_RefRelease(first.object);
    references_refused(first.context, &first, VM_STATUS_STALE, "the handle is stale");

    /* The context is gone, and so are its handles for every other one. */
    VM_ContextDelete(first.context);
    all_refused(second.context, &first, VM_STATUS_WRONG_CONTEXT, message);
    VM_ContextDelete(second.context);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
