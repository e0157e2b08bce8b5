/* Reactors: instantiation calls `_initialize` once, before any other export. */
#include "wasi.h"

static VM_Engine *engine;

static VM_Wasi *capturing(const char *argument)
{
    VM_Wasi *wasi = new_wasi();
    NEED(VM_WasiSetArguments(wasi, &argument, 1, &error));
    NEED(VM_WasiCaptureOutput(wasi, &error));
    return wasi;
}

static VM_Context *context_with(VM_Wasi *wasi)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    return context;
}

/* By each way of instantiating, one instance after the other. */
static void initialized(void)
{
    VM_Wasi *wasi = capturing("hello");
    VM_Context *context = context_with(wasi);
    VM_Module *module = load(engine, GUEST("wasi_reactor"));
    VM_Instance instance, named;
    VM_Value result;

    CHECK_OK(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK(bytes_are(VM_WasiGetOutput(wasi), "hello"));
    CHECK_INT(run(context, "count", NO_VALUES), 101);
    CHECK_OK(VM_ContextRegisterWasm(context, "reactor", module, &named, &error));
    CHECK(bytes_are(VM_WasiGetOutput(wasi), "hellohello"));
    CHECK_OK(VM_ContextExecute(context, instance, "count", NO_VALUES, &result, 1, &error));
    CHECK_INT(result.of.i32, 102);
    instantiate(engine, context, GUEST("wasi_reactor_user"));
    CHECK_INT(run(context, "twice", NO_VALUES), 102);
    CHECK_OK(VM_ContextRunWasmFromFile(context, GUEST("wasi_reactor"), "count", NO_VALUES, &result, 1, &error));
    CHECK_INT(result.of.i32, 101);
    CHECK(bytes_are(VM_WasiGetOutput(wasi), "hellohellohello"));

    CHECK_STATUS(VM_ContextExecute(context, instance, "_initialize", NO_VALUES, NO_VALUES, &error), VM_STATUS_TRAP, "unreachable");
    CHECK_OK(VM_ContextExecute(context, instance, "count", NO_VALUES, &result, 1, &error));
    CHECK_INT(result.of.i32, 103);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_WasiDelete(wasi);
}

/* One that fails leaves no instance, no name taken, and no trace of it in the context. */
static void fails(const char *argument, VM_Status status, const char *message)
{
    VM_Wasi *wasi = capturing(argument);
    VM_Context *context = context_with(wasi);
    VM_Module *module = load(engine, GUEST("wasi_reactor"));
    VM_Instance instance;
    VM_Value result;
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), status, message);
    CHECK_INT(VM_ErrorGetExitCode(error), status == VM_STATUS_EXIT ? 130 : -1);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "count", NO_VALUES, &result, 1, &error), VM_STATUS_NULL_ARGUMENT,
                 "the handle or reference is null");
    instantiate(engine, context, GUEST("exports"));
    CHECK_STATUS(VM_ContextRegisterWasm(context, "reactor", module, NULL, &error), status, message);
    CHECK_STATUS(VM_ContextFindInstance(context, "reactor", &instance, &error), VM_STATUS_NOT_FOUND, "reactor");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "count", NO_VALUES, &result, 1, &error), VM_STATUS_NOT_FOUND,
                 "no exported function `count`");
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_WasiDelete(wasi);
}

static void commands_and_others(void)
{
    VM_Wasi *wasi = capturing("hello");
    VM_Context *context = context_with(wasi);
    int32_t code = -1;
    CHECK_STATUS(VM_ContextRunWasiFromFile(context, GUEST("wasi_reactor"), &code, &error), VM_STATUS_NOT_FOUND,
                 "it is a reactor, not a command; instantiate it");
    CHECK(bytes_are(VM_WasiGetOutput(wasi), ""));
    instantiate(engine, context, GUEST("wasi_no_reactor"));
    CHECK_INT(run(context, "count", NO_VALUES), 0);
    CHECK_OK(VM_ContextRunWasiFromFile(context, GUEST("wasi_no_reactor"), &code, &error));
    CHECK_INT(code, 0);
    VM_ContextDelete(context);
    VM_WasiDelete(wasi);
}

int main(void)
{
    engine = new_engine();
    initialized();
    fails("leave", VM_STATUS_EXIT, "`_initialize`, which a reactor runs first, failed: the guest exited with code 130");
    fails("trap", VM_STATUS_TRAP, "failed: the guest trapped: `unreachable` was reached");
    commands_and_others();
    VM_EngineDelete(engine);
    return finish();
}
