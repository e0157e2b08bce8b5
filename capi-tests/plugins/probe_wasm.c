/*
 * A probe of the ABI: a plug-in whose functions are served by a wasm module in a context of its own. It uses libvm itself, so it
 * is built into its test. Buffers are copied to the other memory and, unless the function only reads them, back.
 */
#define VM_PLUGIN_MODULES "calc"
#include "probe_forward.h"
#include <libvm.h>

/* Where buffers are put in the memory of the module that serves. */
enum { SCRATCH = 1024 };

typedef struct Instance {
    VM_Context *context;
    VM_Instance instance;
    VM_Memory memory;
} Instance;

/* One engine and one compiled module for all contexts. */
typedef struct Data {
    VM_Engine *engine;
    VM_Module *module;
} Data;

static VM_Status fail(const VM_PluginHost *host, VM_Error *error)
{
    VM_Status status = VM_HostFail(host, VM_ErrorGetMessage(error));
    VM_ErrorDelete(error);
    return status;
}

static void cleanup(void *data)
{
    Data *shared = data;
    VM_ModuleDelete(shared->module);
    VM_EngineDelete(shared->engine);
    free(shared);
}

static VM_Status initialize(const VM_PluginHost *host, void **data)
{
    Data *made = calloc(1, sizeof *made);
    VM_Error *error = NULL;
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    if (VM_EngineCreate(NULL, &made->engine, &error) ||
        VM_ModuleLoadFromFile(made->engine, LIBVM_TEST_DATA "/probe_calc.wasm", &made->module, &error)) {
        cleanup(made);
        return fail(host, error);
    }
    *data = made;
    return VM_STATUS_OK;
}

static void destroy(void *instance)
{
    Instance *here = instance;
    VM_ContextDelete(here->context);
    free(here);
}

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Data *data = VM_HostGetData(host);
    Instance *made = calloc(1, sizeof *made);
    VM_Error *error = NULL;
    (void)self;
    if (!made)
        return VM_STATUS_OUT_OF_MEMORY;
    if (VM_ContextCreate(data->engine, NULL, &made->context, &error) ||
        VM_ContextInstantiate(made->context, data->module, &made->instance, &error) ||
        VM_InstanceFindMemory(made->context, made->instance, "memory", &made->memory, &error)) {
        destroy(made);
        return fail(host, error);
    }
    *instance = made;
    return VM_STATUS_OK;
}

static VM_Status trap(VM_Caller *caller, VM_Error *error)
{
    VM_Status status = VM_CallerTrap(caller, VM_ErrorGetMessage(error));
    VM_ErrorDelete(error);
    return status;
}

/* Serves all functions. */
static VM_Status forward(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Instance *here = instance;
    const Served *function = caller->data;
    VM_Value inner[2 * MOST_ARGS];
    VM_Error *error = NULL;
    size_t count = 0, used = 0;
    for (uint32_t i = 0; i < caller->arg_count; i++) {
        VM_Buffer buffer = args[i].of.buffer;
        if (args[i].type != VM_VALTYPE_BUFFER) {
            inner[count++] = args[i];
            continue;
        }
        if (buffer.size > MOST_BYTES - used)
            return VM_CallerTrap(caller, "the buffers are larger than 4096 bytes");
        if (VM_MemoryWrite(here->context, here->memory, SCRATCH + used, buffer.data, buffer.size, &error))
            return trap(caller, error);
        inner[count++] = VM_ValueI32((int32_t)(SCRATCH + used));
        inner[count++] = VM_ValueI32((int32_t)buffer.size);
        used += buffer.size;
    }
    if (VM_ContextExecute(here->context, here->instance, function->name, inner, count, results, caller->result_count, &error))
        return trap(caller, error);
    used = 0;
    for (uint32_t i = 0; i < caller->arg_count; i++) {
        VM_Buffer buffer = args[i].of.buffer;
        if (args[i].type != VM_VALTYPE_BUFFER)
            continue;
        if (direction(function, i) != '<' &&
            VM_MemoryRead(here->context, here->memory, SCRATCH + used, buffer.data, buffer.size, &error))
            return trap(caller, error);
        used += buffer.size;
    }
    return VM_STATUS_OK;
}

static const VM_ModuleDescriptor modules[] = { VM_MODULE("calc", calc) };
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .create = create, .destroy = destroy, .initialize = initialize,
    .cleanup = cleanup,
};
VM_PLUGIN_DESCRIPTOR("probe_wasm", "1.0.0", "Calculates in wasm", descriptor);
