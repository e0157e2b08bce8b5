/* Objects are deleted in any order; a context also inside its own callback and while another thread uses it. */
#include "test.h"
#include <pthread.h>

static VM_Status VM_CALL three(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(3);
    return VM_STATUS_OK;
}

/* Engine, module, context, host module and WASI. */
enum { OBJECTS = 5 };
typedef struct All {
    VM_Engine *engine;
    VM_Module *module;
    VM_Context *context;
    VM_HostModule *host;
    VM_Wasi *wasi;
    atomic_int freed;
} All;

static void make(All *all, VM_Callback callback)
{
    VM_Ref ref;
    all->freed = 0;
    all->engine = new_engine();
    all->context = new_context(all->engine);
    all->host = new_host("host");
    all->module = load(all->engine, GUEST("everything"));
    NEED(VM_WasiCreate(&all->wasi, &error));
    NEED(VM_HostModuleAddFunction(all->host, "park", "()i", callback, all, NULL, &error));
    NEED(VM_HostModuleAddFunction(all->host, "unused", "()i", callback, &all->freed, count_free, &error));
    NEED(VM_ContextRegisterModule(all->context, all->host, &error));
    NEED(VM_ContextRegisterWasi(all->context, all->wasi, &error));
    NEED(VM_ContextSetData(all->context, &all->freed, count_free, &error));
    NEED(VM_RefCreateExtern(all->context, &all->freed, count_free, &ref, &error));
    NEED(VM_ContextInstantiate(all->context, all->module, NULL, &error));
}

static void delete_one(All *all, int which)
{
    switch (which) {
    case 0:
        VM_EngineDelete(all->engine);
        break;
    case 1:
        VM_ModuleDelete(all->module);
        break;
    case 2:
        VM_ContextDelete(all->context);
        all->context = NULL;
        break;
    case 3:
        VM_HostModuleDelete(all->host);
        break;
    default:
        VM_WasiDelete(all->wasi);
    }
}

/* Deletes the objects in every order, each time on a new set; the context works until it is deleted. */
static void every_order(int *order, int length)
{
    if (length < OBJECTS) {
        for (int next = 0; next < OBJECTS; next++) {
            bool used = false;
            for (int i = 0; i < length; i++)
                used = used || order[i] == next;
            if (!used) {
                order[length] = next;
                every_order(order, length + 1);
            }
        }
        return;
    }
    All all;
    make(&all, three);
    for (int i = 0; i < OBJECTS; i++) {
        if (all.context)
            CHECK_INT(run(all.context, "park", NO_VALUES), 3);
        delete_one(&all, order[i]);
    }
    CHECK_INT(all.freed, 3);
}

/* Deletes all objects that it uses: the call continues to its end. */
static VM_Status VM_CALL delete_all(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    All *all = user;
    uint64_t size = 0;
    (void)args;
    for (int i = 0; i < OBJECTS; i++)
        delete_one(all, i);
    CHECK_INT(all->freed, 0);
    CHECK_INT(VM_CallerGetMemorySize(caller, &size), VM_STATUS_OK);
    CHECK_INT(size, 65536);
    CHECK_INT(VM_CallerCall(caller, "add", VALUES(VM_ValueI32(1), VM_ValueI32(2)), results, 1), VM_STATUS_OK);
    return VM_STATUS_OK;
}

static void *delete_from_here(void *user)
{
    for (int i = 0; i < OBJECTS; i++)
        delete_one(user, i);
    return NULL;
}

static VM_Status VM_CALL wait_for_deletion(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    All *all = user;
    pthread_t thread;
    void *data = NULL;
    (void)args;
    CHECK_INT(pthread_create(&thread, NULL, delete_from_here, all), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(all->freed, 0);
    CHECK_INT(VM_CallerGetContextData(caller, &data), VM_STATUS_OK);
    CHECK(data == &all->freed);
    results[0] = VM_ValueI32(3);
    return VM_STATUS_OK;
}

static void deleted_during_a_call(VM_Callback callback)
{
    All all;
    VM_Value result;
    make(&all, callback);
    CHECK_OK(VM_ContextExecute(all.context, latest(all.context), "park", NO_VALUES, &result, 1, &error));
    CHECK_INT(result.of.i32, 3);
    CHECK_INT(all.freed, 3);
}

int main(void)
{
    int order[OBJECTS];
    VM_EngineDelete(NULL);
    VM_EngineConfigDelete(NULL);
    VM_ModuleDelete(NULL);
    VM_ContextDelete(NULL);
    VM_ContextConfigDelete(NULL);
    VM_HostModuleDelete(NULL);
    VM_WasiDelete(NULL);
    VM_FuncTypeDelete(NULL);
    VM_ErrorDelete(NULL);
    VM_PluginRegistryDelete(NULL);
    VM_PluginReportDelete(NULL);
    VM_PluginRelease(NULL);
    every_order(order, 0);
    deleted_during_a_call(delete_all);
    deleted_during_a_call(wait_for_deletion);
    return finish();
}
