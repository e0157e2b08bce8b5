/* A pool whose contexts have a host module with a function `step`. */
#ifndef LIBVM_POOLS_H
#define LIBVM_POOLS_H

#include "test.h"

/* What the contexts of a pool are prepared with. */
typedef struct Preparation {
    VM_Engine *engine;
    VM_Module *module; /* imports host.step */
    VM_HostModule *host;
    atomic_int prepared, freed;
} Preparation;

static inline VM_Status VM_CALL step(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    results[0] = VM_ValueI32(args[0].of.i32 + 1);
    return VM_STATUS_OK;
}

static inline VM_Status VM_CALL prepare(void *user, VM_Context *context, VM_Error **why)
{
    Preparation *preparation = user;
    preparation->prepared++;
    return VM_ContextRegisterModule(context, preparation->host, why);
}

static inline void VM_CALL forget_preparation(void *user)
{
    ((Preparation *)user)->freed++;
}

static inline void new_preparation(Preparation *preparation)
{
    *preparation = (Preparation){ .engine = new_engine(), .host = new_host("host") };
    preparation->module = load(preparation->engine, GUEST("counter"));
    NEED(VM_HostModuleAddFunction(preparation->host, "step", "(i)i", step, NULL, NULL, &error));
}

static inline void delete_preparation(Preparation *preparation)
{
    VM_HostModuleDelete(preparation->host);
    VM_ModuleDelete(preparation->module);
    VM_EngineDelete(preparation->engine);
}

static inline VM_ContextPool *new_pool(Preparation *preparation, size_t limit, VM_ContextPrepareCallback callback)
{
    VM_ContextPool *pool = NULL;
    NEED(VM_ContextPoolCreate(preparation->engine, NULL, limit, &pool, callback, preparation, forget_preparation, &error));
    return pool;
}

static inline VM_Context *take(VM_ContextPool *pool)
{
    VM_Context *context = NULL;
    NEED(VM_ContextPoolTake(pool, &context, &error));
    return context;
}

#endif
