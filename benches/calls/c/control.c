/* Guests of one engine. */
#include "control.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void check(VM_Status status, VM_Error **error)
{
    if (status != VM_STATUS_OK) {
        fprintf(stderr, "libvm: %s\n", VM_ErrorGetMessage(*error));
        abort();
    }
}

static void *allocated(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory)
        abort();
    return memory;
}

static VM_Status add(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)caller;
    results[0] = VM_ValueI32((int32_t)((uint32_t)args[0].of.i32 + (uint32_t)args[1].of.i32));
    return VM_STATUS_OK;
}

static VM_Status add_raw(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user, (void)caller;
    values[0].i32 = (int32_t)((uint32_t)values[0].i32 + (uint32_t)values[1].i32);
    return VM_STATUS_OK;
}

static VM_Status stub(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)args, (void)results;
    return VM_CallerTrap(caller, "not provided");
}

static VM_Status wait_for_it(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *data = NULL;
    (void)user, (void)args, (void)results;
    VM_CallerGetContextData(caller, &data);
    return VM_CallerSuspend(caller, NULL, &((Guest *)data)->token);
}

static void provide(Shared *shared, const VM_Import *import)
{
    VM_Error *error = NULL;
    size_t i = 0;
    while (i < shared->hosts && strcmp(shared->name[i], import->module) != 0)
        i++;
    if (i == shared->hosts) {
        if (i == 8)
            abort();
        check(VM_HostModuleCreate(import->module, &shared->host[i], &error), &error);
        shared->name[shared->hosts++] = import->module;
    }
    if (shared->options & RAW) {
        check(VM_HostModuleAddFunctionRaw(shared->host[i], import->name, "(ii)i", add_raw, NULL, NULL, &error), &error);
        return;
    }
    const bool waits = strcmp(import->name, "wait") == 0;
    VM_Callback callback = waits ? wait_for_it : strcmp(import->module, "host") == 0 ? add : stub;
    VM_Status status =
        VM_HostModuleAddFunctionWithType(shared->host[i], import->name, import->type->function, callback, NULL, NULL, &error);
    if (status != VM_STATUS_ALREADY_EXISTS)
        check(status, &error);
    VM_ErrorDelete(error);
    error = NULL;
    if (waits)
        check(VM_HostModuleSetFunctionFlags(shared->host[i], import->name, VM_FUNCTION_MAY_SUSPEND, &error), &error);
}

/* An engine without its module. */
static Shared *engine_open(uint32_t concurrency, uint32_t options)
{
    Shared *shared = allocated(sizeof *shared);
    shared->options = options;
    VM_EngineConfig *config = NULL;
    VM_Error *error = NULL;
    check(VM_EngineConfigCreate(&config, &error), &error);
    if (concurrency != BY_DEFAULT)
        check(VM_EngineConfigSetConcurrency(config, concurrency, &error), &error);
    const VM_Tier tier = options & AUTO ? VM_TIER_AUTO : options & COMPILED ? VM_TIER_COMPILED : VM_TIER_INTERPRETER;
    check(VM_EngineConfigSetTier(config, tier, &error), &error);
    check(VM_EngineConfigSetPooling(config, options & POOLED ? POOL : 0, 0, &error), &error);
    check(VM_EngineConfigSetInterruptible(config, options & INTERRUPTIBLE, &error), &error);
    check(VM_EngineConfigSetFuelMetering(config, options & FUEL, &error), &error);
    check(VM_EngineConfigSetBacktraces(config, options & BACKTRACES, &error), &error);
    check(VM_EngineCreate(config, &shared->engine, &error), &error);
    VM_EngineConfigDelete(config);
    return shared;
}

static Shared *provided(Shared *shared)
{
    for (size_t i = 0; i < VM_ModuleGetImportCount(shared->module); i++)
        provide(shared, VM_ModuleGetImport(shared->module, i));
    return shared;
}

Shared *shared_open(const uint8_t *wasm, size_t size, uint32_t concurrency, uint32_t options)
{
    Shared *shared = engine_open(concurrency, options);
    VM_Error *error = NULL;
    check(VM_ModuleLoadFromBuffer(shared->engine, wasm, size, &shared->module, &error), &error);
    return provided(shared);
}

Shared *shared_open_file(const char *path, uint32_t options)
{
    Shared *shared = engine_open(BY_DEFAULT, options);
    VM_Error *error = NULL;
    check(VM_ModuleLoadFromFile(shared->engine, path, &shared->module, &error), &error);
    return provided(shared);
}

void shared_close(Shared *shared)
{
    VM_ContextPoolDelete(shared->pool);
    for (size_t i = 0; i < shared->hosts; i++)
        VM_HostModuleDelete(shared->host[i]);
    VM_ModuleDelete(shared->module);
    VM_EngineDelete(shared->engine);
    free(shared);
}

static VM_Status prepare(void *user, VM_Context *context, VM_Error **error)
{
    Shared *shared = user;
    VM_Status status = VM_STATUS_OK;
    for (size_t i = 0; i < shared->hosts && !status; i++)
        status = VM_ContextRegisterModule(context, shared->host[i], error);
    return status;
}

