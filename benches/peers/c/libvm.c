/* libvm through its C API, on the tier TIER; with PLAIN, calls are of plain numbers: raw functions and prepared calls. */
#include "peer.h"
#include <libvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Prepared {
    VM_Engine *engine;
    VM_Module *module;
    VM_HostModule *host[8]; /* one for each module that is imported from */
    const char *name[8];
    size_t hosts;
} Prepared;

typedef struct Context {
    VM_Context *vm;
    VM_Func run, f;
#ifdef PLAIN
    VM_PreparedCall *prepared; /* of `f`, if there is one */
#endif
} Context;

static void explain(char *why, VM_Error *error)
{
    snprintf(why, WHY, "%s", error ? VM_ErrorGetMessage(error) : "too many imported modules");
    VM_ErrorDelete(error);
}

static void check(VM_Status status, VM_Error *error)
{
    if (status != VM_STATUS_OK) {
        fprintf(stderr, "libvm: %s\n", VM_ErrorGetMessage(error));
        abort();
    }
}

#ifdef PLAIN
static VM_Status add(void *user, VM_Caller *caller, VM_RawValue *values)
{
    (void)user, (void)caller;
    values[0].i32 = (int32_t)((uint32_t)values[0].i32 + (uint32_t)values[1].i32);
    return VM_STATUS_OK;
}
#else
static VM_Status add(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)caller;
    results[0] = VM_ValueI32((int32_t)((uint32_t)args[0].of.i32 + (uint32_t)args[1].of.i32));
    return VM_STATUS_OK;
}
#endif

static VM_Status stub(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)args, (void)results;
    return VM_CallerTrap(caller, "not provided");
}

static int provide(Prepared *prepared, const VM_Import *import, VM_Error **error)
{
    size_t i = 0;
    while (i < prepared->hosts && strcmp(prepared->name[i], import->module) != 0)
        i++;
    if (i == prepared->hosts) {
        if (i == 8 || VM_HostModuleCreate(import->module, &prepared->host[i], error))
            return 0;
        prepared->name[prepared->hosts++] = import->module;
    }
    VM_HostModule *host = prepared->host[i];
    const VM_FuncType *type = import->type->function;
    VM_Status status;
    if (strcmp(import->module, "host") != 0)
        status = VM_HostModuleAddFunctionWithType(host, import->name, type, stub, NULL, NULL, error);
    else
#ifdef PLAIN
        status = VM_HostModuleAddFunctionRaw(host, import->name, "(ii)i", add, NULL, NULL, error);
#else
        status = VM_HostModuleAddFunctionWithType(host, import->name, type, add, NULL, NULL, error);
#endif
    if (status == VM_STATUS_ALREADY_EXISTS) {
        VM_ErrorDelete(*error);
        *error = NULL;
        return 1;
    }
    return status == VM_STATUS_OK;
}

static void release(void *pointer)
{
    Prepared *prepared = pointer;
    for (size_t i = 0; i < prepared->hosts; i++)
        VM_HostModuleDelete(prepared->host[i]);
    VM_ModuleDelete(prepared->module);
    VM_EngineDelete(prepared->engine);
    free(prepared);
}

static void *prepare(const uint8_t *wasm, size_t size, char *why)
{
    Prepared *prepared = calloc(1, sizeof *prepared);
    VM_Error *error = NULL;
    VM_EngineConfig *config = NULL;
    int good = prepared && !VM_EngineConfigCreate(&config, &error) && !VM_EngineConfigSetTier(config, TIER, &error) &&
               !VM_EngineCreate(config, &prepared->engine, &error) &&
               !VM_ModuleLoadFromBuffer(prepared->engine, wasm, size, &prepared->module, &error);
    for (size_t i = 0; good && i < VM_ModuleGetImportCount(prepared->module); i++)
        good = provide(prepared, VM_ModuleGetImport(prepared->module, i), &error);
    VM_EngineConfigDelete(config);
    if (good)
        return prepared;
    explain(why, error);
    if (prepared)
        release(prepared);
    return NULL;
}

static void close(void *pointer)
{
    Context *context = pointer;
#ifdef PLAIN
    VM_PreparedCallDelete(context->prepared);
#endif
    VM_ContextDelete(context->vm);
    free(context);
}

static void *instantiate(void *pointer, char *why)
{
    Prepared *prepared = pointer;
    Context *context = calloc(1, sizeof *context);
    VM_Instance instance;
    VM_Error *error = NULL;
    int good = context && !VM_ContextCreate(prepared->engine, NULL, &context->vm, &error);
    for (size_t i = 0; good && i < prepared->hosts; i++)
        good = !VM_ContextRegisterModule(context->vm, prepared->host[i], &error);
    if (!good || VM_ContextInstantiate(context->vm, prepared->module, &instance, &error)) {
        explain(why, error);
        if (context)
            close(context);
        return NULL;
    }
    VM_InstanceFindFunction(context->vm, instance, "run", &context->run, NULL);
    VM_InstanceFindFunction(context->vm, instance, "f", &context->f, NULL);
#ifdef PLAIN
    if (VM_PreparedCallCreate(context->vm, context->f, "(ii)i", &context->prepared, NULL) != VM_STATUS_OK)
        context->prepared = NULL;
#endif
    return context;
}

static uint64_t run(void *pointer, uint32_t n)
{
    Context *context = pointer;
    VM_Value arg = VM_ValueI32((int32_t)n), result;
    VM_Error *error = NULL;
    check(VM_FuncCall(context->vm, context->run, &arg, 1, &result, 1, &error), error);
    return (uint64_t)result.of.i64;
}

static uint64_t call(void *pointer, uint32_t n)
{
    Context *context = pointer;
    VM_Error *error = NULL;
#ifdef PLAIN
    VM_RawValue values[2] = { { .i32 = 0 } };
    for (uint32_t i = 0; i < n; i++) {
        values[1].i32 = (int32_t)i;
        check(VM_PreparedCallRun(context->prepared, values, &error), error);
    }
    return (uint64_t)values[0].i32;
#else
    VM_Value args[2], result = VM_ValueI32(0);
    for (uint32_t i = 0; i < n; i++) {
        args[0] = VM_ValueI32(result.of.i32);
        args[1] = VM_ValueI32((int32_t)i);
        check(VM_FuncCall(context->vm, context->f, args, 2, &result, 1, &error), error);
    }
    return (uint64_t)result.of.i32;
#endif
}

const Peer peer = { prepare, instantiate, run, call, close, release };
