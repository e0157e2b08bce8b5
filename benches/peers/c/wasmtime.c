/* wasmtime through its C API, in its fastest form. The Python package has the library without headers: what is used is declared
   here as the package's own bindings have it. */
#include "peer.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct wasm_engine_t wasm_engine_t;
typedef struct wasm_functype_t wasm_functype_t;
typedef struct wasm_valtype_t wasm_valtype_t;
typedef struct wasm_trap_t wasm_trap_t;
typedef struct wasmtime_error_t wasmtime_error_t;
typedef struct wasmtime_module_t wasmtime_module_t;
typedef struct wasmtime_store_t wasmtime_store_t;
typedef struct wasmtime_context_t wasmtime_context_t;
typedef struct wasmtime_caller_t wasmtime_caller_t;
typedef struct wasmtime_linker_t wasmtime_linker_t;

typedef struct wasm_vec_t {
    size_t size;
    void *data;
} wasm_vec_t;
typedef struct wasmtime_func_t {
    uint64_t store_id;
    void *private;
} wasmtime_func_t;
typedef struct wasmtime_instance_t {
    uint64_t store_id;
    size_t private;
} wasmtime_instance_t;
typedef struct wasmtime_extern_t {
    uint8_t kind;
    union {
        wasmtime_func_t func;
        uint64_t room[4];
    } of;
} wasmtime_extern_t;
typedef union wasmtime_val_raw_t {
    int32_t i32;
    int64_t i64;
    _Alignas(8) uint8_t v128[16];
} wasmtime_val_raw_t;
typedef wasm_trap_t *(*wasmtime_func_unchecked_callback_t)(void *, wasmtime_caller_t *, wasmtime_val_raw_t *, size_t);

wasm_engine_t *wasm_engine_new(void);
void wasm_engine_delete(wasm_engine_t *);
wasm_valtype_t *wasm_valtype_new(uint8_t);
void wasm_valtype_vec_new(wasm_vec_t *, size_t, wasm_valtype_t *const *);
wasm_functype_t *wasm_functype_new(wasm_vec_t *, wasm_vec_t *);
void wasm_functype_delete(wasm_functype_t *);
void wasm_byte_vec_delete(wasm_vec_t *);
void wasmtime_error_message(const wasmtime_error_t *, wasm_vec_t *);
void wasmtime_error_delete(wasmtime_error_t *);
wasmtime_error_t *wasmtime_module_new(wasm_engine_t *, const uint8_t *, size_t, wasmtime_module_t **);
void wasmtime_module_delete(wasmtime_module_t *);
wasmtime_store_t *wasmtime_store_new(wasm_engine_t *, void *, void (*)(void *));
void wasmtime_store_delete(wasmtime_store_t *);
wasmtime_context_t *wasmtime_store_context(wasmtime_store_t *);
wasmtime_linker_t *wasmtime_linker_new(wasm_engine_t *);
void wasmtime_linker_delete(wasmtime_linker_t *);
wasmtime_error_t *wasmtime_linker_define_func_unchecked(wasmtime_linker_t *, const char *, size_t, const char *, size_t,
                                                        const wasm_functype_t *, wasmtime_func_unchecked_callback_t, void *,
                                                        void (*)(void *));
wasmtime_error_t *wasmtime_linker_define_unknown_imports_as_traps(wasmtime_linker_t *, wasmtime_module_t *);
wasmtime_error_t *wasmtime_linker_instantiate(const wasmtime_linker_t *, wasmtime_context_t *, const wasmtime_module_t *,
                                              wasmtime_instance_t *, wasm_trap_t **);
bool wasmtime_instance_export_get(wasmtime_context_t *, const wasmtime_instance_t *, const char *, size_t, wasmtime_extern_t *);
wasmtime_error_t *wasmtime_func_call_unchecked(wasmtime_context_t *, const wasmtime_func_t *, wasmtime_val_raw_t *, size_t,
                                               wasm_trap_t **);

typedef struct Prepared {
    wasm_engine_t *engine;
    wasmtime_module_t *module;
    wasmtime_linker_t *linker;
} Prepared;

typedef struct Context {
    wasmtime_store_t *store;
    wasmtime_context_t *inner;
    wasmtime_func_t run, f;
} Context;