Guest *guest_open(Shared *shared)
{
    Guest *guest = allocated(sizeof *guest);
    VM_Error *error = NULL;
    guest->shared = shared;
    check(VM_ContextCreate(shared->engine, NULL, &guest->context, &error), &error);
    check(VM_ContextSetData(guest->context, guest, NULL, &error), &error);
    check(prepare(shared, guest->context, &error), &error);
    if (shared->options & FUEL)
        check(VM_ContextSetFuel(guest->context, INT64_MAX, &error), &error);
    check(VM_ContextInstantiate(guest->context, shared->module, &guest->instance, &error), &error);
    VM_InstanceFindFunction(guest->context, guest->instance, "f", &guest->f, NULL);
    VM_InstanceFindFunction(guest->context, guest->instance, "run", &guest->run, NULL);
    return guest;
}

uint64_t guest_call(Guest *guest, uint32_t n)
{
    VM_Value args[2], result = VM_ValueI32(0);
    VM_Error *error = NULL;
    for (uint32_t i = 0; i < n; i++) {
        args[0] = VM_ValueI32(result.of.i32);
        args[1] = VM_ValueI32((int32_t)i);
        check(VM_FuncCall(guest->context, guest->f, args, 2, &result, 1, &error), &error);
    }
    return (uint64_t)result.of.i32;
}

uint64_t guest_execute(Guest *guest, uint32_t n)
{
    VM_Value args[2], result = VM_ValueI32(0);
    VM_Error *error = NULL;
    for (uint32_t i = 0; i < n; i++) {
        args[0] = VM_ValueI32(result.of.i32);
        args[1] = VM_ValueI32((int32_t)i);
        check(VM_ContextExecute(guest->context, guest->instance, "f", args, 2, &result, 1, &error), &error);
    }
    return (uint64_t)result.of.i32;
}

uint64_t guest_call_prepared(Guest *guest, uint32_t n)
{
    VM_RawValue values[2] = { { .i32 = 0 } };
    VM_Error *error = NULL;
    if (!guest->prepared)
        check(VM_PreparedCallCreate(guest->context, guest->f, "(ii)i", &guest->prepared, &error), &error);
    for (uint32_t i = 0; i < n; i++) {
        values[1].i32 = (int32_t)i;
        check(VM_PreparedCallRun(guest->prepared, values, &error), &error);
    }
    return (uint64_t)values[0].i32;
}

uint64_t guest_call_entered(Guest *guest, uint32_t n)
{
    VM_Error *error = NULL;
    check(VM_ContextEnter(guest->context, &error), &error);
    const uint64_t result = guest_call_prepared(guest, n);
    check(VM_ContextLeave(guest->context, &error), &error);
    return result;
}

uint64_t guest_run(Guest *guest, uint32_t n)
{
    VM_Value arg = VM_ValueI32((int32_t)n), result;
    VM_Error *error = NULL;
    check(VM_FuncCall(guest->context, guest->run, &arg, 1, &result, 1, &error), &error);
    return (uint64_t)result.of.i64;
}

bool guest_is_compiled(Guest *guest)
{
    VM_Tier tier = VM_TIER_INTERPRETER;
    VM_Error *error = NULL;
    check(VM_ContextGetTier(guest->context, &tier, &error), &error);
    return tier == VM_TIER_COMPILED;
}

void guest_close(Guest *guest)
{
    VM_PreparedCallDelete(guest->prepared);
    VM_ExecutionDelete(guest->execution);
    VM_ContextDelete(guest->context);
    free(guest);
}

static uint64_t use(Shared *shared, VM_Context *context, uint32_t i, bool runs)
{
    VM_Instance instance;
    VM_Value arg = VM_ValueI32((int32_t)i), result;
    VM_Error *error = NULL;
    check(VM_ContextInstantiate(context, shared->module, &instance, &error), &error);
    if (!runs)
        return 1;
    check(VM_ContextExecute(context, instance, "run", &arg, 1, &result, 1, &error), &error);
    return (uint64_t)result.of.i64;
}

uint64_t contexts_created(Shared *shared, uint32_t n, bool runs)
{
    uint64_t sum = 0;
    VM_Error *error = NULL;
    for (uint32_t i = 0; i < n; i++) {
        VM_Context *context = NULL;
        check(VM_ContextCreate(shared->engine, NULL, &context, &error), &error);
        check(prepare(shared, context, &error), &error);
        sum += use(shared, context, i, runs);
        VM_ContextDelete(context);
    }
    return sum;
}

uint64_t contexts_pooled(Shared *shared, uint32_t n, bool runs)
{
    uint64_t sum = 0;
    VM_Error *error = NULL;
    if (!shared->pool)
        check(VM_ContextPoolCreate(shared->engine, NULL, 0, &shared->pool, prepare, shared, NULL, &error), &error);
    for (uint32_t i = 0; i < n; i++) {
        VM_Context *context = NULL;
        check(VM_ContextPoolTake(shared->pool, &context, &error), &error);
        sum += use(shared, context, i, runs);
        check(VM_ContextPoolReturn(shared->pool, context, &error), &error);
    }
    return sum;
}
