/* Each call of the guest makes a new context for the next, so that no context is ever entered twice: the native stack is the limit. */
#include "test.h"
#include <pthread.h>

enum { SMALL_STACK = 256 << 10 };

static VM_Engine *engine;
static VM_Module *module;
static VM_HostModule *host;
static int depth, deepest;

static VM_Context *new_guest(void)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    return context;
}

static VM_Status VM_CALL down(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Context *context = NULL;
    VM_Error *why = NULL;
    VM_Status status = VM_ContextCreate(engine, NULL, &context, &why);
    (void)user;
    (void)caller;
    depth++;
    deepest = depth > deepest ? depth : deepest;
    if (!status)
        status = VM_ContextRegisterModule(context, host, &why);
    if (!status)
        status = VM_ContextInstantiate(context, module, NULL, &why);
    if (!status)
        status = VM_ContextExecute(context, NULL, "down", args, 1, results, 1, &why);
    depth--;
    VM_ErrorDelete(why);
    VM_ContextDelete(context);
    return status;
}

static void *dive(void *unused)
{
    VM_Context *context = new_guest();
    VM_Value result;
    for (int round = 0; round < 2; round++) {
        CHECK_STATUS(VM_ContextExecute(context, NULL, "down", VALUES(VM_ValueI32(1000000)), &result, 1, &error),
                     VM_STATUS_RECURSION_LIMIT, "host function `host.down` failed with VM_STATUS_RECURSION_LIMIT");
        CHECK(deepest > 0);
        CHECK_INT(depth, 0);
        CHECK_INT(run(context, "down", VALUES(VM_ValueI32(1))), 1);
    }
    VM_ContextDelete(context);
    forget_error();
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    engine = new_engine();
    module = load(engine, GUEST("recurse"));
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "down", "(i)i", down, NULL, NULL, &error));
    dive(NULL);
    CHECK_INT(pthread_attr_init(&attributes), 0);
    CHECK_INT(pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
    CHECK_INT(pthread_create(&thread, &attributes, dive, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
