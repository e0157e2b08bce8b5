/* Host functions: by signature and by type, refused, sealed, freed exactly once. */
#include "test.h"

static VM_Status VM_CALL add(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    results[0] = VM_ValueI32(args[0].of.i32 + args[1].of.i32);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL mix(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    CHECK(*(int *)user == 5);
    CHECK_INT(caller->arg_count, 4);
    CHECK(args[0].type == VM_VALTYPE_I64 && args[1].type == VM_VALTYPE_F32 && args[2].type == VM_VALTYPE_F64);
    CHECK(args[3].type == VM_VALTYPE_V128 && args[3].of.v128[0] == 1 && args[3].of.v128[8] == 2);
    results[0] = args[3];
    results[1] = VM_ValueF64(args[1].of.f32 + args[2].of.f64);
    results[2] = VM_ValueI64(args[0].of.i64);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL tell(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)results;
    CHECK_INT(caller->result_count, 0);
    CHECK(args[0].type == VM_VALTYPE_EXTERNREF && args[0].of.ref.context == 0);
    CHECK(args[1].type == VM_VALTYPE_FUNCREF && args[1].of.ref.context == 0);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL sum(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    int32_t total = 0;
    (void)user;
    for (uint32_t i = 0; i < caller->arg_count; i++)
        total += args[i].of.i32;
    results[0] = VM_ValueI32(total);
    return VM_STATUS_OK;
}

static void add_by_type(VM_HostModule *host, const char *name, const VM_ValType *params, size_t param_count,
                        const VM_ValType *results, size_t result_count, VM_Callback callback, void *user)
{
    VM_FuncType *type = NULL;
    NEED(VM_FuncTypeCreate(params, param_count, results, result_count, &type, &error));
    CHECK_OK(VM_HostModuleAddFunctionWithType(host, name, type, callback, user, NULL, &error));
    VM_FuncTypeDelete(type);
}

static VM_HostModule *functions(bool by_type, int *user)
{
    static const VM_ValType i32[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    static const VM_ValType params[] = { VM_VALTYPE_I64, VM_VALTYPE_F32, VM_VALTYPE_F64, VM_VALTYPE_V128 };
    static const VM_ValType results[] = { VM_VALTYPE_V128, VM_VALTYPE_F64, VM_VALTYPE_I64 };
    static const VM_ValType refs[] = { VM_VALTYPE_EXTERNREF, VM_VALTYPE_FUNCREF };
    VM_HostModule *host = new_host("env");
    if (by_type) {
        add_by_type(host, "add", i32, 2, i32, 1, add, NULL);
        add_by_type(host, "mix", params, 4, results, 3, mix, user);
        add_by_type(host, "tell", refs, 2, NULL, 0, tell, NULL);
        add_by_type(host, "many", i32, 20, i32, 1, sum, NULL);
    } else {
        CHECK_OK(VM_HostModuleAddFunction(host, "add", "(ii)i", add, NULL, NULL, &error));
        CHECK_OK(VM_HostModuleAddFunction(host, "mix", "(IfFv)vFI", mix, user, NULL, &error));
        CHECK_OK(VM_HostModuleAddFunction(host, "tell", "(rc)", tell, NULL, NULL, &error));
        CHECK_OK(VM_HostModuleAddFunction(host, "many", "(iiiiiiiiiiiiiiiiiiii)i", sum, NULL, NULL, &error));
    }
    return host;
}

static void called(bool by_type)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    int user = 5;
    VM_HostModule *host = functions(by_type, &user);
    VM_Value results[3];
    CHECK_OK(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host); /* at once: the context keeps what it needs */
    instantiate(engine, context, GUEST("host_functions"));
    CHECK_INT(run(context, "add", VALUES(VM_ValueI32(INT32_MIN), VM_ValueI32(-1 - INT32_MIN))), -1);
    CHECK_OK(VM_ContextExecute(context, latest(context), "mix", NO_VALUES, results, 3, &error));
    CHECK(results[0].of.v128[8] == 2 && results[1].of.f64 == 4 && results[2].of.i64 == 7);
    CHECK_OK(VM_ContextExecute(context, latest(context), "tell", NO_VALUES, NO_VALUES, &error));
    CHECK_INT(run(context, "many", NO_VALUES), 210);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static void refused(void)
{
    const char *signatures[] = { "", "i", "(", "(ii", "(x)", "(i)i)", "(<i)", "()\xc3\xbc", "(i) i" };
    VM_HostModule *host = new_host("env");
    atomic_int freed = 0;
    for (int i = 0; i < 9; i++) {
        CHECK_STATUS(VM_HostModuleAddFunction(host, "f", signatures[i], add, &freed, count_free, &error), VM_STATUS_BAD_SIGNATURE,
                     "is invalid at character ");
        CHECK_TEXT(VM_ErrorGetModuleName(error), "env");
        CHECK_TEXT(VM_ErrorGetFunctionName(error), "f");
        CHECK_INT(freed, i + 1);
    }
    CHECK_OK(VM_HostModuleAddFunction(host, "f", "()", add, &freed, count_free, &error));
    CHECK_INT(freed, 9);
    CHECK_STATUS(VM_HostModuleAddFunction(host, "f", "(i)", add, &freed, count_free, &error), VM_STATUS_ALREADY_EXISTS,
                 "host module `env` already has an item `f`; choose another name");
    CHECK_INT(freed, 10);
    VM_HostModuleDelete(host);
    CHECK_INT(freed, 11);
}

/* One host module in two contexts of one engine and in one of another: its data is freed when all are deleted. */
static void shared_and_sealed(void)
{
    VM_Engine *engines[] = { new_engine(), new_engine() };
    VM_Context *contexts[] = { new_context(engines[0]), new_context(engines[0]), new_context(engines[1]) };
    int user = 5;
    atomic_int freed = 0;
    VM_HostModule *host = functions(false, &user);
    VM_FuncType *type = NULL;
    NEED(VM_FuncTypeCreate(NULL, 0, NULL, 0, &type, &error));
    CHECK_OK(VM_HostModuleAddFunctionWithType(host, "owner", type, add, &freed, count_free, &error));
    for (int i = 0; i < 3; i++) {
        CHECK_OK(VM_ContextRegisterModule(contexts[i], host, &error));
        CHECK_STATUS(VM_HostModuleAddFunction(host, "late", "()", add, &freed, count_free, &error), VM_STATUS_SEALED,
                     "host module `env` is registered in a context and cannot be changed; add `late` before registering it");
        CHECK_STATUS(VM_HostModuleAddFunctionWithType(host, "late", type, add, &freed, count_free, &error),
                     VM_STATUS_SEALED, NULL);
    }
    CHECK_INT(freed, 6);
    VM_FuncTypeDelete(type);
    for (int i = 0; i < 3; i++) {
        instantiate(engines[i / 2], contexts[i], GUEST("host_functions"));
        CHECK_INT(run(contexts[i], "add", VALUES(VM_ValueI32(i), VM_ValueI32(1))), i + 1);
    }
    /* It stays sealed when the contexts are gone. */
    for (int i = 0; i < 3; i++)
        VM_ContextDelete(contexts[i]);
    CHECK_STATUS(VM_HostModuleAddFunction(host, "late", "()", add, &freed, count_free, &error), VM_STATUS_SEALED, NULL);
    CHECK_INT(freed, 7);
    VM_HostModuleDelete(host);
    CHECK_INT(freed, 8);
    VM_EngineDelete(engines[0]);
    VM_EngineDelete(engines[1]);
}

int main(void)
{
    called(false);
    called(true);
    refused();
    shared_and_sealed();
    return finish();
}
