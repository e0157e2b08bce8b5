/* Functions by their handles: calls, types, references. */
#include "test.h"

static VM_Context *context;

static VM_Func find(const char *name)
{
    VM_Func func;
    NEED(VM_InstanceFindFunction(context, latest(context), name, &func, &error));
    return func;
}

static void calls(void)
{
    VM_Value results[3], six[6];
    for (int i = 0; i < 6; i++)
        six[i] = VM_ValueI32(1 << i);
    CHECK_OK(VM_FuncCall(context, find("add"), VALUES(VM_ValueI32(INT32_MAX), VM_ValueI32(1)), results, 1, &error));
    CHECK_INT(results[0].of.i32, INT32_MIN);
    CHECK_OK(VM_FuncCall(context, find("sums"), six, 6, results, 2, &error));
    CHECK(results[0].of.i32 == 7 && results[1].of.i32 == 56);
    CHECK_OK(VM_FuncCall(context, find("nothing"), NO_VALUES, NO_VALUES, &error));
    CHECK_OK(VM_FuncCall(context, find("nothing"), six, 0, results, 0, &error));
}

static void wrong_calls(void)
{
    VM_Value results[3], i32 = VM_ValueI32(1), i64 = VM_ValueI64(1), none = { 0 };
    VM_Func add = find("add");
    const size_t counts[][2] = { { 0, 1 }, { 1, 1 }, { 3, 1 }, { 2, 0 }, { 2, 2 }, { 5, 1 }, { 0, 0 } };
    VM_Value many[5] = { i32, i32, i32, i32, i32 };
    char message[200];
    for (int i = 0; i < 7; i++) {
        snprintf(message, sizeof message,
                 "the function (i32, i32) -> (i32) takes 2 arguments and returns 1 result, but %d argument%s and room for %d result%s were passed",
                 (int)counts[i][0], counts[i][0] == 1 ? "" : "s", (int)counts[i][1], counts[i][1] == 1 ? "" : "s");
        CHECK_STATUS(VM_FuncCall(context, add, many, counts[i][0], results, counts[i][1], &error),
                     VM_STATUS_WRONG_COUNT, message);
    }
    results[0] = i32;
    CHECK_STATUS(VM_FuncCall(context, add, VALUES(i32, i64), results, 1, &error), VM_STATUS_WRONG_TYPE,
                 "argument 2 is i64, but the function (i32, i32) -> (i32) takes i32 there");
    CHECK_INT(results[0].type, VM_VALTYPE_NONE);
    CHECK_STATUS(VM_FuncCall(context, add, VALUES(none, i32), results, 1, &error), VM_STATUS_WRONG_TYPE,
                 "argument 1 is no value, which no function takes");
    CHECK_STATUS(VM_FuncCall(context, add, many, SIZE_MAX, results, 1, &error), VM_STATUS_INVALID_ARGUMENT,
                 "args cannot have the size");
    CHECK_STATUS(VM_FuncCall(context, add, many, 2, results, SIZE_MAX, &error), VM_STATUS_INVALID_ARGUMENT,
                 "results cannot have the size");

    /* Results and arguments may be the same array. */
    many[0] = many[1] = VM_ValueI32(1);
    CHECK_OK(VM_FuncCall(context, add, many, 2, &many[1], 1, &error));
    CHECK(many[0].of.i32 == 1 && many[1].of.i32 == 2);
    many[1] = VM_ValueI32(1);
    CHECK_OK(VM_FuncCall(context, add, many, 2, &many[2], 1, &error));
    CHECK_INT(many[2].of.i32, 2);
}

static void types(void)
{
    VM_FuncType *type = NULL;
    size_t count = 0;
    CHECK_OK(VM_FuncTypeCreateFromFunc(context, find("sums"), &type, &error));
    const VM_ValType *found = VM_FuncTypeGetParams(type, &count);
    CHECK(count == 6 && found[0] == VM_VALTYPE_I32 && found[5] == VM_VALTYPE_I32);
    found = VM_FuncTypeGetResults(type, &count);
    CHECK(count == 2 && found[1] == VM_VALTYPE_I32);
    VM_FuncTypeDelete(type);
    CHECK_OK(VM_FuncTypeCreateFromFunc(context, find("nothing"), &type, &error));
    VM_FuncTypeGetParams(type, &count);
    CHECK_INT(count, 0);
    VM_FuncTypeDelete(type);
}

static void references(void)
{
    VM_Func mul = find("mul"), back;
    VM_Ref ref = VM_FuncToRef(mul);
    VM_Value result;
    back = VM_FuncFromRef(ref);
    CHECK(memcmp(&back, &mul, sizeof mul) == 0);
    CHECK_OK(VM_FuncCall(context, back, VALUES(VM_ValueI32(6), VM_ValueI32(7)), &result, 1, &error));
    CHECK_INT(result.of.i32, 42);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    context = new_context(engine);
    instantiate(engine, context, GUEST("exports"));
    calls();
    wrong_calls();
    types();
    references();
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
