/* Calls that do not run on the stack of the thread take one of the pool of their engine. */
#include "machine.h"
#include <pthread.h>

static VM_Engine *engine;
static VM_Module *module;
static VM_HostModule *host;

static VM_Status VM_CALL nest(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)args;
    return VM_CallerCall(caller, "leaf", NULL, 0, results, 1);
}

static VM_Status VM_CALL answer(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(5);
    return VM_STATUS_OK;
}

/* On a thread with a small stack a call takes a stack of the pool, and one that is nested in it another one, of which there is none. */
static void *stacks(void *unused)
{
    VM_Context *context = new_context(engine);
    VM_Value result;
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    for (int i = 0; i < 3; i++) {
        CHECK_INT(run(context, "probes", NO_VALUES), 5);
        CHECK_STATUS(VM_ContextExecute(context, latest(context), "nests", NULL, 0, &result, 1, &error), VM_STATUS_LIMIT,
                     "the pool of the engine has 1 stacks of suspended calls, and all are in use");
    }
    VM_ContextDelete(context);
    forget_error();
    return unused;
}

int main(void)
{
    static const char *const functions[] = { "probe", "thread", "pause" };
    make_scratch();
    if (can_compile()) {
        pthread_attr_t attributes;
        pthread_t thread;
        VM_EngineConfig *config = config_of(VM_TIER_COMPILED, NULL);
        NEED(VM_EngineConfigSetPooling(config, 1, 65536, &error));
        engine = engine_of(config);
        module = load(engine, GUEST("stacks"));
        host = new_host("host");
        NEED(VM_HostModuleAddFunction(host, "nest", "()i", nest, NULL, NULL, &error));
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
            NEED(VM_HostModuleAddFunction(host, functions[i], "()i", answer, NULL, NULL, &error));
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, 400 << 10);
        SURE(pthread_create(&thread, &attributes, stacks, NULL) == 0);
        pthread_join(thread, NULL);
        pthread_attr_destroy(&attributes);
        VM_HostModuleDelete(host);
        VM_ModuleDelete(module);
        VM_EngineDelete(engine);
    }
    return finish();
}
