#include "guide.h"

static VM_Value call(const char *name, int argument, size_t count)
{
    VM_Value arg = VM_ValueI32(argument), result = VM_ValueI32(-1);

    VM_ContextExecute(context, guest, name, &arg, count, &result, 1, &error);
    return result;
}

int main(void)
{
    VM_PluginRegistry *registry, *other;
    VM_Plugin *updated;
    VM_PluginReport *report = NULL;

    begin();
    load("guest.wasm");
    VM_PluginRegistryCreate(&registry, &error);
    VM_PluginRegistryCreate(&other, &error);
    VM_PluginLoadFromPath(registry, "counter1.so", NULL, &error);
    VM_PluginLoadFromPath(registry, "in", NULL, &error);
    WELL();
    VM_PluginLoadFromPath(other, "greeter-cpp.so", NULL, &error);
    WELL();
    CHECK(VM_PluginRegistryGetCount(registry) == 7 && VM_PluginRegistryGetCount(other) == 1);
#include "permissions-4.c"
    VM_ContextSetPluginOption(context, "lookup", "token", "secret", &error);
    VM_ContextRegisterPlugins(context, registry, &error);
    VM_ContextInstantiate(context, module, &guest, &error);
    WELL();
    CHECK(call("lookup", 0, 0).of.i32 == 5);
    CHECK(call("run", 8, 1).of.i32 == 1);
    WELL();
    call("run", 12, 1);
    FAILED(VM_STATUS_PLUGIN_PERMISSION, "process:exec:sh");
    CHECK(call("count", 0, 0).of.i64 == 1);
    /* The count goes on in another version. */
    VM_PluginRegistryUpdateFromPath(registry, "counter2.so", NULL, &error);
    VM_PluginRegistryFind(registry, "counter", &updated, &error);
    VM_ContextUpdatePlugin(context, updated, &error);
    WELL();
    CHECK(call("count", 0, 0).of.i64 == 2);
    VM_PluginRelease(updated);
    VM_PluginRegistryDelete(registry);
    VM_PluginRegistryDelete(other);
    end();
}
