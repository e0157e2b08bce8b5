/* Guests of one engine. */
#include "control.h"
#include <libvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Shared {
    VM_Engine *engine;
    VM_Module *module;
    VM_HostModule *host[8]; /* one for each module that is imported from */
    const char *name[8];
    size_t hosts;
};

struct Guest {
    VM_Context *context;
    VM_Func f, run;
};

static void check(VM_Status status, VM_Error *error)
{
    if (status != VM_STATUS_OK) {
        fprintf(stderr, "libvm: %s\n", VM_ErrorGetMessage(error));
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

static VM_Status stub(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)args, (void)results;
    return VM_CallerTrap(caller, "not provided");
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
        check(VM_HostModuleCreate(import->module, &shared->host[i], &error), error);
        shared->name[shared->hosts++] = import->module;
    }
    VM_Callback callback = strcmp(import->module, "host") == 0 ? add : stub;
    VM_Status status =
        VM_HostModuleAddFunctionWithType(shared->host[i], import->name, import->type->function, callback, NULL, NULL, &error);
    if (status != VM_STATUS_ALREADY_EXISTS)
        check(status, error);
    VM_ErrorDelete(error);
}

Shared *shared_open(const uint8_t *wasm, size_t size, uint32_t concurrency)
{
    Shared *shared = allocated(sizeof *shared);
    VM_EngineConfig *config = NULL;
    VM_Error *error = NULL;
    check(VM_EngineConfigCreate(&config, &error), error);
    if (concurrency != BY_DEFAULT)
        check(VM_EngineConfigSetConcurrency(config, concurrency, &error), error);
    check(VM_EngineCreate(config, &shared->engine, &error), error);
    VM_EngineConfigDelete(config);
    check(VM_ModuleLoadFromBuffer(shared->engine, wasm, size, &shared->module, &error), error);
    for (size_t i = 0; i < VM_ModuleGetImportCount(shared->module); i++)
        provide(shared, VM_ModuleGetImport(shared->module, i));
    return shared;
}

void shared_close(Shared *shared)
{
    for (size_t i = 0; i < shared->hosts; i++)
        VM_HostModuleDelete(shared->host[i]);
    VM_ModuleDelete(shared->module);
    VM_EngineDelete(shared->engine);
    free(shared);
}

Guest *guest_open(Shared *shared)
{
    Guest *guest = allocated(sizeof *guest);
    VM_Instance instance;
    VM_Error *error = NULL;
    check(VM_ContextCreate(shared->engine, NULL, &guest->context, &error), error);
    for (size_t i = 0; i < shared->hosts; i++)
        check(VM_ContextRegisterModule(guest->context, shared->host[i], &error), error);
    check(VM_ContextInstantiate(guest->context, shared->module, &instance, &error), error);
    VM_InstanceFindFunction(guest->context, instance, "f", &guest->f, NULL);
    VM_InstanceFindFunction(guest->context, instance, "run", &guest->run, NULL);
    return guest;
}

uint64_t guest_call(Guest *guest, uint32_t n)
{
    VM_Value args[2], result = VM_ValueI32(0);
    VM_Error *error = NULL;
    for (uint32_t i = 0; i < n; i++) {
        args[0] = VM_ValueI32(result.of.i32);
        args[1] = VM_ValueI32((int32_t)i);
        check(VM_FuncCall(guest->context, guest->f, args, 2, &result, 1, &error), error);
    }
    return (uint64_t)result.of.i32;
}

uint64_t guest_run(Guest *guest, uint32_t n)
{
    VM_Value arg = VM_ValueI32((int32_t)n), result;
    VM_Error *error = NULL;
    check(VM_FuncCall(guest->context, guest->run, &arg, 1, &result, 1, &error), error);
    return (uint64_t)result.of.i64;
}

void guest_close(Guest *guest)
{
    VM_ContextDelete(guest->context);
    free(guest);
}