static wasm_trap_t *add(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *values, size_t count)
{
    (void)env, (void)caller, (void)count;
    values[0].i32 = (int32_t)((uint32_t)values[0].i32 + (uint32_t)values[1].i32);
    return NULL;
}

static int failed(wasmtime_error_t *error, char *why)
{
    wasm_vec_t message;
    if (!error)
        return 0;
    wasmtime_error_message(error, &message);
    snprintf(why, WHY, "%.*s", (int)message.size, (const char *)message.data);
    wasm_byte_vec_delete(&message);
    wasmtime_error_delete(error);
    return 1;
}

static void release(void *pointer)
{
    Prepared *prepared = pointer;
    wasmtime_linker_delete(prepared->linker);
    if (prepared->module)
        wasmtime_module_delete(prepared->module);
    wasm_engine_delete(prepared->engine);
    free(prepared);
}

/* Compiled code may leave the upper halves of vector registers in use, with which older vector instructions are many times as
   slow, also those of who is measured next. */
static uint64_t tidy(uint64_t result)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx"))
        __asm__ volatile("vzeroupper");
#endif
    return result;
}

static void *prepare(const uint8_t *wasm, size_t size, char *why)
{
    Prepared *prepared = calloc(1, sizeof *prepared);
    wasm_valtype_t *types[] = { wasm_valtype_new(0), wasm_valtype_new(0), wasm_valtype_new(0) }; /* i32 */
    wasm_vec_t params, results;
    if (!prepared)
        abort();
    prepared->engine = wasm_engine_new();
    prepared->linker = wasmtime_linker_new(prepared->engine);
    wasm_valtype_vec_new(&params, 2, types);
    wasm_valtype_vec_new(&results, 1, types + 2);
    wasm_functype_t *type = wasm_functype_new(&params, &results);
    int bad = failed(wasmtime_module_new(prepared->engine, wasm, size, &prepared->module), why) ||
              failed(wasmtime_linker_define_func_unchecked(prepared->linker, "host", 4, "f", 1, type, add, NULL, NULL), why) ||
              failed(wasmtime_linker_define_unknown_imports_as_traps(prepared->linker, prepared->module), why);
    wasm_functype_delete(type);
    if (!bad)
        return prepared;
    release(prepared);
    return NULL;
}

static void close(void *pointer)
{
    Context *context = pointer;
    tidy(0);
    wasmtime_store_delete(context->store);
    free(context);
}

static void *instantiate(void *pointer, char *why)
{
    Prepared *prepared = pointer;
    Context *context = calloc(1, sizeof *context);
    wasmtime_instance_t instance;
    wasmtime_extern_t item;
    wasm_trap_t *trap = NULL;
    if (!context)
        abort();
    context->store = wasmtime_store_new(prepared->engine, NULL, NULL);
    context->inner = wasmtime_store_context(context->store);
    if (failed(wasmtime_linker_instantiate(prepared->linker, context->inner, prepared->module, &instance, &trap), why) || trap) {
        close(context);
        return NULL;
    }
    if (wasmtime_instance_export_get(context->inner, &instance, "run", 3, &item))
        context->run = item.of.func;
    if (wasmtime_instance_export_get(context->inner, &instance, "f", 1, &item))
        context->f = item.of.func;
    return context;
}

static uint64_t run(void *pointer, uint32_t n)
{
    Context *context = pointer;
    wasmtime_val_raw_t value = { .i32 = (int32_t)n };
    wasm_trap_t *trap = NULL;
    if (wasmtime_func_call_unchecked(context->inner, &context->run, &value, 1, &trap) || trap)
        abort();
    return tidy((uint64_t)value.i64);
}

static uint64_t call(void *pointer, uint32_t n)
{
    Context *context = pointer;
    wasmtime_val_raw_t values[2] = { { .i32 = 0 } };
    wasm_trap_t *trap = NULL;
    for (uint32_t i = 0; i < n; i++) {
        values[1].i32 = (int32_t)i;
        if (wasmtime_func_call_unchecked(context->inner, &context->f, values, 2, &trap) || trap)
            abort();
    }
    return tidy((uint64_t)values[0].i32);
}

const Peer peer = { prepare, instantiate, run, call, close, release };
