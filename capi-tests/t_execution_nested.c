/* Executions that go on, or begin, inside of other calls: where too little is left for that they are refused, and stay as they were. */
#include "executions.h"
#include <pthread.h>

enum { CONTEXTS = 2000, STACK = 1 << 20, STEPS = 20, STEP = 2 << 10, NAPS = 1000, CHAIN = 450 };

static VM_Context *contexts[CONTEXTS];
static VM_Queue *queue;
static Sleeper sleeper, chain[CHAIN];
static int polled, refused;
static bool compiled;
static VM_Status innermost;

/* Polls what is ready, in frames of 2 KiB of which each calls the next one. */
static void poll_deeper(int steps)
{
    volatile char frame[STEP];
    VM_Error *own = NULL;
    VM_Status status = VM_ExecutionPoll(sleeper.execution, &own);
    frame[0] = frame[STEP - 1] = 0;
    if (status == VM_STATUS_OK) {
        polled++;
        CHECK_STATE(sleeper.execution, VM_EXECUTION_PENDING);
        complete(&sleeper, 1);
    } else {
        refused++;
        CHECK_INT(status, VM_STATUS_RECURSION_LIMIT);
        CHECK(strstr(VM_ErrorGetMessage(own), "bytes of its native stack left, and a nested call needs 114688; run the context") != NULL);
    }
    VM_ErrorDelete(own);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_READY);
    if (refused == 1) {
        CHECK_STATUS(VM_ExecutionWait(sleeper.execution, UINT64_MAX, &error), VM_STATUS_RECURSION_LIMIT, "native stack left");
        CHECK(VM_QueueNext(queue) == sleeper.execution);
        CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_RECURSION_LIMIT, "native stack left");
        /* The calls around this one write theirs to the same place. */
        forget_error();
    }
    if (steps > 0)
        poll_deeper(steps - 1);
    CHECK_INT(frame[0], 0);
}

static VM_Status VM_CALL next(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    volatile char frame[STEPS * STEP];
    int level = args[0].of.i32 + 2;
    VM_Context *context = contexts[level % CONTEXTS];
    VM_Status status;
    (void)user;
    (void)caller;
    frame[0] = 0;
    status = VM_ContextExecute(context, latest(context), "down", VALUES(VM_ValueI32(level)), results, 1, NULL);
    if (status != VM_STATUS_OK && innermost == VM_STATUS_OK) {
        innermost = status;
        poll_deeper(STEPS);
    }
    return frame[0] ? VM_STATUS_USER : status;
}

static void *nest(void *unused)
{
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(contexts[0], latest(contexts[0]), "down", VALUES(VM_ValueI32(1)), &result, 1, &error),
                 VM_STATUS_RECURSION_LIMIT, NULL);
    forget_error();
    return unused;
}

