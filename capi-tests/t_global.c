/* Globals from the host: values of every type, constants, types. */
#include "test.h"

static VM_Context *context;

static VM_Global find(const char *name)
{
    VM_Global global;
    NEED(VM_InstanceFindGlobal(context, latest(context), name, &global, &error));
    return global;
}

static VM_Value get(const char *name)
{
    VM_Value value;
    NEED(VM_GlobalRead(context, find(name), &value, &error));
    return value;
}

static void set(const char *name, VM_Value value)
{
    CHECK_OK(VM_GlobalWrite(context, find(name), &value, &error));
}

static void values(void)
{
    static const uint8_t bytes[16] = { 1, 0, 0, 0, 0, 0, 0, 0, 2 }, other[16] = { 0xff, 7 };
    CHECK_INT(get("counter").of.i32, 5);
    set("counter", VM_ValueI32(-7));
    CHECK_INT(run(context, "get", NO_VALUES), -7);
    CHECK(get("constant").type == VM_VALTYPE_I64 && get("constant").of.i64 == -6);
    CHECK(get("real").of.f64 == 0.5);
    set("real", VM_ValueF64(-0.25));
    CHECK(get("real").of.f64 == -0.25);
    CHECK(memcmp(get("vector").of.v128, bytes, 16) == 0);
    set("vector", VM_ValueV128(other));
    CHECK(memcmp(get("vector").of.v128, other, 16) == 0);
}

static void references(void)
{
    VM_Value value = get("function"), result;
    VM_Ref ref;
    void *pointer = NULL;
    CHECK_OK(VM_FuncCall(context, VM_FuncFromRef(value.of.ref), VALUES(VM_ValueI32(1), VM_ValueI32(2)), &result, 1, &error));
    CHECK_INT(result.of.i32, 3);
    VM_RefRelease(value.of.ref);
    set("function", VM_ValueFuncRef(VM_RefNull()));
    CHECK_INT(get("function").of.ref.context, 0);
    CHECK_INT(get("object").of.ref.context, 0);
    NEED(VM_RefCreateExtern(context, &context, NULL, &ref, &error));
    set("object", VM_ValueExternRef(ref));
    VM_RefRelease(ref);
    value = get("object");
    CHECK_OK(VM_RefGetExtern(context, value.of.ref, &pointer, &error));
    CHECK(pointer == &context);
    VM_RefRelease(value.of.ref);
}

static void refused(void)
{
    VM_Value i32 = VM_ValueI32(1), i64 = VM_ValueI64(1), none = { 0 }, null = VM_ValueFuncRef(VM_RefNull());
    CHECK_STATUS(VM_GlobalWrite(context, find("constant"), &i64, &error), VM_STATUS_IMMUTABLE,
                 "a constant global i64 cannot be set");
    CHECK_STATUS(VM_GlobalWrite(context, find("counter"), &i64, &error), VM_STATUS_WRONG_TYPE,
                 "the value is i64, but i32 is needed");
    CHECK_STATUS(VM_GlobalWrite(context, find("real"), &i32, &error), VM_STATUS_WRONG_TYPE,
                 "the value is i32, but f64 is needed");
    CHECK_STATUS(VM_GlobalWrite(context, find("counter"), &none, &error), VM_STATUS_WRONG_TYPE,
                 "the value is no value, but i32 is needed");
    CHECK_STATUS(VM_GlobalWrite(context, find("object"), &null, &error), VM_STATUS_WRONG_TYPE,
                 "the value is funcref, but externref is needed");
    CHECK_INT(get("counter").of.i32, -7);
    CHECK_INT(get("constant").of.i64, -6);
}

static void types(void)
{
    const struct {
        const char *name;
        VM_ValType content;
        bool is_mutable;
    } expected[] = { { "counter", VM_VALTYPE_I32, true }, { "constant", VM_VALTYPE_I64, false },
                     { "real", VM_VALTYPE_F64, true },    { "vector", VM_VALTYPE_V128, true },
                     { "object", VM_VALTYPE_EXTERNREF, true }, { "function", VM_VALTYPE_FUNCREF, true } };
    for (int i = 0; i < 6; i++) {
        VM_GlobalType type = { .size = sizeof(VM_GlobalType), .content = 0, .is_mutable = false };
        CHECK_OK(VM_GlobalGetType(context, find(expected[i].name), &type, &error));
        CHECK_INT(type.content, expected[i].content);
        CHECK_INT(type.is_mutable, expected[i].is_mutable);
    }
}

int main(void)
{
    VM_Engine *engine = new_engine();
    context = new_context(engine);
    instantiate(engine, context, GUEST("exports"));
    values();
    references();
    refused();
    types();
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
