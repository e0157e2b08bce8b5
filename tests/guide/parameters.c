#include "guide.h"

static int run(const char *file, int argument)
{
    VM_Value arg = VM_ValueI32(argument), result = VM_ValueI32(-1);

    VM_ContextRunWasmFromFile(context, file, "run", &arg, 1, &result, 1, &error);
    WELL();
    return result.of.i32;
}

int main(void)
{
    VM_PluginRegistry *plugins;

    begin();
    VM_PluginRegistryCreate(&plugins, &error);
    VM_PluginLoadFromPath(plugins, "regex.so", NULL, &error);
    VM_PluginLoadFromPath(plugins, "template.so", NULL, &error);
    VM_ContextRegisterPlugins(context, plugins, &error);
    CHECK(run("guest.wasm", 15) == 1);
    CHECK(run("guest.wasm", 14) == 0);
    CHECK(run("template.wasm", 7) == 5);
    VM_PluginRegistryDelete(plugins);
    end();
}
