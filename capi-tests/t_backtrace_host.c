/* Frames of errors without the option, and with it in executions that are interrupted or suspended. */
#include "backtrace.h"

static VM_HostModule *host;
static VM_Token token;

/* Calls `run` of the guest that called with 0; fails for 8, and suspends for 5. */
static VM_Status VM_CALL call(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Value zero = VM_ValueI32(0);
    (void)user;
    if (args[0].of.i32 == 8)
        return VM_STATUS_IO;
    if (args[0].of.i32 == 5)
        return VM_CallerSuspend(caller, NULL, &token);
    return VM_CallerCall(caller, "run", &zero, 1, results, 1);
}

static VM_Context *context_of(VM_Engine *engine, const char *guest)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, guest);
    return context;
}

static void fails(VM_Context *context, const char *name, int32_t argument, VM_Status status, const char *frames)
{
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), name, VALUES(VM_ValueI32(argument)), &result, 1, &error), status, NULL);
    CHECK_TEXT(backtrace_of(error), frames);
}

/* The functions that the host called, and the host functions between them. */
static void without_the_option(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = context_of(engine, GUEST("backtrace"));
    VM_Func func;
    VM_Value result;
    fails(context, "run", 0, VM_STATUS_TRAP, "run#5");
    CHECK(strchr(VM_ErrorGetMessage(error), '\n') == NULL);
    CHECK_TEXT(VM_ErrorGetFrame(error, 0)->module, "backtrace");
    fails(context, "to_host", 8, VM_STATUS_IO, "host.call to_host#14");
    fails(context, "to_host", 0, VM_STATUS_TRAP, "run#5 host.call to_host#14");
    CHECK(strstr(VM_ErrorGetMessage(error),
                 "\n   0: run (function 5 of module `backtrace`)\n   1: host function `host.call`\n   2: to_host (function 14 of"));
    CHECK_OK(VM_InstanceFindFunction(context, latest(context), "run", &func, &error));
    CHECK_STATUS(VM_FuncCall(context, func, VALUES(VM_ValueI32(0)), &result, 1, &error), VM_STATUS_TRAP, NULL);
    CHECK_TEXT(backtrace_of(error), "run#5");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "none", NO_VALUES, NULL, 0, &error), VM_STATUS_NOT_FOUND, NULL);
    CHECK_INT(VM_ErrorGetFrameCount(error), 0);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

/* A guest that is suspended and resumed has the same frames, and so has one that calls others meanwhile. */
static void suspended(void)
{
    VM_Engine *engine = tracing_engine(false);
    VM_Context *context = context_of(engine, GUEST("backtrace")), *other = context_of(engine, GUEST("backtrace"));
    VM_Execution *execution;
    VM_Value one = VM_ValueI32(1), five = VM_ValueI32(5);
    for (int fail = 0; fail < 2; fail++) {
        CHECK_OK(VM_ContextStart(context, latest(context), "on", &five, 1, NULL, &execution, &error));
        CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
        fails(other, "run", 0, VM_STATUS_TRAP, "divide@6d middle@10 run@10");
        if (fail)
            CHECK_OK(VM_CompleteWithFailure(token, VM_STATUS_IO, "no answer", &error));
        else
            CHECK_OK(VM_Complete(token, &one, 1, &error));
        CHECK_STATUS(VM_ExecutionPoll(execution, &error), fail ? VM_STATUS_IO : VM_STATUS_TRAP, NULL);
        CHECK_TEXT(backtrace_of(error), fail ? "host.call in_host@10 on@10" : "divide@6d on@10");
        VM_ExecutionDelete(execution);
    }
    CHECK_OK(VM_ContextStart(context, latest(context), "on", &five, 1, NULL, &execution, &error));
    CHECK_OK(VM_ExecutionCancel(execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_CANCELLED, NULL);
    CHECK_TEXT(backtrace_of(error), "host.call in_host@10 on@10");
    VM_ExecutionDelete(execution);
    fails(context, "run", 0, VM_STATUS_TRAP, "divide@6d middle@10 run@10");
    VM_ContextDelete(other);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

/* Whether it was interrupted in one of the functions that `spins` calls. */
static bool has_spun(void)
{
    return strncmp(backtrace_of(error), "one@", 4) == 0 || strncmp(backtrace_of(error), "spin@", 5) == 0;
}

/* One that is interrupted shows where it was. On a slow machine its time may be over before it is there: then it gets more. */
static void interrupted(void)
{
    VM_Engine *engine = tracing_engine(true);
    VM_Context *context = context_of(engine, GUEST("backtrace"));
    uint64_t ms = 30;
    do {
        NEED(VM_ContextSetFuel(context, 1u << 30, &error));
        NEED(VM_ContextSetTimeout(context, ms, &error));
        CHECK_STATUS(VM_ContextExecute(context, latest(context), "spins", NO_VALUES, NULL, 0, &error), VM_STATUS_TIMEOUT, NULL);
        ms *= 4;
    } while (!has_spun() && ms < 60000);
    CHECK(has_spun() && strstr(VM_ErrorGetMessage(error), "spin (function ") != NULL);
    CHECK(strstr(backtrace_of(error), "spins@10") != NULL);
    NEED(VM_ContextSetTimeout(context, 0, &error));
    NEED(VM_ContextSetFuel(context, 100000, &error));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "spins", NO_VALUES, NULL, 0, &error), VM_STATUS_OUT_OF_FUEL, NULL);
    CHECK(strstr(backtrace_of(error), "spins@10") != NULL);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

/* A start function has frames too. */
static void starts(void)
{
    VM_Engine *engine = tracing_engine(false);
    VM_Context *context = new_context(engine);
    VM_Module *module = load(engine, GUEST("start_order"));
    VM_HostModule *begins = new_host("host");
    NEED(VM_HostModuleAddFunction(begins, "begun", "(ii)i", call, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, begins, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_NOT_FOUND, "the start function failed");
    CHECK_INT(VM_ErrorGetFrameCount(error), 2);
    CHECK_TEXT(VM_ErrorGetFrame(error, 1)->function, "start");
    VM_HostModuleDelete(begins);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

int main(void)
{
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "call", "(i)i", call, NULL, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "call", VM_FUNCTION_MAY_SUSPEND, &error));
    without_the_option();
    suspended();
    interrupted();
    starts();
    VM_HostModuleDelete(host);
    return finish();
}
