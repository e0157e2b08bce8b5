/* Values of every type: layout, and round trips through a guest, bit for bit. */
#include "test.h"

static VM_Engine *engine;
static VM_Context *context;

static const uint8_t bytes[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff };

static float float_of(uint32_t bits)
{
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static double double_of(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void constructors(void)
{
    VM_Ref ref = { 7, 8, 9 };
    VM_Value value = VM_ValueI32(-5);
    CHECK(value.type == VM_VALTYPE_I32 && value.reserved == 0 && value.of.i32 == -5);
    value = VM_ValueI64(INT64_MIN);
    CHECK(value.type == VM_VALTYPE_I64 && value.reserved == 0 && value.of.i64 == INT64_MIN);
    value = VM_ValueF32(1.5f);
    CHECK(value.type == VM_VALTYPE_F32 && value.reserved == 0 && value.of.f32 == 1.5f);
    value = VM_ValueF64(-2.5);
    CHECK(value.type == VM_VALTYPE_F64 && value.reserved == 0 && value.of.f64 == -2.5);
    value = VM_ValueV128(bytes);
    CHECK(value.type == VM_VALTYPE_V128 && value.reserved == 0 && memcmp(value.of.v128, bytes, 16) == 0);
    value = VM_ValueFuncRef(ref);
    CHECK(value.type == VM_VALTYPE_FUNCREF && value.reserved == 0 && memcmp(&value.of.ref, &ref, sizeof ref) == 0);
    value = VM_ValueExternRef(ref);
    CHECK(value.type == VM_VALTYPE_EXTERNREF && value.reserved == 0 && memcmp(&value.of.ref, &ref, sizeof ref) == 0);
    ref = VM_RefNull();
    CHECK(ref.context == 0 && ref.slot == 0 && ref.generation == 0);
    CHECK_INT(sizeof(VM_Value), 24);
    CHECK_INT(offsetof(VM_Value, of), 8);
    CHECK_INT(sizeof(VM_Ref), 16);
}

/* Numbers that lose bits when they are taken for another type. */
static void through_a_guest(void)
{
    const int32_t i32s[] = { 0, 1, -1, INT32_MAX, INT32_MIN };
    const int64_t i64s[] = { 0, 1, -1, INT64_MAX, INT64_MIN, (int64_t)1 << 32 };
    const uint32_t f32s[] = { 0, 0x80000000, 0x3f800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffffffff, 1 };
    const uint64_t f64s[] = { 0, (uint64_t)1 << 63, 0x3ff0000000000000, 0x7ff0000000000000, 0x7ff8000000000000,
                              0x7ff0000000000001, UINT64_MAX, 1 };
    VM_Value result;
    for (size_t i = 0; i < sizeof i32s / sizeof *i32s; i++)
        CHECK_INT(run(context, "i32", VALUES(VM_ValueI32(i32s[i]))), i32s[i]);
    for (size_t i = 0; i < sizeof i64s / sizeof *i64s; i++) {
        CHECK_OK(VM_ContextExecute(context, latest(context), "i64", VALUES(VM_ValueI64(i64s[i])), &result, 1, &error));
        CHECK(result.type == VM_VALTYPE_I64 && result.reserved == 0 && result.of.i64 == i64s[i]);
    }
    for (size_t i = 0; i < sizeof f32s / sizeof *f32s; i++) {
        CHECK_OK(VM_ContextExecute(context, latest(context), "f32", VALUES(VM_ValueF32(float_of(f32s[i]))), &result, 1, &error));
        CHECK(result.type == VM_VALTYPE_F32 && memcmp(&result.of.f32, &f32s[i], 4) == 0);
    }
    for (size_t i = 0; i < sizeof f64s / sizeof *f64s; i++) {
        CHECK_OK(VM_ContextExecute(context, latest(context), "f64", VALUES(VM_ValueF64(double_of(f64s[i]))), &result, 1, &error));
        CHECK(result.type == VM_VALTYPE_F64 && memcmp(&result.of.f64, &f64s[i], 8) == 0);
    }
    CHECK_OK(VM_ContextExecute(context, latest(context), "v128", VALUES(VM_ValueV128(bytes)), &result, 1, &error));
    CHECK(result.type == VM_VALTYPE_V128 && memcmp(result.of.v128, bytes, 16) == 0);
    CHECK_OK(VM_ContextExecute(context, latest(context), "funcref", VALUES(VM_ValueFuncRef(VM_RefNull())), &result, 1, &error));
    CHECK(result.type == VM_VALTYPE_FUNCREF && result.of.ref.context == 0);
    CHECK_OK(VM_ContextExecute(context, latest(context), "externref", VALUES(VM_ValueExternRef(VM_RefNull())), &result, 1, &error));
    CHECK(result.type == VM_VALTYPE_EXTERNREF && result.of.ref.context == 0);
}

static void all_at_once(void)
{
    VM_Value results[7];
    VM_Func func;
    VM_Ref object = VM_RefNull();
    void *pointer = NULL;
    NEED(VM_InstanceFindFunction(context, latest(context), "all", &func, &error));
    NEED(VM_RefCreateExtern(context, &engine, NULL, &object, &error));
    CHECK_OK(VM_FuncCall(context, func,
                         VALUES(VM_ValueI32(1), VM_ValueI64(2), VM_ValueF32(3), VM_ValueF64(4), VM_ValueV128(bytes),
                                VM_ValueFuncRef(VM_FuncToRef(func)), VM_ValueExternRef(object)),
                         results, 7, &error));
    CHECK_OK(VM_RefGetExtern(context, results[0].of.ref, &pointer, &error));
    CHECK(results[0].type == VM_VALTYPE_EXTERNREF && pointer == &engine);
    CHECK(results[1].type == VM_VALTYPE_FUNCREF && results[1].of.ref.context == VM_ContextGetId(context));
    CHECK(results[2].type == VM_VALTYPE_V128 && memcmp(results[2].of.v128, bytes, 16) == 0);
    CHECK(results[3].of.f64 == 4 && results[4].of.f32 == 3 && results[5].of.i64 == 2 && results[6].of.i32 == 1);
    VM_RefRelease(results[0].of.ref);
    VM_RefRelease(results[1].of.ref);

    /* Each argument must have its own type, also a reference. */
    const char *names[] = { "i32", "i64", "f32", "f64", "v128", "funcref", "externref" };
    VM_Value values[] = { VM_ValueI32(1), VM_ValueI64(2), VM_ValueF32(3), VM_ValueF64(4), VM_ValueV128(bytes),
                          VM_ValueFuncRef(VM_FuncToRef(func)), VM_ValueExternRef(object) };
    char message[100];
    for (int wanted = 0; wanted < 7; wanted++) {
        for (int given = 0; given < 7; given++) {
            snprintf(message, sizeof message, "argument 1 is %s, but the function (%s) -> (%s) takes %s there", names[given],
                     names[wanted], names[wanted], names[wanted]);
            VM_Status status = wanted == given ? VM_STATUS_OK : VM_STATUS_WRONG_TYPE;
            CHECK_STATUS(VM_ContextExecute(context, latest(context), names[wanted], &values[given], 1, results, 1, &error), status,
                         status ? message : NULL);
        }
    }
    values[5].of.ref = object;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "funcref", &values[5], 1, results, 1, &error), VM_STATUS_WRONG_TYPE,
                 "the handle is of a host object, but a function is needed");
    values[6].of.ref = VM_FuncToRef(func);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "externref", &values[6], 1, results, 1, &error), VM_STATUS_WRONG_TYPE,
                 "the handle is of a function, but a host object is needed");
}

int main(void)
{
    engine = new_engine();
    context = new_context(engine);
    instantiate(engine, context, GUEST("values"));
    constructors();
    through_a_guest();
    all_at_once();
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
