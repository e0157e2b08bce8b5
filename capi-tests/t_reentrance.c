/* Guest and host call each other up to the limit and beyond, on the main thread and on threads with a small stack. */
#include "test.h"
#include <pthread.h>

enum { LIMIT = 64, SMALL_STACK = 256 << 10 };

static int deepest;
static int depth;

static VM_Status VM_CALL down(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    depth++;
    deepest = depth > deepest ? depth : deepest;
    VM_Status status = VM_CallerCall(caller, "down", args, 1, results, 1);
    depth--;
    return status;
}

/* Returns the nesting depth at which the context refused a call with a status; it can be used again. */
static int depth_reached(VM_Context *context, const char *message)
{
    VM_Value result;
    for (int round = 0; round < 3; round++) {
        deepest = 0;
        CHECK_STATUS(VM_ContextExecute(context, latest(context), "down", VALUES(VM_ValueI32(100000)), &result, 1, &error),
                     VM_STATUS_RECURSION_LIMIT, message);
        CHECK_TEXT(VM_ErrorGetModuleName(error), "host");
        CHECK_TEXT(VM_ErrorGetFunctionName(error), "down");
        CHECK_INT(result.type, VM_VALTYPE_NONE);
        CHECK_INT(depth, 0);
        CHECK_INT(run(context, "down", VALUES(VM_ValueI32(1))), 1);
    }
    return deepest;
}

static void *on_a_small_stack(void *context)
{
    int reached = depth_reached(context, "the thread has ");
    CHECK(reached > 0 && reached < LIMIT);
    forget_error();
    return NULL;
}

static void run_on_a_thread(VM_Context *context, size_t stack_size)
{
    pthread_t thread;
    pthread_attr_t attributes;
    CHECK_INT(pthread_attr_init(&attributes), 0);
    CHECK_INT(pthread_attr_setstacksize(&attributes, stack_size), 0);
    CHECK_INT(pthread_create(&thread, &attributes, on_a_small_stack, context), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "down", "(i)i", down, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    instantiate(engine, context, GUEST("recurse"));

    CHECK_INT(run(context, "down", VALUES(VM_ValueI32(LIMIT - 1))), LIMIT - 1);
    CHECK_INT(depth_reached(context, "host and guest would call each other 65 deep, and the limit of the context is 64"), LIMIT);
    run_on_a_thread(context, SMALL_STACK);
    CHECK_INT(run(context, "down", VALUES(VM_ValueI32(LIMIT - 1))), LIMIT - 1);

    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
