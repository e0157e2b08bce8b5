/*
 * Shared by the tests of executions: sleepers, each a context with a guest of executions.wat (or another one) whose `host.wait`
 * suspends it and keeps the token.
 */
#ifndef LIBVM_EXECUTIONS_H
#define LIBVM_EXECUTIONS_H

#include "test.h"

typedef struct Sleeper {
    VM_Context *context;
    VM_Instance instance;
    VM_Execution *execution;
    _Atomic VM_Token token; /* Of the latest wait. */
    atomic_int waits, cancelled, released, ended;
    int32_t argument;
    void (*inside)(struct Sleeper *sleeper);    /* Called by `wait`, before it suspends. */
    void (*in_cancel)(struct Sleeper *sleeper); /* Called by the suspension's `cancel`. */
} Sleeper;

static VM_Engine *engine;
static VM_HostModule *host;

static inline void VM_CALL count_cancel(void *sleeper)
{
    Sleeper *one = sleeper;
    one->cancelled++;
    if (one->in_cancel)
        one->in_cancel(one);
}

static inline void VM_CALL count_release(void *sleeper)
{
    ((Sleeper *)sleeper)->released++;
}

/* Suspends the guest of a context whose data is a sleeper. */
static inline VM_Status VM_CALL wait_later(void *unused, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    VM_Token token = 0;
    VM_Status status;
    void *data = NULL;
    Sleeper *sleeper;
    (void)unused;
    (void)results;
    CHECK_INT(VM_CallerGetContextData(caller, &data), VM_STATUS_OK);
    sleeper = data;
    sleeper->argument = caller->arg_count ? args[0].of.i32 : -1;
    suspension.user = sleeper;
    suspension.cancel = count_cancel;
    suspension.release = count_release;
    sleeper->waits++;
    if (sleeper->inside)
        sleeper->inside(sleeper);
    status = VM_CallerSuspend(caller, &suspension, &token);
    if (status == VM_STATUS_PENDING)
        sleeper->token = token;
    return status;
}

static inline VM_Context *new_sleeping_context(VM_Engine *of, const VM_ContextConfig *config, Sleeper *sleeper)
{
    VM_Context *context = NULL;
    NEED(VM_ContextCreate(of, config, &context, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextSetData(context, sleeper, NULL, &error));
    return context;
}

static inline void make_host(void)
{
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "wait", "(i)i", wait_later, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "object", "()r", wait_later, NULL, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "wait", VM_FUNCTION_MAY_SUSPEND, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, "object", VM_FUNCTION_MAY_SUSPEND, &error));
}

/* A sleeper with an instance of the module. */
static inline void make_sleeper(Sleeper *sleeper, VM_Module *module)
{
    memset(sleeper, 0, sizeof *sleeper);
    sleeper->context = new_sleeping_context(engine, NULL, sleeper);
    NEED(VM_ContextInstantiate(sleeper->context, module, &sleeper->instance, &error));
}

static inline void VM_CALL count_end(void *sleeper, VM_Execution *execution)
{
    CHECK(execution != NULL);
    ((Sleeper *)sleeper)->ended++;
}

/* Starts an export with one i32, whose end is counted. */
static inline void start(Sleeper *sleeper, const char *name, int32_t argument, VM_Queue *queue)
{
    VM_Value value = VM_ValueI32(argument);
    NEED(VM_ContextStart(sleeper->context, sleeper->instance, name, &value, 1, queue, &sleeper->execution, &error));
    NEED(VM_ExecutionSetCallback(sleeper->execution, count_end, sleeper, NULL, &error));
}

static inline void complete(const Sleeper *sleeper, int32_t answer)
{
    VM_Value value = VM_ValueI32(answer);
    CHECK_OK(VM_Complete(sleeper->token, &value, 1, &error));
}

static inline int32_t result_of(VM_Execution *execution)
{
    VM_Value result = VM_ValueI32(-99);
    CHECK_OK(VM_ExecutionGetResults(execution, &result, 1, &error));
    return result.of.i32;
}

#define CHECK_STATE(execution, state) CHECK_INT(VM_ExecutionGetState(execution), (state))

#endif
