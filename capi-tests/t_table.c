/* Tables used by the host: elements that the guest calls, bounds, growth, types. */
#include "test.h"

static VM_Context *context;
static VM_Table table, objects;

static void elements(void)
{
    VM_Value value, result, null = VM_ValueFuncRef(VM_RefNull());
    VM_Func add;
    CHECK_OK(VM_TableRead(context, table, 0, &value, &error));
    CHECK(value.type == VM_VALTYPE_FUNCREF && value.of.ref.context == 0);
    CHECK_OK(VM_TableRead(context, table, 2, &value, &error));
    CHECK_OK(VM_FuncCall(context, VM_FuncFromRef(value.of.ref), VALUES(VM_ValueI32(6), VM_ValueI32(7)), &result, 1, &error));
    CHECK_INT(result.of.i32, 42);
    CHECK_OK(VM_TableWrite(context, table, 0, &value, &error));
    VM_RefRelease(value.of.ref); /* the table has it still */
    CHECK_INT(run(context, "call", VALUES(VM_ValueI32(0), VM_ValueI32(3), VM_ValueI32(4))), 12);
    NEED(VM_InstanceFindFunction(context, latest(context), "add", &add, &error));
    value = VM_ValueFuncRef(VM_FuncToRef(add));
    CHECK_OK(VM_TableWrite(context, table, 0, &value, &error));
    CHECK_INT(run(context, "call", VALUES(VM_ValueI32(0), VM_ValueI32(3), VM_ValueI32(4))), 7);
    CHECK_OK(VM_TableWrite(context, table, 0, &null, &error));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "call", VALUES(VM_ValueI32(0), VM_ValueI32(3), VM_ValueI32(4)), &result, 1, &error),
                 VM_STATUS_TRAP, "indirect call to a null function");
}

static void objects_of_the_host(void)
{
    int number = 5;
    VM_Ref ref;
    VM_Value value, got;
    void *pointer = NULL;
    NEED(VM_RefCreateExtern(context, &number, NULL, &ref, &error));
    value = VM_ValueExternRef(ref);
    CHECK_OK(VM_TableWrite(context, objects, 1, &value, &error));
    VM_RefRelease(ref);
    CHECK_OK(VM_TableRead(context, objects, 1, &got, &error));
    CHECK_INT(got.type, VM_VALTYPE_EXTERNREF);
    CHECK_OK(VM_RefGetExtern(context, got.of.ref, &pointer, &error));
    CHECK(pointer == &number);
    VM_RefRelease(got.of.ref);
}

static void refused(void)
{
    VM_Value null = VM_ValueFuncRef(VM_RefNull()), object = VM_ValueExternRef(VM_RefNull()), number = VM_ValueI32(1);
    VM_Value value = number, none = { 0 };
    CHECK_STATUS(VM_TableRead(context, table, 3, &value, &error), VM_STATUS_OUT_OF_BOUNDS,
                 "index 3 is out of bounds: the table has 3 elements");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_TABLE_OUT_OF_BOUNDS);
    CHECK_STATUS(VM_TableRead(context, table, UINT64_MAX, &value, &error), VM_STATUS_OUT_OF_BOUNDS, NULL);
    CHECK_STATUS(VM_TableRead(context, table, (uint64_t)1 << 32, &value, &error), VM_STATUS_OUT_OF_BOUNDS, NULL);
    CHECK_STATUS(VM_TableWrite(context, table, 3, &null, &error), VM_STATUS_OUT_OF_BOUNDS,
                 "index 3 is out of bounds: the table has 3 elements");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_TABLE_OUT_OF_BOUNDS);
    CHECK_STATUS(VM_TableWrite(context, table, (uint64_t)1 << 32, &null, &error), VM_STATUS_OUT_OF_BOUNDS, NULL);
    CHECK_STATUS(VM_TableWrite(context, table, 0, &object, &error), VM_STATUS_WRONG_TYPE,
                 "the element is externref, but funcref is needed");
    CHECK_STATUS(VM_TableWrite(context, objects, 0, &null, &error), VM_STATUS_WRONG_TYPE,
                 "the element is funcref, but externref is needed");
    CHECK_STATUS(VM_TableWrite(context, table, 0, &number, &error), VM_STATUS_WRONG_TYPE,
                 "the element is i32, but funcref is needed");
    CHECK_STATUS(VM_TableGrow(context, table, 1, &none, NULL, &error), VM_STATUS_WRONG_TYPE,
                 "the element is no value, but funcref is needed");
    CHECK(value.type == VM_VALTYPE_I32 && value.of.i32 == 1);
}

static void grows(void)
{
    VM_Value value;
    VM_Func mul;
    VM_TableType type = VM_TABLETYPE_INIT;
    uint64_t size = 0, former = 0;
    NEED(VM_InstanceFindFunction(context, latest(context), "mul", &mul, &error));
    value = VM_ValueFuncRef(VM_FuncToRef(mul));
    CHECK_OK(VM_TableGetSize(context, table, &size, &error));
    CHECK_INT(size, 3);
    CHECK_OK(VM_TableGrow(context, table, 2, &value, &former, &error));
    CHECK_INT(former, 3);
    CHECK_OK(VM_TableGetSize(context, table, &size, &error));
    CHECK_INT(size, 5);
    CHECK_INT(run(context, "call", VALUES(VM_ValueI32(4), VM_ValueI32(5), VM_ValueI32(6))), 30);
    const uint64_t too_many[] = { 1, UINT32_MAX, (uint64_t)1 << 40, UINT64_MAX };
    for (int i = 0; i < 4; i++)
        CHECK_STATUS(VM_TableGrow(context, table, too_many[i], &value, &former, &error), VM_STATUS_LIMIT,
                     ": its type allows 5 elements");
    CHECK_STATUS(VM_TableGrow(context, table, 2, &value, &former, &error), VM_STATUS_LIMIT,
                 "the table of 5 elements cannot grow by 2: its type allows 5 elements");
    CHECK_INT(former, 3);
    CHECK_OK(VM_TableGetType(context, table, &type, &error));
    CHECK(type.element == VM_VALTYPE_FUNCREF && type.minimum == 3 && type.has_maximum && type.maximum == 5 && !type.is_64);
    CHECK_OK(VM_TableGetType(context, objects, &type, &error));
    CHECK(type.element == VM_VALTYPE_EXTERNREF && type.minimum == 2 && !type.has_maximum && !type.is_64);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    context = new_context(engine);
    instantiate(engine, context, GUEST("exports"));
    NEED(VM_InstanceFindTable(context, latest(context), "table", &table, &error));
    NEED(VM_InstanceFindTable(context, latest(context), "objects", &objects, &error));
    elements();
    objects_of_the_host();
    refused();
    grows();
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
