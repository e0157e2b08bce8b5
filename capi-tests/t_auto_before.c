/* VM_TIER_AUTO: what a context was given before its first module is there when that runs as machine code. */
#include "machine.h"

static VM_HostModule *host;

/* An engine whose guests can be interrupted, of a cache that all have. */
static VM_Engine *interruptible(VM_Tier tier)
{
    VM_EngineConfig *config = config_of(tier, "code");
    NEED(VM_EngineConfigSetInterruptible(config, true, &error));
    return engine_of(config);
}

/* Counts its calls in the data of the context. */
static VM_Status VM_CALL add(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *data = NULL;
    (void)user;
    (void)args;
    CHECK_INT(VM_CallerGetContextData(caller, &data), VM_STATUS_OK);
    results[0] = VM_ValueI32(0);
    return data ? (++*(int *)data, VM_STATUS_OK) : VM_STATUS_USER;
}

static VM_Status VM_CALL unused(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    (void)results;
    return VM_STATUS_USER;
}

static void is_compiled_at_once(VM_Context *context, VM_Module *module)
{
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(tier_of(context), VM_TIER_COMPILED);
}

static VM_Context *with_host(VM_Engine *engine)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host, &error));
    return context;
}

/* Its limits, and the number by which it is cancelled. */
static void limits(VM_Engine *engine)
{
    VM_Module *module = load(engine, GUEST("executions"));
    VM_Context *context = with_host(engine);
    uint64_t number = 0;
    NEED(VM_ContextSetTimeout(context, 30, &error));
    is_compiled_at_once(context, module);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "spin", NO_VALUES, NULL, 0, &error), VM_STATUS_TIMEOUT, "its timeout of 30 ms");
    VM_ContextDelete(context);
    context = with_host(engine);
    NEED(VM_ContextSetTimeout(context, 20000, &error)); /* if it is not cancelled */
    NEED(VM_ContextGetCancelId(context, &number, &error));
    is_compiled_at_once(context, module);
    CHECK_OK(VM_Cancel(number, &error));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "spin", NO_VALUES, NULL, 0, &error), VM_STATUS_CANCELLED, NULL);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
}

/* Its data, which the start function of the module finds through a callback. */
static void data(VM_Engine *engine)
{
    VM_Module *module = load(engine, GUEST("start"));
    VM_Context *context = with_host(engine);
    int calls = 0;
    NEED(VM_ContextSetData(context, &calls, NULL, &error));
    is_compiled_at_once(context, module);
    CHECK_INT(calls, 1);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
}

static void wasi(VM_Engine *engine)
{
    VM_Context *context = new_context(engine);
    VM_Wasi *made = NULL;
    const char *arguments[] = { "command", "7" };
    int32_t code = -1;
    NEED(VM_WasiCreate(&made, &error));
    NEED(VM_WasiSetArguments(made, arguments, 2, &error));
    NEED(VM_ContextRegisterWasi(context, made, &error));
    CHECK_OK(VM_ContextRunWasiFromFile(context, GUEST("wasi_exit"), &code, &error));
    CHECK_INT(code, 7);
    CHECK_INT(tier_of(context), VM_TIER_COMPILED);
    VM_WasiDelete(made);
    VM_ContextDelete(context);
}

int main(void)
{
    make_scratch();
    if (can_compile()) {
        static const char *const guests[] = { GUEST("executions"), GUEST("start"), GUEST("wasi_exit") };
        VM_Engine *engine = interruptible(VM_TIER_COMPILED);
        for (size_t i = 0; i < sizeof guests / sizeof *guests; i++)
            VM_ModuleDelete(load(engine, guests[i]));
        VM_EngineDelete(engine);
        host = new_host("host");
        NEED(VM_HostModuleAddFunction(host, "add", "(ii)i", add, NULL, NULL, &error));
        NEED(VM_HostModuleAddFunction(host, "wait", "(i)i", unused, NULL, NULL, &error));
        NEED(VM_HostModuleAddFunction(host, "object", "()r", unused, NULL, NULL, &error));
        engine = interruptible(VM_TIER_AUTO);
        limits(engine);
        data(engine);
        wasi(engine);
        VM_HostModuleDelete(host);
        VM_EngineDelete(engine);
    }
    return finish();
}
