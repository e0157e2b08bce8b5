#include "guide.h"

int main(void)
{
    VM_PluginRegistry *plugins;
    VM_Value args[] = { VM_ValueI32(20), VM_ValueI32(22) }, result;

    begin();
    VM_PluginRegistryCreate(&plugins, &error);
    VM_PluginLoadFromPath(plugins, "./calc.so", NULL, &error);
    VM_ContextRegisterPlugins(context, plugins, &error);
    VM_ContextRunWasmFromFile(context, "guest.wasm", "sum", args, 2, &result, 1, &error);
    WELL();
    CHECK(result.of.i32 == 42);
    VM_PluginRegistryDelete(plugins);
    end();
}
