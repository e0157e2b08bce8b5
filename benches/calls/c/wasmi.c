/* The same calls through wasmi's own C API. */
#include "bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <wasm.h>

struct Bench {
    wasm_engine_t *engine;
    wasm_store_t *store;
    wasm_module_t *module;
    wasm_func_t *host;
    wasm_instance_t *instance;
    wasm_extern_vec_t exports;
    wasm_func_t *loop, *call;
    uint64_t called;
    int32_t signature;
};

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "wasmi's C API: %s failed\n", what);
        abort();
    }
}

/* The host functions. */

static wasm_trap_t *nothing(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    (void)args, (void)results;
    ++*(uint64_t *)env;
    return NULL;
}

static wasm_trap_t *i_i(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    (void)env;
    results->data[0] = (wasm_val_t)WASM_I32_VAL((int32_t)((uint32_t)args->data[0].of.i32 + 1));
    return NULL;
}

static wasm_trap_t *ii_i(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    (void)env;
    results->data[0] = (wasm_val_t)WASM_I32_VAL((int32_t)((uint32_t)args->data[0].of.i32 + (uint32_t)args->data[1].of.i32));
    return NULL;
}

static wasm_trap_t *iiiiii_i64(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    uint64_t sum = 0;
    (void)env;
    for (int i = 0; i < 6; i++)
        sum += (uint64_t)args->data[i].of.i64;
    results->data[0] = (wasm_val_t)WASM_I64_VAL((int64_t)sum);
    return NULL;
}

static wasm_trap_t *ff_f64(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    (void)env;
    results->data[0] = (wasm_val_t)WASM_F64_VAL(args->data[0].of.f64 + args->data[1].of.f64);
    return NULL;
}

static wasm_trap_t *mixed(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    const wasm_val_t *in = args->data;
    (void)env;
    results->data[0] = (wasm_val_t)WASM_I32_VAL(
        (int32_t)((uint32_t)in[0].of.i32 + (uint32_t)in[1].of.i32 + (uint32_t)in[2].of.i32 + (uint32_t)in[3].of.f32));
    return NULL;
}

static const struct {
    wasm_func_callback_with_env_t callback;
    size_t params, results;
    wasm_valkind_t kinds[7];
} functions[SIGNATURES] = {
    [NOTHING] = { nothing, 0, 0, { WASM_I32 } },
    [I_I] = { i_i, 1, 1, { WASM_I32, WASM_I32 } },
    [II_I] = { ii_i, 2, 1, { WASM_I32, WASM_I32, WASM_I32 } },
    [IIIIII_I64] = { iiiiii_i64, 6, 1, { WASM_I64, WASM_I64, WASM_I64, WASM_I64, WASM_I64, WASM_I64, WASM_I64 } },
    [FF_F64] = { ff_f64, 2, 1, { WASM_F64, WASM_F64, WASM_F64 } },
    [MIXED] = { mixed, 4, 1, { WASM_I32, WASM_I32, WASM_I32, WASM_F32, WASM_I32 } },
};

static void types(wasm_valtype_vec_t *out, const wasm_valkind_t *kinds, size_t count)
{
    wasm_valtype_vec_new_uninitialized(out, count);
    for (size_t i = 0; i < count; i++)
        out->data[i] = wasm_valtype_new(kinds[i]);
}

static Bench *open(int32_t signature, const uint8_t *wasm, size_t size)
{
    Bench *bench;
    wasm_valtype_vec_t params, results;
    wasm_byte_vec_t bytes;
    wasm_trap_t *trap = NULL;

    if (!functions[signature].callback)
        return NULL;
    bench = calloc(1, sizeof *bench);
    check(bench != NULL, "calloc");
    bench->signature = signature;
    bench->engine = wasm_engine_new();
    bench->store = wasm_store_new(bench->engine);
    wasm_byte_vec_new(&bytes, size, (const char *)wasm);
    bench->module = wasm_module_new(bench->store, &bytes);
    check(bench->module != NULL, "wasm_module_new");
    wasm_byte_vec_delete(&bytes);

    types(&params, functions[signature].kinds, functions[signature].params);
    types(&results, functions[signature].kinds + functions[signature].params, functions[signature].results);
    wasm_functype_t *type = wasm_functype_new(&params, &results);
    bench->host = wasm_func_new_with_env(bench->store, type, functions[signature].callback, &bench->called, NULL);
    wasm_functype_delete(type);

    wasm_extern_t *imported[] = { wasm_func_as_extern(bench->host) };
    wasm_extern_vec_t imports = WASM_ARRAY_VEC(imported);
    bench->instance = wasm_instance_new(bench->store, bench->module, &imports, &trap);
    check(bench->instance != NULL, "wasm_instance_new");
    wasm_instance_exports(bench->instance, &bench->exports);
    check(bench->exports.size == 2, "wasm_instance_exports");
    bench->call = wasm_extern_as_func(bench->exports.data[0]);
    bench->loop = wasm_extern_as_func(bench->exports.data[1]);
    return bench;
}

