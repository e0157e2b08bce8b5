/* Results that a function of numbers without types does not write are any numbers, but nothing that was in memory of the host before. */
#include "test.h"

static const int64_t secret = INT64_C(0x5ec3e75ec3e75ec3);

static VM_Status VM_CALL fill(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user;
    (void)caller;
    for (int i = 0; i < 3; i++)
        CHECK(values[i].i64 == secret);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL silent(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)values;
    CHECK(caller->result_count == 3);
    ++*(int *)user;
    return VM_STATUS_OK;
}

static void call(VM_Context *context, const char *name, const VM_Value *args, size_t count)
{
    VM_Value results[3];
    CHECK_OK(VM_ContextExecute(context, latest(context), name, args, count, results, 3, &error));
    /* The first may be the argument, which has its place. */
    for (int i = 0; i < 3; i++)
        CHECK(results[i].type == VM_VALTYPE_I64 && results[i].of.i64 != secret);
}

static void calls(VM_Engine *engine)
{
    int made = 0;
    VM_HostModule *host = new_host("raw");
    VM_Context *context = new_context(engine);
    NEED(VM_HostModuleAddFunctionRaw(host, "fill", "(III)III", fill, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunctionRaw(host, "silent", "()III", silent, &made, NULL, &error));
    NEED(VM_HostModuleAddFunctionRaw(host, "half", "(I)III", silent, &made, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("raw_results"));
    for (int i = 0; i < 3; i++) {
        call(context, "silent", VALUES(VM_ValueI64(secret)));
        call(context, "half", VALUES(VM_ValueI64(secret), VM_ValueI64(7)));
    }
    CHECK_INT(made, 6);
    VM_ContextDelete(context);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
}

int main(void)
{
    calls(new_engine());
    calls(new_engine_with(true, false));
    return finish();
}
