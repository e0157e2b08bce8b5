/* Memories, tables and globals of host modules: each context has its own; refused ones. */
#include "test.h"

static const VM_MemoryType memory = { .size = sizeof(VM_MemoryType), .minimum = 1, .maximum = 3, .has_maximum = true };
static const VM_TableType table = { .size = sizeof(VM_TableType), .element = VM_VALTYPE_FUNCREF, .minimum = 2, .has_maximum = true, .maximum = 4 };
static const VM_GlobalType counter = { .size = sizeof(VM_GlobalType), .content = VM_VALTYPE_I32, .is_mutable = true };
static const VM_GlobalType pi = { .size = sizeof(VM_GlobalType), .content = VM_VALTYPE_F64, .is_mutable = false };
static const VM_GlobalType object = { .size = sizeof(VM_GlobalType), .content = VM_VALTYPE_EXTERNREF, .is_mutable = true };

static void add_globals(VM_HostModule *host)
{
    VM_Value first = VM_ValueI32(100), value = VM_ValueF64(3.25), null = VM_ValueExternRef(VM_RefNull());
    CHECK_OK(VM_HostModuleAddGlobal(host, "counter", &counter, &first, &error));
    CHECK_OK(VM_HostModuleAddGlobal(host, "pi", &pi, &value, &error));
    CHECK_OK(VM_HostModuleAddGlobal(host, "object", &object, &null, &error));
}

static VM_HostModule *items(void)
{
    VM_HostModule *host = new_host("host");
    CHECK_OK(VM_HostModuleAddMemory(host, "memory", &memory, &error));
    CHECK_OK(VM_HostModuleAddTable(host, "table", &table, &error));
    add_globals(host);
    return host;
}

static void one_set_for_each_context(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *contexts[] = { new_context(engine), new_context(engine) };
    VM_HostModule *host = items();
    VM_Value result;
    for (int i = 0; i < 2; i++) {
        CHECK_OK(VM_ContextRegisterModule(contexts[i], host, &error));
        instantiate(engine, contexts[i], GUEST("host_items"));
    }
    VM_HostModuleDelete(host);
    CHECK_INT(run(contexts[0], "count", NO_VALUES), 101);
    CHECK_INT(run(contexts[0], "count", NO_VALUES), 102);
    CHECK_INT(run(contexts[1], "count", NO_VALUES), 101);
    CHECK_INT(run(contexts[0], "same_table", NO_VALUES), 103);
    CHECK_OK(VM_ContextExecute(contexts[0], latest(contexts[0]), "pi", NO_VALUES, &result, 1, &error));
    CHECK(result.of.f64 == 3.25);
    CHECK_INT(run(contexts[0], "object", NO_VALUES), 1);

    /* Instances of one context share what the host module has there, in the size that it has by now. */
    CHECK_INT(run(contexts[0], "size", NO_VALUES), 3);
    CHECK_INT(run(contexts[0], "grow", NO_VALUES), 3);
    instantiate(engine, contexts[0], GUEST("host_items"));
    CHECK_INT(run(contexts[0], "count", NO_VALUES), 104);
    CHECK_INT(run(contexts[0], "size", NO_VALUES), 5);
    CHECK_INT(run(contexts[1], "size", NO_VALUES), 3);
    VM_ContextDelete(contexts[0]);
    CHECK_INT(run(contexts[1], "count", NO_VALUES), 102);
    VM_ContextDelete(contexts[1]);
    VM_EngineDelete(engine);
}

