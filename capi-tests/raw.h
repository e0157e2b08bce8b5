/* The host functions of guests/raw.wat, which get numbers without their types. */
#ifndef LIBVM_RAW_H
#define LIBVM_RAW_H

#include "test.h"

static inline VM_Status VM_CALL raw_none(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)values;
    CHECK(caller->arg_count == 0 && caller->result_count == 0);
    if (user)
        ++*(int *)user;
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL raw_add(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    CHECK(caller->arg_count == 2 && caller->result_count == 1);
    values[0].i32 += values[1].i32;
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL raw_half(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    (void)caller;
    values[0].f64 /= 2;
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL raw_float(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    (void)caller;
    values[0].f32 += 0.5f;
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL raw_mix(void *user, VM_Caller *caller, VM_RawValue *values)
{
    VM_RawValue result[3];
    (void)user;
    CHECK_INT(caller->arg_count, 4);
    result[0] = values[3];
    result[1].f64 = values[1].f32 + values[2].f64;
    result[2] = values[0];
    memcpy(values, result, sizeof result);
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL raw_many(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    for (uint32_t i = 1; i < caller->arg_count; i++)
        values[0].i32 += values[i].i32;
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL raw_seven(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    (void)caller;
    values[0].i64 = INT64_C(0x700000000);
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL raw_four(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    (void)caller;
    values[0].i64 = values[0].i64 - values[1].i32 + values[2].i64 - values[3].i32;
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL raw_pair(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    CHECK_INT(caller->result_count, 2);
    values[1].i64 = values[0].i32 * INT64_C(-1);
    values[0].i32 += 1;
    return VM_STATUS_OK;
}

/* Calls the guest, which calls it again. */
static inline VM_Status VM_CALL raw_again(void *user, VM_Caller *caller, VM_RawValue *values)
{
    VM_Value result;
    (void)user;
    if (values[0].i32 == 0)
        return VM_STATUS_OK;
    VM_Status status = VM_CallerCall(caller, "again", VALUES(VM_ValueI32(values[0].i32 - 1)), &result, 1);
    values[0].i32 = result.of.i32 + 2;
    return status;
}

static inline VM_Status VM_CALL raw_fail(void *user, VM_Caller *caller, VM_RawValue *values)
{
    char text[5];
    (void)user;
    switch (values[0].i32) {
    case 0: return VM_CallerFail(caller, VM_STATUS_IO, "the disk is full");
    case 1: return VM_STATUS_TRAP;
    case 2: return 12345;
    case 3: return VM_STATUS_PENDING;
    default:
        CHECK_INT(VM_CallerReadMemory(caller, 8, text, sizeof text), VM_STATUS_OK);
        CHECK(memcmp(text, "guest", sizeof text) == 0);
        return VM_STATUS_OK;
    }
}

static inline VM_Status VM_CALL raw_sleep(void *user, VM_Caller *caller, VM_RawValue *values)
{
    VM_Token token;
    (void)user;
    (void)values;
    return VM_CallerSuspend(caller, NULL, &token);
}

/* The host functions; `none` counts in `*calls`. */
static inline VM_HostModule *raw_host(int *calls)
{
    static const struct {
        const char *name, *signature;
        VM_RawCallback callback;
    } functions[] = {
        { "add", "(ii)i", raw_add }, { "half", "(F)F", raw_half }, { "float", "(f)f", raw_float }, { "mix", "(IfFv)vFI", raw_mix },
        { "many", "(iiiiiiiiiiiiiiiiiiii)i", raw_many }, { "seven", "()I", raw_seven }, { "four", "(IiIi)I", raw_four },
        { "pair", "(i)iI", raw_pair }, { "again", "(i)i", raw_again }, { "fail", "(i)i", raw_fail }, { "sleep", "(i)i", raw_sleep },
    };
    VM_HostModule *host = new_host("raw");
    NEED(VM_HostModuleAddFunctionRaw(host, "none", "()", raw_none, calls, NULL, &error));
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        NEED(VM_HostModuleAddFunctionRaw(host, functions[i].name, functions[i].signature, functions[i].callback, NULL, NULL, &error));
    return host;
}

#endif
