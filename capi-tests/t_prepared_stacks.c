/* Prepared calls in contexts that are entered: the stacks of the threads that make them, one after the other, and calls inside of them. */
#include "raw.h"
#include <pthread.h>

enum { STACK = 1 << 20, LEFT = 92 << 10, LEVELS = 100, FRAME = 16 << 10 };

static VM_Context *contexts[LEVELS];
static VM_PreparedCall *prepared[LEVELS];
static int reached;

static VM_PreparedCall *prepare(VM_Context *context, const char *name, const char *signature)
{
    VM_PreparedCall *made = NULL;
    VM_Func func;
    NEED(VM_InstanceFindFunction(context, latest(context), name, &func, &error));
    NEED(VM_PreparedCallCreate(context, func, signature, &made, &error));
    return made;
}

/* Calls "divide", some times. */
static void divide(VM_PreparedCall *call)
{
    for (int i = 1; i <= 3; i++) {
        VM_RawValue values[2] = { { .i32 = 35 * i }, { .i32 = 7 } };
        CHECK_OK(VM_PreparedCallRun(call, values, &error));
        CHECK_INT(values[0].i32, 5 * i);
    }
}

/* Calls where little of the stack is left, which is not nested in another call. */
static void deep(VM_PreparedCall *call, uintptr_t top)
{
    volatile char frame[FRAME / 8];
    frame[0] = 1;
    if (top - (uintptr_t)frame < STACK - LEFT)
        deep(call, top);
    else
        divide(call);
    frame[1] = frame[0];
}

static void *calls(void *context)
{
    char top = 0;
    CHECK_OK(VM_ContextEnter(context, &error));
    divide(prepared[0]);
    deep(prepared[0], (uintptr_t)&top);
    divide(prepared[0]);
    CHECK_OK(VM_ContextLeave(context, &error));
    deep(prepared[0], (uintptr_t)&top);
    divide(prepared[0]);
    forget_error();
    return NULL;
}

/* Enters the next context inside of the call, until the stack is used up. */
static VM_Status VM_CALL down(void *user, VM_Caller *caller, VM_RawValue *values)
{
    volatile char frame[FRAME];
    int next = values[0].i32;
    VM_Error *own = NULL;
    (void)user;
    (void)caller;
    frame[0] = 0;
    CHECK_INT(VM_PreparedCallRun(prepared[next - 1], values, NULL), VM_STATUS_REENTRANT);
    CHECK_INT(VM_ContextEnter(contexts[next], NULL), VM_STATUS_OK);
    values[0].i32 = next + 2;
    VM_Status status = VM_PreparedCallRun(prepared[next], values, &own);
    CHECK_INT(VM_ContextLeave(contexts[next], NULL), VM_STATUS_OK);
    if (next > reached) {
        reached = next;
        CHECK(strstr(VM_ErrorGetMessage(own), "left, and a nested call needs ") != NULL);
    }
    VM_ErrorDelete(own);
    return status + frame[0];
}

static void *nests(void *unused)
{
    VM_RawValue value;
    CHECK_OK(VM_ContextEnter(contexts[0], &error));
    for (int round = 0; round < 3; round++) {
        reached = 0;
        value.i32 = 2;
        CHECK_STATUS(VM_PreparedCallRun(prepared[0], &value, &error), VM_STATUS_RECURSION_LIMIT, NULL);
        CHECK(reached > 2);
        value.i32 = 0;
        CHECK_OK(VM_PreparedCallRun(prepared[0], &value, &error));
        CHECK_INT(value.i32, 0);
    }
    CHECK_OK(VM_ContextLeave(contexts[0], &error));
    forget_error();
    return unused;
}

static void on_a_thread(void *(*work)(void *), void *with, size_t stack)
{
    pthread_attr_t attributes;
    pthread_t thread;
    CHECK_INT(pthread_attr_init(&attributes), 0);
    CHECK_INT(pthread_attr_setstacksize(&attributes, stack), 0);
    CHECK_INT(pthread_create(&thread, &attributes, work, with), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_HostModule *host = raw_host(NULL);
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, GUEST("raw"));
    prepared[0] = prepare(context, "divide", "(ii)i");
    on_a_thread(calls, context, STACK);
    on_a_thread(calls, context, STACK);
    VM_PreparedCallDelete(prepared[0]);
    VM_ContextDelete(context);
    VM_HostModuleDelete(host);

    host = new_host("host");
    NEED(VM_HostModuleAddFunctionRaw(host, "down", "(i)i", down, NULL, NULL, &error));
    for (int i = 0; i < LEVELS; i++) {
        contexts[i] = new_context(engine);
        NEED(VM_ContextRegisterModule(contexts[i], host, &error));
        instantiate(engine, contexts[i], GUEST("recurse"));
        prepared[i] = prepare(contexts[i], "down", "(i)i");
    }
    on_a_thread(nests, NULL, STACK);
    for (int i = 0; i < LEVELS; i++) {
        VM_ContextDelete(contexts[i]);
        VM_PreparedCallDelete(prepared[i]);
    }
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
