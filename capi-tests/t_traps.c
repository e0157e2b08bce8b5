/*
 * Every kind of trap: status, trap code, message; the context can be used afterwards. Three codes cannot be produced: nothing
 * meters fuel or makes limited growth a trap, and memory does not run out.
 */
#include "test.h"

static const struct {
    const char *name;
    VM_TrapCode code;
    const char *message;
} traps[] = {
    { "unreachable", VM_TRAP_UNREACHABLE, "the guest trapped: `unreachable` was reached" },
    { "load", VM_TRAP_MEMORY_OUT_OF_BOUNDS, "the guest trapped: out of bounds memory access" },
    { "store", VM_TRAP_MEMORY_OUT_OF_BOUNDS, "out of bounds memory access" },
    { "fill", VM_TRAP_MEMORY_OUT_OF_BOUNDS, "out of bounds memory access" },
    { "init", VM_TRAP_MEMORY_OUT_OF_BOUNDS, "out of bounds memory access" },
    { "get", VM_TRAP_TABLE_OUT_OF_BOUNDS, "the guest trapped: out of bounds table access" },
    { "set", VM_TRAP_TABLE_OUT_OF_BOUNDS, "out of bounds table access" },
    { "elements", VM_TRAP_TABLE_OUT_OF_BOUNDS, "out of bounds table access" },
    { "call", VM_TRAP_TABLE_OUT_OF_BOUNDS, "out of bounds table access" },
    { "call_null", VM_TRAP_INDIRECT_CALL_TO_NULL, "the guest trapped: indirect call to a null function" },
    { "call_other", VM_TRAP_BAD_SIGNATURE, "the guest trapped: indirect call to a function of another type" },
    { "divide", VM_TRAP_DIVISION_BY_ZERO, "the guest trapped: integer division by zero" },
    { "remainder", VM_TRAP_DIVISION_BY_ZERO, "integer division by zero" },
    { "overflow", VM_TRAP_INTEGER_OVERFLOW, "the guest trapped: integer overflow" },
    { "truncate", VM_TRAP_INTEGER_OVERFLOW, "integer overflow" },
    { "nan", VM_TRAP_BAD_CONVERSION, "the guest trapped: conversion of NaN or infinity to an integer" },
    { "recurse", VM_TRAP_STACK_OVERFLOW, "the guest trapped: call stack exhausted" },
    { "host", VM_TRAP_HOST_FUNCTION, "host function `host.fail` trapped: on purpose" },
};

static VM_Status VM_CALL fail(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)args;
    (void)results;
    return VM_CallerTrap(caller, "on purpose");
}

static void in_functions(VM_Engine *engine, VM_Context *context)
{
    instantiate(engine, context, GUEST("traps"));
    for (size_t i = 0; i < sizeof traps / sizeof *traps; i++) {
        CHECK_STATUS(VM_ContextExecute(context, latest(context), traps[i].name, NO_VALUES, NO_VALUES, &error), VM_STATUS_TRAP,
                     traps[i].message);
        CHECK_INT(VM_ErrorGetTrapCode(error), traps[i].code);
        CHECK_INT(VM_ErrorGetExitCode(error), -1);
        CHECK(!VM_ErrorIsRetryable(error));
        CHECK_TEXT(VM_ErrorGetFunctionName(error), traps[i].code == VM_TRAP_HOST_FUNCTION ? "fail" : traps[i].name);
        if (traps[i].code != VM_TRAP_HOST_FUNCTION)
            CHECK(strncmp(VM_ErrorGetMessage(error), "in `", 4) == 0);
        CHECK_INT(run(context, "alive", NO_VALUES), 1);
    }
}

static void on_instantiation(VM_Engine *engine, VM_Context *context)
{
    const char *paths[] = { GUEST("traps_data"), GUEST("traps_element") };
    const VM_TrapCode codes[] = { VM_TRAP_MEMORY_OUT_OF_BOUNDS, VM_TRAP_TABLE_OUT_OF_BOUNDS };
    const char *messages[] = { "out of bounds memory access", "an element segment does not fit into its table" };
    size_t count = VM_ContextGetInstanceCount(context);
    for (int i = 0; i < 2; i++) {
        VM_Module *module = load(engine, paths[i]);
        CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_TRAP, messages[i]);
        CHECK_INT(VM_ErrorGetTrapCode(error), codes[i]);
        CHECK_INT(VM_ContextGetInstanceCount(context), count);
        VM_ModuleDelete(module);
    }
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "fail", "()", fail, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    in_functions(engine, context);
    on_instantiation(engine, context);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
