#include "guide.h"

static VM_Status print(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    return VM_STATUS_OK;
}

/* The guest calls `add` of calc.so. */
int main(void)
{
    VM_PluginRegistry *plugins;
    VM_HostModule *host;
    VM_Value args[] = { VM_ValueI32(20), VM_ValueI32(22) }, result;

    begin();
    VM_PluginRegistryCreate(&plugins, &error);
    VM_PluginLoadFromPath(plugins, "calc.so", NULL, &error);
    VM_ContextRegisterPlugins(context, plugins, &error);
    VM_HostModuleCreate("host", &host, &error);
    VM_HostModuleAddFunction(host, "print", "(i)", print, NULL, NULL, &error);
    VM_ContextRegisterModule(context, host, &error);
    VM_ContextRunWasmFromFile(context, "app.wasm", "sum", args, 2, &result, 1, &error);
    WELL();
    CHECK(result.of.i32 == 42);
    VM_HostModuleDelete(host);
    VM_PluginRegistryDelete(plugins);
    end();
}
