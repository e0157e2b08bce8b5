/* Hostile guests, one after another in a context with limits: each ends with the status of what it exceeded, and the context is used on. */
#include "hostile.h"

enum { FUEL = 50000, COMPUTE_MS = 5 };

static VM_Engine *engine;
static VM_Context *context;
static VM_Queue *queue;
static atomic_int freed;

/* Blocking, or in slices through a queue; the failure of the guest is in `error`. */
static VM_Status attack(const char *name, bool started)
{
    VM_Execution *execution = NULL;
    VM_Status status;
    forget_error();
    if (!started)
        return VM_ContextExecute(context, latest(context), name, NO_VALUES, NULL, 0, &error);
    NEED(VM_ContextStart(context, latest(context), name, NO_VALUES, queue, &execution, &error));
    while (VM_ExecutionGetState(execution) == VM_EXECUTION_READY) {
        CHECK(VM_QueueNext(queue) == execution);
        forget_error();
        VM_ExecutionPoll(execution, &error);
    }
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_FAILED);
    forget_error();
    status = VM_ExecutionPoll(execution, &error);
    VM_ExecutionDelete(execution);
    return status;
}

static void check_ended(const Attack *made, VM_Status status, VM_Status stopped)
{
    VM_Memory memory;
    uint64_t size = 0;
    VM_Status expected = made->ends ? made->ends : stopped;
    if (status != expected)
        fprintf(stderr, "%s: %s\n", made->name, error ? VM_ErrorGetMessage(error) : "no error");
    CHECK_INT(status, expected);
    if (made->ends) {
        CHECK_INT(VM_ErrorGetTrapCode(error), made->trap);
        CHECK(error && strstr(VM_ErrorGetMessage(error), made->message));
    }
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    NEED(VM_MemoryGetSize(context, memory, &size, &error));
    CHECK(size <= MEMORY);
}

/* Each attack, in one context, which is reset in between. */
static void attacks(bool fuel, bool started)
{
    VM_Module *module = load(engine, GUEST("hostile"));
    for (int i = 0; i < ATTACK_COUNT; i++) {
        const Attack *made = &ATTACKS[i];
        NEED(VM_ContextInstantiate(context, module, NULL, &error));
        if (fuel)
            NEED(VM_ContextSetFuel(context, FUEL, &error));
        else /* only those that do not end by themselves, however slow the machine is */
            NEED(VM_ContextSetComputeLimit(context, made->ends ? 0 : COMPUTE_MS, &error));
        check_ended(made, attack(made->name, started), fuel ? VM_STATUS_OUT_OF_FUEL : VM_STATUS_TIMEOUT);
        if (fuel)
            NEED(VM_ContextSetFuel(context, FUEL, &error));
        else
            NEED(VM_ContextSetComputeLimit(context, 0, &error));
        CHECK_INT(run(context, "sum", VALUES(VM_ValueI32(100))), 5050);
        NEED(VM_ContextReset(context, &error));
    }
    VM_ModuleDelete(module);
}

/* A start function is a call like any other, and what it took goes with the reset. */
static void in_a_start_function(bool fuel)
{
    VM_Module *starts = load(engine, GUEST("hostile_start")), *module = load(engine, GUEST("hostile"));
    for (int i = 0; i < 3; i++) {
        if (fuel)
            NEED(VM_ContextSetFuel(context, FUEL, &error));
        else
            NEED(VM_ContextSetComputeLimit(context, COMPUTE_MS, &error));
        CHECK_STATUS(VM_ContextInstantiate(context, starts, NULL, &error), fuel ? VM_STATUS_OUT_OF_FUEL : VM_STATUS_TIMEOUT, NULL);
        CHECK_INT(VM_ContextGetInstanceCount(context), 0);
        CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_LIMIT,
                     "the memories of the context would have 1114112 bytes in total, and its limit is 1048576 (VM_ContextConfigSetMemoryLimit "
                     "raises it, UINT64_MAX lifts it); VM_ContextReset frees what earlier instances took");
        NEED(VM_ContextReset(context, &error));
    }
    VM_ModuleDelete(starts);
    VM_ModuleDelete(module);
}

static void with(bool interruptible, bool fuel)
{
    VM_HostModule *host = hostile_host(&freed);
    engine = hostile_engine(interruptible, fuel);
    context = hostile_context(engine, host);
    VM_HostModuleDelete(host);
    if (interruptible)
        NEED(VM_ContextSetSlice(context, 500, &error));
    freed = 0;
    attacks(fuel, false);
    attacks(fuel, true);
    in_a_start_function(fuel);
    VM_ContextDelete(context);
    CHECK(freed > 2 * REFERENCES);
    VM_EngineDelete(engine);
}

int main(void)
{
    NEED(VM_QueueCreate(&queue, &error));
    with(false, true);
    with(true, true);
    with(true, false);
    VM_QueueDelete(queue);
    return finish();
}
