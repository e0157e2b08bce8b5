/*
 * Timeouts count all time of an execution, compute limits the processor time that it needs. Limits that end something are short, those that
 * must not are long, and those that end something only after the guest has called the host are between, so that a slow machine passes.
 */
#define _POSIX_C_SOURCE 200809L
#include "executions.h"
#include <time.h>

enum { SHORT_MS = 40, MIDDLE_MS = 600, LONG_MS = 100000 };

static VM_Module *module;
static Sleeper sleeper;

static VM_Status call(const char *name, int32_t argument)
{
    VM_Value value = VM_ValueI32(argument);
    return VM_ContextExecute(sleeper.context, sleeper.instance, name, &value, 1, &value, 1, &error);
}

static VM_Status spin(void)
{
    return VM_ContextExecute(sleeper.context, sleeper.instance, "spin", NO_VALUES, NO_VALUES, &error);
}

static void sleep_ms(int ms)
{
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
    nanosleep(&time, NULL);
}

static void needs_its_option(void)
{
    static const char option[] = "turn it on with VM_EngineConfigSetInterruptible";
    VM_Engine *plain = new_engine();
    VM_Context *context = new_context(plain);
    CHECK_STATUS(VM_ContextSetTimeout(context, 10, &error), VM_STATUS_UNSUPPORTED, option);
    CHECK_STATUS(VM_ContextSetComputeLimit(context, 10, &error), VM_STATUS_UNSUPPORTED, option);
    CHECK_STATUS(VM_ContextSetSlice(context, 10, &error), VM_STATUS_UNSUPPORTED, option);
    CHECK_OK(VM_ContextSetTimeout(context, 0, &error));
    CHECK_OK(VM_ContextSetComputeLimit(context, 0, &error));
    CHECK_OK(VM_ContextSetSlice(context, 0, &error));
    VM_ContextDelete(context);
    VM_EngineDelete(plain);
}

static VM_Status VM_CALL nothing(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)caller, (void)args, (void)results;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL again(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    return VM_CallerCall(caller, "nested", args, 1, results, 1);
}

/* The limit is that of the whole execution, also when a call inside of it has ended. */
static void after_a_nested_call(void)
{
    VM_HostModule *own = new_host("host");
    VM_Context *context = new_context(engine);
    VM_Value rounds = VM_ValueI32(-1);
    NEED(VM_HostModuleAddFunction(own, "charge", "(I)", nothing, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(own, "again", "(i)i", again, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, own, &error));
    instantiate(engine, context, GUEST("fuel"));
    NEED(VM_ContextSetTimeout(context, 5 * SHORT_MS, &error));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "afterwards", &rounds, 1, &rounds, 1, &error), VM_STATUS_TIMEOUT, NULL);
    VM_ContextDelete(context);
    VM_HostModuleDelete(own);
}

/* A guest without end, blocking and started; the context is used again. */
static void ends_guests(void)
{
    static const char *const reached[2] = { "the execution reached its timeout of 40 ms (VM_ContextSetTimeout)",
                                            "the execution reached its compute limit of 40 ms (VM_ContextSetComputeLimit)" };
    for (int compute = 0; compute < 2; compute++) {
        VM_Status (VM_CALL *set)(VM_Context *, uint64_t, VM_Error **) = compute ? VM_ContextSetComputeLimit : VM_ContextSetTimeout;
        CHECK_OK(set(sleeper.context, SHORT_MS, &error));
        CHECK_STATUS(spin(), VM_STATUS_TIMEOUT, reached[compute]);
        CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_NONE);
        CHECK_STATUS(spin(), VM_STATUS_TIMEOUT, reached[compute]);
        NEED(VM_ContextStart(sleeper.context, sleeper.instance, "spin", NO_VALUES, NULL, &sleeper.execution, &error));
        CHECK_STATE(sleeper.execution, VM_EXECUTION_FAILED);
        CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_TIMEOUT, reached[compute]);
        VM_ExecutionDelete(sleeper.execution);
        CHECK_OK(set(sleeper.context, LONG_MS, &error));
        CHECK_OK(call("count", 1000));
        CHECK_OK(set(sleeper.context, 0, &error));
        CHECK_OK(call("count", 1000));
    }
}

