/* wasmi through its own C API. */
#include "peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasm.h>
#include <wasmi/config.h>

typedef struct Prepared {
    wasm_engine_t *engine;
    wasm_shared_module_t *module;
} Prepared;

typedef struct Context {
    wasm_store_t *store;
    wasm_module_t *module;
    wasm_instance_t *instance;
    wasm_extern_vec_t imports, exports;
    wasm_func_t *run, *f;
} Context;

static wasm_trap_t *add(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    (void)env;
    results->data[0] = (wasm_val_t)WASM_I32_VAL((int32_t)((uint32_t)args->data[0].of.i32 + (uint32_t)args->data[1].of.i32));
    return NULL;
}

static wasm_trap_t *stub(void *env, const wasm_val_vec_t *args, wasm_val_vec_t *results)
{
    (void)env, (void)args, (void)results;
    abort();
}

static void *prepare(const uint8_t *wasm, size_t size, char *why)
{
    Prepared *prepared = calloc(1, sizeof *prepared);
    wasm_config_t *config = wasm_config_new();
    wasm_byte_vec_t bytes = { size, (char *)(uintptr_t)wasm };
    if (!prepared || !config)
        abort();
    /* Lazy translation: wasmi 2.0.0's header has the modes in another order than its library, where the number of what the
       header calls lazy translation is that of loading without validation. */
    wasmi_config_compilation_mode_set(config, WASMI_COMPILATION_MODE_LAZY);
    prepared->engine = wasm_engine_new_with_config(config);
    wasm_store_t *store = wasm_store_new(prepared->engine);
    wasm_module_t *module = wasm_module_new(store, &bytes);
    if (module) {
        prepared->module = wasm_module_share(module);
        wasm_module_delete(module);
    }
    wasm_store_delete(store);
    if (module)
        return prepared;
    snprintf(why, WHY, "wasm_module_new failed");
    wasm_engine_delete(prepared->engine);
    free(prepared);
    return NULL;
}

static void release(void *pointer)
{
    Prepared *prepared = pointer;
    wasm_shared_module_delete(prepared->module);
    wasm_engine_delete(prepared->engine);
    free(prepared);
}

static void close(void *pointer)
{
    Context *context = pointer;
    wasm_extern_vec_delete(&context->exports);
    if (context->instance)
        wasm_instance_delete(context->instance);
    wasm_extern_vec_delete(&context->imports);
    wasm_module_delete(context->module);
    wasm_store_delete(context->store);
    free(context);
}

static wasm_func_t *find(Context *context, const char *name)
{
    wasm_exporttype_vec_t types;
    wasm_func_t *found = NULL;
    wasm_module_exports(context->module, &types);
    for (size_t i = 0; i < types.size && !found; i++) {
        const wasm_name_t *known = wasm_exporttype_name(types.data[i]);
        if (known->size == strlen(name) && memcmp(known->data, name, known->size) == 0)
            found = wasm_extern_as_func(context->exports.data[i]);
    }
    wasm_exporttype_vec_delete(&types);
    return found;
}

static void *instantiate(void *pointer, char *why)
{
    Prepared *prepared = pointer;
    Context *context = calloc(1, sizeof *context);
    wasm_importtype_vec_t types;
    wasm_trap_t *trap = NULL;
    if (!context)
        abort();
    context->store = wasm_store_new(prepared->engine);
    context->module = wasm_module_obtain(context->store, prepared->module);
    wasm_module_imports(context->module, &types);
    wasm_extern_vec_new_uninitialized(&context->imports, types.size);
    for (size_t i = 0; i < types.size; i++) {
        const wasm_externtype_t *type = wasm_importtype_type(types.data[i]);
        const wasm_name_t *module = wasm_importtype_module(types.data[i]);
        int host = module->size == 4 && memcmp(module->data, "host", 4) == 0;
        const wasm_functype_t *function = wasm_externtype_as_functype_const(type);
        wasm_func_t *func = wasm_func_new_with_env(context->store, function, host ? add : stub, NULL, NULL);
        context->imports.data[i] = wasm_func_as_extern(func);
    }
    wasm_importtype_vec_delete(&types);
    context->instance = wasm_instance_new(context->store, context->module, &context->imports, &trap);
    if (!context->instance) {
        snprintf(why, WHY, "wasm_instance_new failed");
        close(context);
        return NULL;
    }
    wasm_instance_exports(context->instance, &context->exports);
    context->run = find(context, "run");
    context->f = find(context, "f");
    return context;
}

static uint64_t run(void *pointer, uint32_t n)
{
    Context *context = pointer;
    wasm_val_t in[] = { WASM_I32_VAL((int32_t)n) }, out[] = { WASM_INIT_VAL };
    wasm_val_vec_t args = WASM_ARRAY_VEC(in), results = WASM_ARRAY_VEC(out);
    if (wasm_func_call(context->run, &args, &results))
        abort();
    return (uint64_t)out[0].of.i64;
}

static uint64_t call(void *pointer, uint32_t n)
{
    Context *context = pointer;
    wasm_val_t in[2], out[] = { WASM_I32_VAL(0) };
    wasm_val_vec_t args = WASM_ARRAY_VEC(in), results = WASM_ARRAY_VEC(out);
    for (uint32_t i = 0; i < n; i++) {
        in[0] = (wasm_val_t)WASM_I32_VAL(out[0].of.i32);
        in[1] = (wasm_val_t)WASM_I32_VAL((int32_t)i);
        if (wasm_func_call(context->f, &args, &results))
            abort();
    }
    return (uint64_t)out[0].of.i32;
}

const Peer peer = { prepare, instantiate, run, call, close, release };
