/* Calls through libvm. */
#include "bench.h"
#include <libvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Bench {
    VM_Engine *engine;
    VM_Context *context;
    VM_Func loop, call;
    uint64_t called;
    int32_t signature;
};

static void check(VM_Status status, VM_Error *error)
{
    if (status != VM_STATUS_OK) {
        fprintf(stderr, "libvm: %s\n", VM_ErrorGetMessage(error));
        abort();
    }
}

/* The host functions. */

static VM_Status nothing(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller, (void)args, (void)results;
    ++*(uint64_t *)user;
    return VM_STATUS_OK;
}

static VM_Status i_i(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)caller;
    results[0] = VM_ValueI32((int32_t)((uint32_t)args[0].of.i32 + 1));
    return VM_STATUS_OK;
}

static VM_Status ii_i(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)caller;
    results[0] = VM_ValueI32((int32_t)((uint32_t)args[0].of.i32 + (uint32_t)args[1].of.i32));
    return VM_STATUS_OK;
}

static VM_Status iiiiii_i64(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    uint64_t sum = 0;
    (void)user, (void)caller;
    for (int i = 0; i < 6; i++)
        sum += (uint64_t)args[i].of.i64;
    results[0] = VM_ValueI64((int64_t)sum);
    return VM_STATUS_OK;
}

static VM_Status ff_f64(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)caller;
    results[0] = VM_ValueF64(args[0].of.f64 + args[1].of.f64);
    return VM_STATUS_OK;
}

static VM_Status mixed(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)caller;
    results[0] = VM_ValueI32((int32_t)((uint32_t)args[0].of.i32 + (uint32_t)args[1].of.i32 + (uint32_t)args[2].of.i32 +
                                       (uint32_t)args[3].of.f32));
    return VM_STATUS_OK;
}

static VM_Status vector(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    uint64_t low;
    (void)user, (void)caller;
    results[0] = args[0];
    memcpy(&low, args[0].of.v128, sizeof low);
    low++;
    memcpy(results[0].of.v128, &low, sizeof low);
    return VM_STATUS_OK;
}

static const struct {
    const char *text;
    VM_Callback callback;
} functions[SIGNATURES] = {
    [NOTHING] = { "()", nothing },
    [I_I] = { "(i)i", i_i },
    [II_I] = { "(ii)i", ii_i },
    [IIIIII_I64] = { "(IIIIII)I", iiiiii_i64 },
    [FF_F64] = { "(FF)F", ff_f64 },
    [MIXED] = { "(iiif)i", mixed },
    [VECTOR] = { "(v)v", vector },
};

static Bench *open(int32_t signature, const uint8_t *wasm, size_t size)
{
    Bench *bench = calloc(1, sizeof *bench);
    VM_HostModule *host = NULL;
    VM_Module *module = NULL;
    VM_Instance instance;
    VM_Error *error = NULL;

    if (!bench)
        abort();
    bench->signature = signature;
    check(VM_EngineCreate(NULL, &bench->engine, &error), error);
    check(VM_ContextCreate(bench->engine, NULL, &bench->context, &error), error);
    check(VM_HostModuleCreate("host", &host, &error), error);
    check(VM_HostModuleAddFunction(host, "f", functions[signature].text, functions[signature].callback, &bench->called, NULL,
                                   &error),
          error);
    check(VM_ContextRegisterModule(bench->context, host, &error), error);
    check(VM_ModuleLoadFromBuffer(bench->engine, wasm, size, &module, &error), error);
    check(VM_ContextInstantiate(bench->context, module, &instance, &error), error);
    check(VM_InstanceFindFunction(bench->context, instance, "loop", &bench->loop, &error), error);
    check(VM_InstanceFindFunction(bench->context, instance, "f", &bench->call, &error), error);
    VM_ModuleDelete(module);
    VM_HostModuleDelete(host);
    return bench;
}

static uint64_t guest_to_host(Bench *bench, uint32_t n)
{
    VM_Value arg = VM_ValueI32((int32_t)n), result;
    VM_Error *error = NULL;

    bench->called = 0;
    check(VM_FuncCall(bench->context, bench->loop, &arg, 1, &result, 1, &error), error);
    return bench->signature == NOTHING ? bench->called : (uint64_t)result.of.i64;
}

static uint64_t host_to_guest(Bench *bench, uint32_t n)
{
    VM_Context *context = bench->context;
    const VM_Func call = bench->call;
    VM_Value args[6], result = VM_ValueI64(0);
    VM_Error *error = NULL;

    switch (bench->signature) {
    case NOTHING:
        for (uint32_t i = 0; i < n; i++)
            check(VM_FuncCall(context, call, NULL, 0, NULL, 0, &error), error);
        return n;
    case I_I:
        for (uint32_t i = 0; i < n; i++) {
            args[0] = VM_ValueI32(result.of.i32);
            check(VM_FuncCall(context, call, args, 1, &result, 1, &error), error);
        }
        return (uint64_t)result.of.i32;
    case II_I:
        for (uint32_t i = 0; i < n; i++) {
            args[0] = VM_ValueI32(result.of.i32);
            args[1] = VM_ValueI32((int32_t)i);
            check(VM_FuncCall(context, call, args, 2, &result, 1, &error), error);
        }
        return (uint64_t)result.of.i32;
    case IIIIII_I64:
        for (uint32_t i = 0; i < n; i++) {
            args[0] = VM_ValueI64(result.of.i64);
            for (int k = 1; k < 6; k++)
                args[k] = VM_ValueI64(i);
            check(VM_FuncCall(context, call, args, 6, &result, 1, &error), error);
        }
        return (uint64_t)result.of.i64;
    case FF_F64:
        for (uint32_t i = 0; i < n; i++) {
            args[0] = VM_ValueF64(result.of.f64);
            args[1] = VM_ValueF64(1.5);
            check(VM_FuncCall(context, call, args, 2, &result, 1, &error), error);
        }
        return (uint64_t)result.of.i64;
    case MIXED:
        for (uint32_t i = 0; i < n; i++) {
            args[0] = VM_ValueI32(result.of.i32);
            args[1] = args[2] = VM_ValueI32((int32_t)i);
            args[3] = VM_ValueF32(1.0f);
            check(VM_FuncCall(context, call, args, 4, &result, 1, &error), error);
        }
        return (uint64_t)result.of.i32;
    default:
        memset(&args[0], 0, sizeof args[0]);
        for (uint32_t i = 0; i < n; i++) {
            args[0].type = VM_VALTYPE_V128;
            check(VM_FuncCall(context, call, args, 1, &result, 1, &error), error);
            args[0] = result;
        }
        return (uint64_t)args[0].of.i64;
    }
}

static void close(Bench *bench)
{
    VM_ContextDelete(bench->context);
    VM_EngineDelete(bench->engine);
    free(bench);
}

const Driver libvm_driver = { open, guest_to_host, host_to_guest, close };