static void run_on_stack(size_t size, void *(*run)(void *))
{
    pthread_attr_t attributes;
    pthread_t thread;
    CHECK_INT(pthread_attr_init(&attributes), 0);
    CHECK_INT(pthread_attr_setstacksize(&attributes, size), 0);
    CHECK_INT(pthread_create(&thread, &attributes, run, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}

static void run_nested(void)
{
    polled = refused = 0;
    innermost = VM_STATUS_OK;
    run_on_stack(STACK, nest);
    CHECK_INT(innermost, VM_STATUS_RECURSION_LIMIT);
    CHECK(refused > 1);
}

/* It goes on where there is more of a stack, as if nothing had been. */
static void polled_without_stack(VM_Module *module)
{
    make_sleeper(&sleeper, module);
    start(&sleeper, "naps", NAPS, queue);
    complete(&sleeper, 1);
    run_nested();
    CHECK_INT(sleeper.cancelled + sleeper.ended, 0);
    while (VM_QueueNext(queue) == sleeper.execution && VM_ExecutionPoll(sleeper.execution, &error) == VM_STATUS_OK && !sleeper.ended)
        complete(&sleeper, 1);
    CHECK_STATE(sleeper.execution, VM_EXECUTION_DONE);
    CHECK_INT(result_of(sleeper.execution), NAPS);
    CHECK_INT(sleeper.waits, NAPS);
    VM_ExecutionDelete(sleeper.execution);
    VM_ContextDelete(sleeper.context);
}

/* Each one begins in a callback of the one before, and the innermost polls one that is ready. */
static void begin_next(Sleeper *one)
{
    Sleeper *other = one + 1;
    VM_Value argument = VM_ValueI32(0);
    if (other == chain + CHAIN)
        return;
    NEED(VM_ContextStart(other->context, other->instance, "nap", &argument, 1, NULL, &other->execution, &error));
    if (VM_ExecutionGetState(other->execution) != VM_EXECUTION_FAILED)
        return;
    if (innermost == VM_STATUS_OK) {
        const char *why = compiled ? "400 calls into guests run on stacks of their own inside of each other, and an execution "
                                                      "does not run inside of so many"
                                                    : "a nested call needs";
        innermost = VM_ExecutionPoll(other->execution, NULL);
        CHECK_STATUS(VM_ExecutionPoll(other->execution, &error), VM_STATUS_RECURSION_LIMIT, why);
        CHECK_STATUS(VM_ExecutionPoll(sleeper.execution, &error), VM_STATUS_RECURSION_LIMIT, why);
        forget_error();
        CHECK_STATE(sleeper.execution, VM_EXECUTION_READY);
        polled = (int)(other - chain);
    }
}

static void *begin_first(void *unused)
{
    start(chain, "nap", 0, NULL);
    return unused;
}

static void begun_in_callbacks(VM_Module *module)
{
    make_sleeper(&sleeper, module);
    start(&sleeper, "nap", 0, NULL);
    complete(&sleeper, 41);
    for (int i = 0; i < CHAIN; i++) {
        make_sleeper(&chain[i], module);
        chain[i].inside = begin_next;
    }
    innermost = VM_STATUS_OK;
    /* Interpreted, they are on the stack of the thread, which is too small for all of them; else it is large enough. */
    run_on_stack(compiled ? 8 * STACK : STACK / 2, begin_first);
    CHECK_INT(innermost, VM_STATUS_RECURSION_LIMIT);
    if (compiled)
        CHECK_INT(polled, 400);
    CHECK_OK(VM_ExecutionPoll(sleeper.execution, &error));
    CHECK_INT(result_of(sleeper.execution), 42);
    for (int i = 0; i < CHAIN; i++) {
        VM_ExecutionDelete(chain[i].execution);
        VM_ContextDelete(chain[i].context);
    }
    VM_ExecutionDelete(sleeper.execution);
    VM_ContextDelete(sleeper.context);
}

int main(void)
{
    VM_Module *recurse, *module;
    VM_HostModule *nesting = new_host("host");
    engine = new_engine();
    recurse = load(engine, GUEST("recurse"));
    module = load(engine, GUEST("executions"));
    make_host();
    NEED(VM_QueueCreate(&queue, &error));
    NEED(VM_HostModuleAddFunction(nesting, "down", "(i)i", next, NULL, NULL, &error));
    for (int i = 0; i < CONTEXTS; i++) {
        contexts[i] = new_context(engine);
        NEED(VM_ContextRegisterModule(contexts[i], nesting, &error));
        NEED(VM_ContextInstantiate(contexts[i], recurse, NULL, &error));
    }
    compiled = is_compiled(contexts[0]);
    polled_without_stack(module);
    begun_in_callbacks(module);
    for (int i = 0; i < CONTEXTS; i++)
        VM_ContextDelete(contexts[i]);
    VM_HostModuleDelete(nesting);
    VM_HostModuleDelete(host);
    VM_QueueDelete(queue);
    VM_ModuleDelete(recurse);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
