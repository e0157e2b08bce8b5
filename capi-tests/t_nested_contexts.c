/*
 * Contexts that call each other through their callbacks, each once: the native stack limits the depth, and the process
 * continues.
 */
#include "test.h"
#include <pthread.h>

enum { CONTEXTS = 2000, STACK = 1 << 20 };

static VM_Context *contexts[CONTEXTS];
static int reached;
static VM_Status innermost;

static VM_Status VM_CALL next(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    int level = args[0].of.i32 + 2;
    VM_Error *own = NULL;
    VM_Status status;
    (void)user;
    (void)caller;
    reached = level > reached ? level : reached;
    status = VM_ContextExecute(contexts[level % CONTEXTS], latest(contexts[level % CONTEXTS]), "down", VALUES(VM_ValueI32(level)), results, 1, &own);
    if (status != VM_STATUS_OK && innermost == VM_STATUS_OK) {
        innermost = status;
        CHECK(strstr(VM_ErrorGetMessage(own), "bytes of its native stack left, and a nested call needs ") != NULL);
    }
    VM_ErrorDelete(own);
    return status;
}

static void *work(void *unused)
{
    VM_Value result;
    for (int round = 0; round < 3; round++) {
        reached = 0;
        innermost = VM_STATUS_OK;
        CHECK_STATUS(VM_ContextExecute(contexts[0], latest(contexts[0]), "down", VALUES(VM_ValueI32(1)), &result, 1, &error),
                     VM_STATUS_RECURSION_LIMIT, NULL);
        CHECK_INT(innermost, VM_STATUS_RECURSION_LIMIT);
        CHECK(reached > 2 && reached < CONTEXTS);
    }
    forget_error();
    return unused;
}

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_Module *module = load(engine, GUEST("recurse"));
    VM_HostModule *host = new_host("host");
    pthread_attr_t attributes;
    pthread_t thread;

    NEED(VM_HostModuleAddFunction(host, "down", "(i)i", next, NULL, NULL, &error));
    for (int i = 0; i < CONTEXTS; i++) {
        contexts[i] = new_context(engine);
        NEED(VM_ContextRegisterModule(contexts[i], host, &error));
        NEED(VM_ContextInstantiate(contexts[i], module, NULL, &error));
    }
    CHECK_INT(pthread_attr_init(&attributes), 0);
    CHECK_INT(pthread_attr_setstacksize(&attributes, STACK), 0);
    CHECK_INT(pthread_create(&thread, &attributes, work, NULL), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);

    for (int i = 0; i < CONTEXTS; i++)
        VM_ContextDelete(contexts[i]);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
