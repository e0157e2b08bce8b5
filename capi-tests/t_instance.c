/* Lookup of the exports of an instance. */
#include "test.h"

static VM_Context *context;
static VM_Instance first, second;

static void finds_each_kind(void)
{
    VM_Func func, again, other;
    VM_Memory memory;
    VM_Table table;
    VM_Global global;
    uint64_t id = VM_ContextGetId(context);
    CHECK_OK(VM_InstanceFindFunction(context, first, "add", &func, &error));
    CHECK_OK(VM_InstanceFindMemory(context, first, "memory", &memory, &error));
    CHECK_OK(VM_InstanceFindTable(context, first, "table", &table, &error));
    CHECK_OK(VM_InstanceFindGlobal(context, first, "counter", &global, &error));
    CHECK(func.context == id && memory.context == id && table.context == id && global.context == id);
    CHECK_OK(VM_InstanceFindFunction(context, first, "add", &again, &error));
    CHECK(memcmp(&func, &again, sizeof func) == 0);
    CHECK_OK(VM_InstanceFindFunction(context, first, "mul", &other, &error));
    CHECK(memcmp(&func, &other, sizeof func) != 0);
    CHECK_OK(VM_InstanceFindFunction(context, second, "add", &other, &error));
    CHECK(memcmp(&func, &other, sizeof func) != 0);
}

static void says_what_it_has(void)
{
    VM_Func func;
    VM_Memory memory;
    VM_Table table;
    VM_Global global;
    CHECK_STATUS(VM_InstanceFindFunction(context, latest(context), "sub", &func, &error), VM_STATUS_NOT_FOUND,
                 "the module has no exported function `sub`; it exports `add`, `mul`, `sums`, `nothing`, `call`, `load`, `get`, `grow` and "
                 "1 more");
    CHECK_STATUS(VM_InstanceFindMemory(context, latest(context), "mem", &memory, &error), VM_STATUS_NOT_FOUND,
                 "the module has no exported memory `mem`; it exports `memory`");
    CHECK_STATUS(VM_InstanceFindTable(context, latest(context), "", &table, &error), VM_STATUS_NOT_FOUND,
                 "the module has no exported table ``; it exports `table`, `objects`");
    CHECK_STATUS(VM_InstanceFindGlobal(context, latest(context), "g", &global, &error), VM_STATUS_NOT_FOUND,
                 "the module has no exported global `g`; it exports `counter`, `constant`, `real`, `vector`, `object`, `function`");
    CHECK_STATUS(VM_InstanceFindFunction(context, latest(context), "memory", &func, &error), VM_STATUS_WRONG_TYPE,
                 "the export `memory` is a memory, not a function");
    CHECK_STATUS(VM_InstanceFindMemory(context, latest(context), "table", &memory, &error), VM_STATUS_WRONG_TYPE,
                 "the export `table` is a table, not a memory");
    CHECK_STATUS(VM_InstanceFindTable(context, latest(context), "counter", &table, &error), VM_STATUS_WRONG_TYPE,
                 "the export `counter` is a global, not a table");
    CHECK_STATUS(VM_InstanceFindGlobal(context, latest(context), "add", &global, &error), VM_STATUS_WRONG_TYPE,
                 "the export `add` is a function, not a global");
}

static void removed_one_of_two(void)
{
    VM_Func func, kept;
    VM_Value sum;
    NEED(VM_InstanceFindFunction(context, first, "add", &func, &error));
    NEED(VM_InstanceFindFunction(context, second, "add", &kept, &error));
    CHECK_OK(VM_ContextRemoveInstance(context, first, &error));
    CHECK_STATUS(VM_InstanceFindFunction(context, first, "add", &func, &error), VM_STATUS_STALE, "the handle is stale");
    CHECK_STATUS(VM_FuncCall(context, func, VALUES(VM_ValueI32(1), VM_ValueI32(2)), &sum, 1, &error), VM_STATUS_STALE, NULL);
    CHECK_OK(VM_FuncCall(context, kept, VALUES(VM_ValueI32(1), VM_ValueI32(2)), &sum, 1, &error));
    CHECK_INT(sum.of.i32, 3);
    CHECK_OK(VM_ContextRemoveInstance(context, second, &error));
    CHECK_STATUS(VM_InstanceFindFunction(context, second, "add", &func, &error), VM_STATUS_STALE, "the handle is stale");
}

int main(void)
{
    VM_Engine *engine = new_engine();
    context = new_context(engine);
    first = instantiate(engine, context, GUEST("exports"));
    second = instantiate(engine, context, GUEST("exports"));
    finds_each_kind();
    says_what_it_has();
    removed_one_of_two();
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
