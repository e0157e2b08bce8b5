#include "guide.h"

int main(void)
{
    VM_PluginRegistry *plugins;
    VM_Context *other;
    VM_Value args[] = { VM_ValueI32(20), VM_ValueI32(1) }, result;

    begin();
    VM_ContextCreate(engine, NULL, &other, &error);
    VM_PluginRegistryCreate(&plugins, &error);
    VM_PluginLoadFromPath(plugins, "calc.so", NULL, &error);
    VM_ContextRegisterPlugins(context, plugins, &error);
#include "recording-and-replay.c"
    WELL();
    CHECK(result.of.i32 == 21);
#include "counters.c"
    WELL();
    CHECK(statistics.traps == 0);
    VM_PluginRegistryDelete(plugins);
    VM_ContextDelete(other);
    end();
}
