/* For tests of hostile guests: what hostile.wat does, a host with limits, and how each of its attacks ends. */
#ifndef LIBVM_HOSTILE_H
#define LIBVM_HOSTILE_H

#include "test.h"

enum { MEMORY = 16 * 65536, TABLE = 1000, DEPTH = 5, REFERENCES = 200, RECURSION = 1000 };

/* An attack of the guest; one that has no end of its own ends with the fuel or the time. */
typedef struct Attack {
    const char *name;
    VM_Status ends; /* VM_STATUS_OK: it does not */
    VM_TrapCode trap;
    const char *message;
} Attack;

static const Attack ATTACKS[] = {
    { "spin", 0, 0, NULL },
    { "tail", 0, 0, NULL },
    { "grow", 0, 0, NULL },
    { "grow_at_once", 0, 0, NULL },
    { "fill", 0, 0, NULL },
    { "call_host", 0, 0, NULL },
    { "write", 0, 0, NULL },
    { "recurse", VM_STATUS_TRAP, VM_TRAP_STACK_OVERFLOW, "call stack exhausted" },
    { "through_table", VM_STATUS_TRAP, VM_TRAP_STACK_OVERFLOW, "call stack exhausted" },
    { "grow_tables", VM_STATUS_LIMIT, VM_TRAP_HOST_FUNCTION, "the context would have had 201, counting those that were released, and its limit is 200" },
    { "make_objects", VM_STATUS_LIMIT, VM_TRAP_HOST_FUNCTION, "the context would have had 201, counting those that were released, and its limit is 200" },
    { "nest", VM_STATUS_RECURSION_LIMIT, VM_TRAP_HOST_FUNCTION, "6 deep, and the limit of the context is 5" },
    { "write_outside", VM_STATUS_OUT_OF_BOUNDS, VM_TRAP_MEMORY_OUT_OF_BOUNDS, "outside of the memory of" },
    { "give_up", VM_STATUS_TRAP, VM_TRAP_UNREACHABLE, "`unreachable` was reached" },
};

enum { ATTACK_COUNT = sizeof ATTACKS / sizeof *ATTACKS };

static inline VM_Status VM_CALL host_again(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)args;
    (void)results;
    return VM_CallerCall(caller, "nest", NULL, 0, NULL, 0);
}

static inline VM_Status VM_CALL host_new(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Ref ref;
    VM_Status status = VM_CallerCreateExternRef(caller, user, count_free, &ref);
    (void)args;
    if (!status)
        results[0] = VM_ValueExternRef(ref);
    return status;
}

static inline VM_Status VM_CALL host_take(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    (void)results;
    return VM_STATUS_OK;
}

/* Writes to the bytes that it is passed, which are in the guest's memory. */
static inline VM_Status VM_CALL host_write(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Buffer bytes;
    VM_Status status = VM_CallerGetMemorySpan(caller, (uint32_t)args[0].of.i32, (uint32_t)args[1].of.i32, &bytes);
    (void)user;
    (void)results;
    if (!status && bytes.size)
        bytes.data[0] = bytes.data[bytes.size - 1] = 7;
    return status;
}

/* Objects that are made count in `freed` when they are freed. */
static inline VM_HostModule *hostile_host(atomic_int *freed)
{
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "again", "()", host_again, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "new", "()r", host_new, freed, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "take", "(rc)", host_take, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "write", "(ii)", host_write, NULL, NULL, &error));
    return host;
}

static inline VM_Engine *hostile_engine(bool interruptible, bool fuel)
{
    VM_EngineConfig *config = NULL;
    VM_Engine *engine = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetInterruptible(config, interruptible, &error));
    NEED(VM_EngineConfigSetFuelMetering(config, fuel, &error));
    NEED(VM_EngineConfigSetRecursionDepth(config, RECURSION, &error));
    NEED(VM_EngineConfigSetStackSize(config, 256 << 10, &error));
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    return engine;
}

static inline VM_Context *hostile_context(VM_Engine *engine, VM_HostModule *host)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMemoryLimit(config, MEMORY, &error));
    NEED(VM_ContextConfigSetTableLimit(config, TABLE, &error));
    NEED(VM_ContextConfigSetCallDepthLimit(config, DEPTH, &error));
    NEED(VM_ContextConfigSetReferenceLimit(config, REFERENCES, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextRegisterModule(context, host, &error));
    return context;
}

#endif
