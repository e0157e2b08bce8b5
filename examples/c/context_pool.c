/*
 * A server that runs each request in a context of its own: a pool keeps them ready, and what one request leaves does not reach the
 * next.
 *
 *     cc context_pool.c -o context_pool $(pkg-config --cflags --libs libvm)
 *     wat2wasm context_pool.wat && ./context_pool context_pool.wasm
 */
#include <libvm.h>
#include <stdio.h>

static VM_Status twice(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    results[0] = VM_ValueI32(args[0].of.i32 * 2);
    return VM_STATUS_OK;
}

/* What each context is prepared with: host modules, and also plug-ins, WASI and limits. */
static VM_Status prepare(void *host, VM_Context *context, VM_Error **error)
{
    return VM_ContextRegisterModule(context, host, error);
}

static VM_Status serve(VM_ContextPool *pool, const VM_Module *module, int32_t request, int32_t *answer, VM_Error **error)
{
    VM_Context *context;
    VM_Instance instance;
    VM_Value arg = VM_ValueI32(request), result;
    VM_Status status = VM_ContextPoolTake(pool, &context, error);
    if (status)
        return status;
    status = VM_ContextInstantiate(context, module, &instance, error);
    if (!status)
        status = VM_ContextExecute(context, instance, "serve", &arg, 1, &result, 1, error);
    if (!status)
        *answer = result.of.i32;
    VM_ContextPoolReturn(pool, context, NULL);
    return status;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Module *module = NULL;
    VM_HostModule *host = NULL;
    VM_ContextPool *pool = NULL;
    VM_Error *error = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: %s context_pool.wasm\n", argv[0]);
        return 2;
    }
    /* Four contexts at most: a fifth request at the same time would be refused with VM_STATUS_LIMIT. */
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ModuleLoadFromFile(engine, argv[1], &module, &error) &&
        !VM_HostModuleCreate("host", &host, &error) && !VM_HostModuleAddFunction(host, "twice", "(i)i", twice, NULL, NULL, &error) &&
        !VM_ContextPoolCreate(engine, NULL, 4, &pool, prepare, host, NULL, &error)) {
        int32_t answer = 0;
        for (int32_t request = 1; request <= 3 && !serve(pool, module, request, &answer, &error); request++)
            printf("request %d: %d\n", (int)request, (int)answer);
        printf("%zu context in the pool\n", VM_ContextPoolGetIdleCount(pool));
    }
    if (error)
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(error));
    const int failed = error != NULL || pool == NULL;
    VM_ErrorDelete(error);
    VM_ContextPoolDelete(pool);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return failed;
}
