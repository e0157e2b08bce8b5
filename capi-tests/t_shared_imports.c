/* Contexts whose guests import functions of the same module from host modules that differ: each calls its own. */
#include "test.h"

/* What a host module adds, and how often it was called. */
typedef struct Host {
    int adds, calls;
    VM_HostModule *module;
} Host;

static VM_Engine *engine;

static VM_Status VM_CALL f(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Host *host = user;
    (void)caller;
    host->calls++;
    if (args[0].of.i32 < 0)
        return VM_CallerFail(caller, VM_STATUS_IO, "no");
    results[0] = VM_ValueI32(args[0].of.i32 + host->adds);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL f_raw(void *user, VM_Caller *caller, VM_RawValue *values)
{
    Host *host = user;
    (void)caller;
    host->calls++;
    values[0].i32 = values[0].i32 + host->adds;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL g(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Host *host = user;
    (void)caller;
    results[0] = VM_ValueI64(args[0].of.i32 + args[1].of.i64 + 100 * host->adds);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL wide(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Host *host = user;
    int sum = 0;
    (void)caller;
    for (int i = 0; i < 9; i++)
        sum += args[i].of.i32;
    results[0] = VM_ValueI32(sum);
    results[1] = VM_ValueI32(host->adds);
    return VM_STATUS_OK;
}

static Host *new_host_that_adds(int adds, bool raw)
{
    const VM_MemoryType memory = { .size = sizeof(VM_MemoryType), .minimum = 1, .page_size = 65536 };
    Host *host = calloc(1, sizeof *host);
    host->adds = adds;
    host->module = new_host("host");
    if (raw)
        NEED(VM_HostModuleAddFunctionRaw(host->module, "f", "(i)i", f_raw, host, NULL, &error));
    else
        NEED(VM_HostModuleAddFunction(host->module, "f", "(i)i", f, host, NULL, &error));
    NEED(VM_HostModuleAddFunction(host->module, "g", "(iI)I", g, host, NULL, &error));
    NEED(VM_HostModuleAddFunction(host->module, "wide", "(iiiiiiiii)ii", wide, host, NULL, &error));
    NEED(VM_HostModuleAddMemory(host->module, "memory", &memory, &error));
    return host;
}

static VM_Context *context_with(const Host *host)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host->module, &error));
    return context;
}

static VM_Instance instance_of(VM_Context *context, VM_Module *module)
{
    VM_Instance instance;
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    return instance;
}

static int call(VM_Context *context, VM_Instance instance, const char *name, int arg)
{
    VM_Value result = VM_ValueI32(INT32_MIN);
    CHECK_OK(VM_ContextExecute(context, instance, name, VALUES(VM_ValueI32(arg)), &result, 1, &error));
    return result.of.i32;
}

/* All functions of an instance call those of the host: `f` so many times. */
static void check(VM_Context *context, VM_Instance instance, Host *host, int times)
{
    VM_Value result;
    int before = host->calls;
    CHECK_INT(call(context, instance, "f", 5), times * (5 + host->adds));
    CHECK_INT(host->calls, before + times);
    CHECK_OK(VM_ContextExecute(context, instance, "g", VALUES(VM_ValueI32(3), VM_ValueI64(INT64_C(1) << 40)), &result, 1, &error));
    CHECK(result.type == VM_VALTYPE_I64 && result.of.i64 == (INT64_C(1) << 40) + 3 + 100 * host->adds);
}

static void check_all(VM_Context *context, VM_Instance instance, Host *host)
{
    VM_Func same;
    VM_Value result;
    check(context, instance, host, 1);
    CHECK_INT(call(context, instance, "indirect", 6), 6 + host->adds);
    CHECK_INT(call(context, instance, "wide", 2), 17 - host->adds);
    NEED(VM_InstanceFindFunction(context, instance, "same", &same, &error));
    CHECK_OK(VM_FuncCall(context, same, VALUES(VM_ValueI32(7)), &result, 1, &error));
    CHECK_INT(result.of.i32, 7 + host->adds);
}

int main(void)
{
    engine = new_engine();
    VM_Module *module = load(engine, GUEST("shared_imports")), *twice = load(engine, GUEST("shared_imports_twice")),
              *memory = load(engine, GUEST("shared_imports_memory"));
    Host *hosts[] = { new_host_that_adds(1, false), new_host_that_adds(20, false), new_host_that_adds(300, true) };
    VM_Context *contexts[3];
    VM_Instance instances[3];
    for (int i = 0; i < 3; i++) {
        contexts[i] = context_with(hosts[i]);
        instances[i] = instance_of(contexts[i], module);
    }
    for (int i = 8; i >= 0; i--)
        check_all(contexts[i % 3], instances[i % 3], hosts[i % 3]);
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(contexts[1], instances[1], "f", VALUES(VM_ValueI32(-1)), &result, 1, &error), VM_STATUS_IO, "no");

    /* What follows in a context has its functions at other places there. */
    for (int i = 0; i < 3; i++) {
        VM_Instance second = instance_of(contexts[i], module), third = instance_of(contexts[i], twice);
        check(contexts[i], third, hosts[i], 2);
        check_all(contexts[i], second, hosts[i]);
        check_all(contexts[i], instances[i], hosts[i]);
    }
    for (int i = 0; i < 3; i++) {
        VM_Context *context = context_with(hosts[i]);
        VM_Instance first = instance_of(context, i == 1 ? memory : twice);
        check_all(context, instance_of(context, module), hosts[i]);
        check(context, first, hosts[i], i == 1 ? 1 : 2);
        check(context, instance_of(context, memory), hosts[i], 1);
        CHECK_OK(VM_ContextReset(context, &error));
        check_all(context, instance_of(context, module), hosts[i]);
        VM_ContextDelete(context);
    }

    /* A guest that could not be linked leaves nothing behind that counts. */
    VM_HostModule *empty = new_host("host");
    VM_Context *context = new_context(engine);
    VM_Instance instance;
    NEED(VM_ContextRegisterModule(context, empty, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), VM_STATUS_UNRESOLVED_IMPORT, NULL);
    NEED(VM_ContextRegisterModule(context, hosts[1]->module, &error));
    check_all(context, instance_of(context, module), hosts[1]);
    VM_ContextDelete(context);
    VM_HostModuleDelete(empty);

    /* The module may go before its instances. */
    VM_ModuleDelete(module);
    check_all(contexts[2], instances[2], hosts[2]);
    VM_ModuleDelete(twice);
    VM_ModuleDelete(memory);
    VM_EngineDelete(engine);
    for (int i = 0; i < 3; i++) {
        check_all(contexts[i], instances[i], hosts[i]);
        VM_ContextDelete(contexts[i]);
        VM_HostModuleDelete(hosts[i]->module);
        free(hosts[i]);
    }
    return finish();
}
