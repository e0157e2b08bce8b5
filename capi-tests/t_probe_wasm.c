/* A probe of the ABI: a plug-in, built into this program, whose functions are served by wasm in a context of its own. */
#define _XOPEN_SOURCE 700
#define VM_PLUGIN_BUILTIN probe_wasm
#include "plugins/probe_wasm.c"
#include "probe_checks.h"

/* The guest of all that offer `calc`. */
static void check_sum(VM_Engine *engine, VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine);
    VM_Value result;
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_OK(VM_ContextRunWasmFromFile(context, GUEST("plugin_sum"), "sum", VALUES(VM_ValueI32(40), VM_ValueI32(2)), &result, 1,
                                       &error));
    CHECK_INT(result.of.i32, 42);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine;
    VM_PluginRegistry *registry;
    VM_Context *first, *second;
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginRegistryAddBuiltin(registry, &probe_wasm, &error));
    check_sum(engine, registry);
    first = probe_context(engine, registry);
    second = probe_context(engine, registry);
    check_calc(first);
    check_calc(second);
    check_apart(first, second);
    check_failure(first, "probe_wasm", "host function `calc.divide` trapped: in `divide`: the guest trapped: integer division by zero");
    VM_PluginRegistryDelete(registry); /* the contexts keep the plug-in */
    check_calc(first);
    VM_ContextDelete(first);
    check_calc(second);
    VM_ContextDelete(second);
    VM_EngineDelete(engine);
    return finish();
}