static void names(void)
{
    VM_HostModule *host = items();
    VM_Value value = VM_ValueI32(1);
    CHECK_STATUS(VM_HostModuleAddMemory(host, "pi", &memory, &error), VM_STATUS_ALREADY_EXISTS,
                 "host module `host` already has an item `pi`");
    CHECK_STATUS(VM_HostModuleAddTable(host, "memory", &table, &error), VM_STATUS_ALREADY_EXISTS, "already has an item `memory`");
    CHECK_STATUS(VM_HostModuleAddGlobal(host, "table", &counter, &value, &error), VM_STATUS_ALREADY_EXISTS,
                 "already has an item `table`");
    CHECK_TEXT(VM_ErrorGetModuleName(error), "host");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "table");

    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host, &error));
    CHECK_STATUS(VM_HostModuleAddMemory(host, "m", &memory, &error), VM_STATUS_SEALED, "add `m` before registering it");
    CHECK_STATUS(VM_HostModuleAddTable(host, "t", &table, &error), VM_STATUS_SEALED, "add `t` before registering it");
    CHECK_STATUS(VM_HostModuleAddGlobal(host, "g", &counter, &value, &error), VM_STATUS_SEALED,
                 "add `g` before registering it");
    VM_HostModuleDelete(host);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static void wrong_types(void)
{
    VM_HostModule *host = new_host("host");
    VM_TableType numbers = { .size = sizeof(VM_TableType), .element = VM_VALTYPE_I32, .minimum = 1 }, nothing = { .size = sizeof(VM_TableType), .element = VM_VALTYPE_NONE, .minimum = 1 };
    VM_GlobalType buffer = { .size = sizeof(VM_GlobalType), .content = VM_VALTYPE_BUFFER, .is_mutable = false };
    VM_Value value = VM_ValueI64(1), made_up = VM_ValueExternRef(VM_RefNull());
    made_up.of.ref.context = 1;
    CHECK_STATUS(VM_HostModuleAddTable(host, "t", &numbers, &error), VM_STATUS_WRONG_TYPE,
                 "a table cannot contain i32; its elements are funcref or externref");
    CHECK_STATUS(VM_HostModuleAddTable(host, "t", &nothing, &error), VM_STATUS_INVALID_ARGUMENT,
                 "no value is not allowed in a type");
    CHECK_STATUS(VM_HostModuleAddGlobal(host, "g", &counter, &value, &error), VM_STATUS_WRONG_TYPE,
                 "the value is i64, but the global is i32");
    CHECK_STATUS(VM_HostModuleAddGlobal(host, "g", &object, &made_up, &error), VM_STATUS_WRONG_TYPE,
                 "the initial value of a global of a host module must be the null reference: other references belong to a context");
    CHECK_STATUS(VM_HostModuleAddGlobal(host, "g", &buffer, &value, &error), VM_STATUS_INVALID_ARGUMENT,
                 "is not allowed in a type");
    VM_HostModuleDelete(host);
}

/* Limits that contradict each other, or that no engine can have. */
static void impossible_limits(void)
{
    VM_MemoryType memories[] = { { .size = sizeof(VM_MemoryType), .minimum = 5, .maximum = 2, .has_maximum = true }, { .size = sizeof(VM_MemoryType), .minimum = (uint64_t)1 << 40 } };
    VM_TableType tables[] = { { .size = sizeof(VM_TableType), .element = VM_VALTYPE_FUNCREF, .minimum = 5, .has_maximum = true, .maximum = 2 }, { .size = sizeof(VM_TableType), .element = VM_VALTYPE_FUNCREF, .minimum = (uint64_t)1 << 40 } };
    VM_HostModule *host = new_host("host");
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(VM_HostModuleAddMemory(host, "memory", &memories[i], &error), VM_STATUS_INVALID_ARGUMENT, "a memory of ");
        CHECK(strstr(VM_ErrorGetMessage(error), " is not possible: ") != NULL);
        CHECK_TEXT(VM_ErrorGetModuleName(error), "host");
        CHECK_TEXT(VM_ErrorGetFunctionName(error), "memory");
        CHECK_STATUS(VM_HostModuleAddTable(host, "table", &tables[i], &error), VM_STATUS_INVALID_ARGUMENT, " is not possible: ");
        CHECK_TEXT(VM_ErrorGetFunctionName(error), "table");
    }
    CHECK_OK(VM_HostModuleAddMemory(host, "memory", &memory, &error));
    CHECK_OK(VM_HostModuleAddTable(host, "table", &table, &error));
    VM_HostModuleDelete(host);
}

int main(void)
{
    one_set_for_each_context();
    names();
    wrong_types();
    impossible_limits();
    return finish();
}
