/* The stacks that callbacks run on: 256 KiB at least, in a started execution too, and that of the thread if they ask for it. */
#include "stacks.h"

enum { SMALL = 256 << 10, TINY = 40 << 10 };

static VM_Engine *engine;
static VM_Module *module;
static VM_HostModule *host;
static VM_Token token;

/* What the next probe calls, in an execution of its own. */
static VM_Context *inner;

/* Starts a function, which must not wait, and returns its result. */
static int32_t started(VM_Context *context, const char *name, const VM_Value *args, size_t count)
{
    VM_Execution *execution = NULL;
    VM_Value result = VM_ValueI32(-1);
    CHECK_OK(VM_ContextStart(context, latest(context), name, args, count, NULL, &execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_DONE);
    CHECK_OK(VM_ExecutionGetResults(execution, &result, 1, &error));
    VM_ExecutionDelete(execution);
    return result.of.i32;
}

static VM_Status VM_CALL probe(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    VM_Context *other = inner;
    inner = NULL;
    fill();
    results[0] = VM_ValueI32(other ? started(other, "on_thread", NULL, 0) : on_thread_stack());
    return VM_STATUS_OK;
}

static VM_Status VM_CALL nest(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Status status = VM_CallerCall(caller, "leaf", NULL, 0, results, 1);
    (void)user;
    (void)args;
    CHECK(on_thread_stack());
    return status;
}

static VM_Status VM_CALL goes_on(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)args;
    CHECK(on_thread_stack());
    CHECK_INT(completion->count, 1);
    CHECK_INT(VM_CallerCall(caller, "leaf", NULL, 0, results, 1), VM_STATUS_OK);
    results[0] = VM_ValueI32(results[0].of.i32 + completion->values[0].of.i32);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL pause_(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = { sizeof suspension, 0, NULL, goes_on, NULL, NULL };
    (void)user;
    (void)args;
    (void)results;
    CHECK(on_thread_stack());
    return VM_CallerSuspend(caller, &suspension, &token);
}

static void add(const char *name, VM_Callback callback, uint32_t flags)
{
    NEED(VM_HostModuleAddFunction(host, name, "()i", callback, NULL, NULL, &error));
    NEED(VM_HostModuleSetFunctionFlags(host, name, flags, &error));
}

static VM_Context *context_with_guest(void)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    return context;
}

static void *poll_it(void *execution)
{
    CHECK_OK(VM_ExecutionPoll(execution, &error));
    forget_error();
    return NULL;
}

static void calls(void)
{
    VM_Context *context = context_with_guest();
    VM_Execution *execution = NULL;
    VM_Value value = VM_ValueI32(30), result;
    pthread_t thread;
    CHECK_INT(run(context, "probes", NO_VALUES), 1);
    CHECK_INT(run(context, "on_thread", NO_VALUES), 1);
    CHECK_INT(run(context, "nests", NO_VALUES), 1);
    CHECK_INT(started(context, "probes", NULL, 0), !is_compiled(context));
    CHECK_INT(started(context, "deep", VALUES(VM_ValueI32(2000))), !is_compiled(context));
    CHECK_INT(started(context, "on_thread", NULL, 0), 1);
    CHECK_INT(started(context, "nests", NULL, 0), 1);
    /* From the fiber of one context into another one, whose fiber is entered from there. */
    VM_Context *other = inner = context_with_guest();
    CHECK_INT(started(context, "probes", NULL, 0), 1);
    VM_ContextDelete(other);
    /* Suspended, and continued on another thread, on the stack of that. */
    CHECK_OK(VM_ContextStart(context, latest(context), "pauses", NULL, 0, NULL, &execution, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_PENDING);
    CHECK_OK(VM_Complete(token, &value, 1, &error));
    SURE(pthread_create(&thread, NULL, poll_it, execution) == 0);
    pthread_join(thread, NULL);
    CHECK_OK(VM_ExecutionGetResults(execution, &result, 1, &error));
    CHECK_INT(result.of.i32, 30 + 1 + 1);
    VM_ExecutionDelete(execution);
    /* One that is dropped while it is suspended. */
    CHECK_OK(VM_ContextStart(context, latest(context), "pauses", NULL, 0, NULL, &execution, &error));
    VM_ContextDelete(context);
    VM_ExecutionDelete(execution);
}

/* A callback has its part of a fiber also where the guest has used all of its own. */
static void deepest(void)
{
    VM_Context *context = context_with_guest();
    int32_t low = 1000, high = 1 << 20;
    while (is_compiled(context) && high - low > 1) {
        VM_Execution *execution = NULL;
        VM_Value middle = VM_ValueI32(low + (high - low) / 2);
        CHECK_OK(VM_ContextStart(context, latest(context), "deep", &middle, 1, NULL, &execution, &error));
        forget_error();
        *(VM_ExecutionPoll(execution, &error) == VM_STATUS_OK ? &low : &high) = middle.of.i32;
        VM_ExecutionDelete(execution);
    }
    CHECK(low > 1000 || !is_compiled(context));
    VM_ContextDelete(context);
}

/* On a thread with a small stack guests have one of their own, and callbacks have that of the thread. */
static void *on_small_stack(void *unused)
{
    VM_Context *context = context_with_guest();
    VM_Execution *execution = NULL;
    VM_Value result, depth = VM_ValueI32(100000000);
    CHECK_OK(VM_ContextStart(context, latest(context), "deep", &depth, 1, NULL, &execution, &error));
    CHECK_STATUS(VM_ExecutionPoll(execution, &error), VM_STATUS_TRAP, "call stack exhausted");
    VM_ExecutionDelete(execution);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "deep", &depth, 1, &result, 1, &error), VM_STATUS_TRAP, "call stack exhausted");
    CHECK_INT(run(context, "deep", VALUES(VM_ValueI32(2000))), 1);
    CHECK_INT(run(context, "on_thread", NO_VALUES), 1);
    CHECK_INT(run(context, "nests", NO_VALUES), 1);
    CHECK_INT(started(context, "nests", NULL, 0), 1);
    CHECK_INT(started(context, "on_thread", NULL, 0), 1);
    VM_ContextDelete(context);
    forget_error();
    return unused;
}

/* One that is too small to begin a call on another stack is refused. */
static void *on_tiny_stack(void *context)
{
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "on_thread", NULL, 0, &result, 1, &error), VM_STATUS_RECURSION_LIMIT,
                 "a call on a stack of its own needs 32768 to begin");
    forget_error();
    return NULL;
}

static void run_on_thread(size_t stack, void *(*work)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack);
    SURE(pthread_create(&thread, &attributes, work, argument) == 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

int main(void)
{
    VM_Context *context;
    engine = new_engine();
    module = load(engine, GUEST("stacks"));
    host = new_host("host");
    add("probe", probe, 0);
    add("thread", probe, VM_FUNCTION_THREAD_STACK);
    add("nest", nest, VM_FUNCTION_THREAD_STACK | VM_FUNCTION_REENTERS);
    add("pause", pause_, VM_FUNCTION_THREAD_STACK | VM_FUNCTION_REENTERS | VM_FUNCTION_MAY_SUSPEND);
    calls();
    deepest();
    run_on_thread(SMALL + ROOM, on_small_stack, NULL);
    context = context_with_guest();
    if (is_compiled(context))
        run_on_thread(TINY, on_tiny_stack, context);
    VM_ContextDelete(context);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