static uint64_t guest_to_host(Bench *bench, uint32_t n)
{
    wasm_val_t in[] = { WASM_I32_VAL((int32_t)n) }, out[] = { WASM_INIT_VAL };
    wasm_val_vec_t args = WASM_ARRAY_VEC(in), results = WASM_ARRAY_VEC(out);

    bench->called = 0;
    check(wasm_func_call(bench->loop, &args, &results) == NULL, "wasm_func_call");
    return bench->signature == NOTHING ? bench->called : (uint64_t)out[0].of.i64;
}

static uint64_t host_to_guest(Bench *bench, uint32_t n)
{
    wasm_func_t *call = bench->call;
    wasm_val_t in[6], out[1] = { WASM_I64_VAL(0) };
    wasm_val_vec_t args = { functions[bench->signature].params, in }, results = { functions[bench->signature].results, out };

    switch (bench->signature) {
    case NOTHING:
        for (uint32_t i = 0; i < n; i++)
            check(wasm_func_call(call, &args, &results) == NULL, "wasm_func_call");
        return n;
    case I_I:
        for (uint32_t i = 0; i < n; i++) {
            in[0] = (wasm_val_t)WASM_I32_VAL(out[0].of.i32);
            check(wasm_func_call(call, &args, &results) == NULL, "wasm_func_call");
        }
        return (uint64_t)out[0].of.i32;
    case II_I:
        for (uint32_t i = 0; i < n; i++) {
            in[0] = (wasm_val_t)WASM_I32_VAL(out[0].of.i32);
            in[1] = (wasm_val_t)WASM_I32_VAL((int32_t)i);
            check(wasm_func_call(call, &args, &results) == NULL, "wasm_func_call");
        }
        return (uint64_t)out[0].of.i32;
    case IIIIII_I64:
        for (uint32_t i = 0; i < n; i++) {
            in[0] = (wasm_val_t)WASM_I64_VAL(out[0].of.i64);
            for (int k = 1; k < 6; k++)
                in[k] = (wasm_val_t)WASM_I64_VAL(i);
            check(wasm_func_call(call, &args, &results) == NULL, "wasm_func_call");
        }
        return (uint64_t)out[0].of.i64;
    case FF_F64:
        for (uint32_t i = 0; i < n; i++) {
            in[0] = (wasm_val_t)WASM_F64_VAL(out[0].of.f64);
            in[1] = (wasm_val_t)WASM_F64_VAL(1.5);
            check(wasm_func_call(call, &args, &results) == NULL, "wasm_func_call");
        }
        return (uint64_t)out[0].of.i64;
    default:
        for (uint32_t i = 0; i < n; i++) {
            in[0] = (wasm_val_t)WASM_I32_VAL(out[0].of.i32);
            in[1] = in[2] = (wasm_val_t)WASM_I32_VAL((int32_t)i);
            in[3] = (wasm_val_t)WASM_F32_VAL(1.0f);
            check(wasm_func_call(call, &args, &results) == NULL, "wasm_func_call");
        }
        return (uint64_t)out[0].of.i32;
    }
}

static void close(Bench *bench)
{
    wasm_extern_vec_delete(&bench->exports);
    wasm_instance_delete(bench->instance);
    wasm_func_delete(bench->host);
    wasm_module_delete(bench->module);
    wasm_store_delete(bench->store);
    wasm_engine_delete(bench->engine);
    free(bench);
}

const Driver wasmi_driver = { open, guest_to_host, host_to_guest, close };