/* A suspended one becomes ready at its deadline, without anybody having done anything. */
static void ends_what_waits(void)
{
    VM_Queue *queue = NULL;
    VM_Value one = VM_ValueI32(1);
    NEED(VM_QueueCreate(&queue, &error));
    CHECK_OK(VM_ContextSetTimeout(sleeper.context, MIDDLE_MS, &error));
    sleeper.cancelled = sleeper.released = 0;
    start(&sleeper, "nap", 1, queue);
    CHECK_OK(VM_QueueWait(queue, LONG_MS, &error));
    CHECK_STATE(sleeper.execution, VM_EXECUTION_READY);
    CHECK(VM_QueueNext(queue) == sleeper.execution);
    CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_TIMEOUT, "the execution reached its timeout of 600 ms");
    CHECK_STATUS(VM_Complete(sleeper.token, &one, 1, &error), VM_STATUS_STALE, NULL);
    VM_ExecutionDelete(sleeper.execution);
    CHECK_STATUS(call("nap", 1), VM_STATUS_TIMEOUT, "the execution reached its timeout of 600 ms");
    start(&sleeper, "nap", 1, NULL);
    CHECK_STATUS(VM_ExecutionWait(sleeper.execution, UINT64_MAX, &error), VM_STATUS_TIMEOUT, "the execution reached its timeout");
    VM_ExecutionDelete(sleeper.execution);
    CHECK_INT(sleeper.cancelled, 3);
    CHECK_INT(sleeper.released, 3);
    CHECK_OK(VM_ContextSetTimeout(sleeper.context, 0, &error));
    VM_QueueDelete(queue);
}

/* The limit of computing does not count the time of waiting; both limits hold together. */
static void counts_what_runs(void)
{
    CHECK_OK(VM_ContextSetComputeLimit(sleeper.context, 2000, &error));
    start(&sleeper, "nap", 1, NULL);
    sleep_ms(2100);
    complete(&sleeper, 1);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    CHECK_INT(result_of(sleeper.execution), 2);
    VM_ExecutionDelete(sleeper.execution);
    CHECK_OK(VM_ContextSetTimeout(sleeper.context, SHORT_MS, &error));
    CHECK_STATUS(spin(), VM_STATUS_TIMEOUT, "timeout of 40 ms");
    CHECK_OK(VM_ContextSetTimeout(sleeper.context, 0, &error));
    CHECK_OK(VM_ContextSetComputeLimit(sleeper.context, 0, &error));
}

static uint64_t left;
static bool extends;

/* A host function that needs more time than the guest has, of the processor too. */
static VM_Status VM_CALL work(void *unused, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    struct timespec begin, now;
    (void)unused, (void)args;
    CHECK_INT(VM_CallerGetTimeLeft(caller, &left), VM_STATUS_OK);
    if (extends)
        CHECK_INT(VM_CallerExtendTime(caller, LONG_MS), VM_STATUS_OK);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < MIDDLE_MS + 10);
    results[0] = VM_ValueI32(1);
    return VM_STATUS_OK;
}

static void is_extended(void)
{
    VM_HostModule *working = new_host("host");
    VM_Context *context = new_context(engine);
    VM_Instance instance;
    VM_Value value = VM_ValueI32(1);
    NEED(VM_HostModuleAddFunction(working, "wait", "(i)i", work, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(working, "object", "()r", work, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, working, &error));
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_OK(VM_ContextExecute(context, instance, "nap", &value, 1, &value, 1, &error));
    CHECK(left == UINT64_MAX);
    for (int compute = 0; compute < 2; compute++) {
        CHECK_OK(VM_ContextSetTimeout(context, compute ? 0 : MIDDLE_MS, &error));
        CHECK_OK(VM_ContextSetComputeLimit(context, compute ? MIDDLE_MS : 0, &error));
        extends = false;
        CHECK_STATUS(VM_ContextExecute(context, instance, "nap", VALUES(VM_ValueI32(1)), &value, 1, &error), VM_STATUS_TIMEOUT, "of 600 ms");
        CHECK(left <= MIDDLE_MS);
        extends = true;
        CHECK_OK(VM_ContextExecute(context, instance, "nap", VALUES(VM_ValueI32(1)), &value, 1, &error));
        CHECK(left <= MIDDLE_MS);
    }
    VM_ContextDelete(context);
    VM_HostModuleDelete(working);
}

int main(void)
{
    engine = new_engine_with(true, false);
    make_host();
    module = load(engine, GUEST("executions"));
    make_sleeper(&sleeper, module);
    needs_its_option();
    ends_guests();
    after_a_nested_call();
    ends_what_waits();
    counts_what_runs();
    is_extended();
    VM_ContextDelete(sleeper.context);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
