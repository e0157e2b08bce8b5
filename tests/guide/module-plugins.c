#include "guide.h"

/* A context in which a module brings its plug-ins. */
static int run(const char *file)
{
    VM_PluginRegistry *registry;
    VM_Instance instance;
    VM_Value result;

    begin();
    load(file);
    VM_PluginRegistryCreate(&registry, &error);
#include "plug-ins-of-modules.c"
    VM_ContextExecute(context, instance, "run", NULL, 0, &result, 1, &error);
    WELL();
#include "dry-run.c"
    end();
    VM_PluginRegistryDelete(registry);
    return result.of.i32;
}

/* One whose imports choose them. */
static void autoload(void)
{
    VM_PluginRegistry *plugins;
    VM_PluginReport *report = NULL;

    begin();
    load("app.wasm");
    VM_PluginRegistryCreate(&plugins, &error);
    VM_PluginRegistryAddSearchDirectory(plugins, "plugins", &error);
    VM_PluginRegistrySetIndexFile(plugins, "index", &error);
#include "autoload.c"
    WELL();
    CHECK(VM_PluginRegistryGetCount(plugins) == 1);
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(plugins);
    end();
}

int main(void)
{
    CHECK(run("declared.wasm") == 42);
    CHECK(run("declared-rust.wasm") == 42);
    autoload();
}
