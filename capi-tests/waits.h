/* Shared by the tests of WASI that waits: guests of wasi_waits.wat with one environment, their executions, and a queue. */
#ifndef LIBVM_WAITS_H
#define LIBVM_WAITS_H

#include "test.h"

static VM_Engine *engine;
static VM_Module *module;
static VM_HostModule *host;
static VM_Wasi *wasi;
static VM_Queue *queue;

/* Calls the guest's export `read` and waits for it on the native stack. */
static VM_Status VM_CALL nest(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Value result;
    (void)user;
    (void)args;
    (void)results;
    return VM_CallerCall(caller, "read", NULL, 0, &result, 1);
}

static inline void begin(const VM_EngineConfig *config)
{
    NEED(VM_EngineCreate(config, &engine, &error));
    module = load(engine, GUEST("wasi_waits"));
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "nest", "()", nest, NULL, NULL, &error));
    NEED(VM_QueueCreate(&queue, &error));
    NEED(VM_WasiCreate(&wasi, &error));
}

static inline void end(void)
{
    VM_WasiDelete(wasi);
    VM_QueueDelete(queue);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
}

static inline VM_Context *guest(VM_Instance *instance)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    NEED(VM_ContextInstantiate(context, module, instance, &error));
    return context;
}

static inline VM_Execution *start(VM_Context *context, VM_Instance instance, const char *name, const VM_Value *args, size_t count)
{
    VM_Execution *execution = NULL;
    CHECK_OK(VM_ContextStart(context, instance, name, args, count, queue, &execution, &error));
    return execution;
}

/* The result of an execution that has ended, which is deleted. */
static inline int32_t ended(VM_Execution *execution)
{
    VM_Value result = VM_ValueI32(-1);
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_DONE);
    CHECK_OK(VM_ExecutionGetResults(execution, &result, 1, &error));
    VM_ExecutionDelete(execution);
    return result.of.i32;
}

/* Goes on with what can go on, until so many have ended. */
static inline void drain(int count)
{
    while (count > 0 && VM_QueueWait(queue, 60000, &error) == VM_STATUS_OK)
        for (VM_Execution *next; (next = VM_QueueNext(queue));) {
            CHECK_OK(VM_ExecutionPoll(next, &error));
            count -= VM_ExecutionGetState(next) == VM_EXECUTION_DONE;
        }
    CHECK_INT(count, 0);
}

#endif
