/*
 * Runs a guest in two contexts that share a plug-in, and shows what the plug-in writes to the log.
 *
 *     cc plugin_instances_host.c -o plugin_instances_host $(pkg-config --cflags --libs libvm)
 *     wat2wasm tickets.wat && ./plugin_instances_host tickets.so tickets.wasm
 *
 * The plug-in is plugin_instances.c. The contexts keep it loaded after the registry was deleted.
 */
#include <libvm.h>
#include <stdio.h>

static void show(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)level;
    printf("[%s] %s: %s\n", (const char *)user, source, text);
}

/* Prints the plug-ins of a registry with their versions. */
static VM_Status list(VM_PluginRegistry *registry, VM_Error **error)
{
    size_t i, count = VM_PluginRegistryGetCount(registry);
    for (i = 0; i < count; i++) {
        VM_Plugin *plugin = NULL;
        VM_Status status = VM_PluginRegistryFindByIndex(registry, i, &plugin, error);
        if (status != VM_STATUS_OK)
            return status;
        printf("plug-in %s %s: %s\n", VM_PluginGetName(plugin), VM_PluginGetVersion(plugin), VM_PluginGetDescription(plugin));
        VM_PluginRelease(plugin);
    }
    return VM_STATUS_OK;
}

int main(int argc, char **argv)
{
    static char names[][8] = { "first", "second" };
    VM_Engine *engine = NULL;
    VM_PluginRegistry *registry = NULL;
    VM_Context *vm[2] = { NULL, NULL };
    VM_Error *error = NULL;
    VM_Value times[] = { VM_ValueI32(3), VM_ValueI32(1) }, last;
    int i;

    if (argc != 3) {
        fprintf(stderr, "usage: %s PLUGIN WASM\n", argv[0]);
        return 2;
    }
    if (!VM_LogSetCallback(VM_LOG_INFO, show, "process", NULL, &error) && !VM_EngineCreate(NULL, &engine, &error) &&
        !VM_PluginRegistryCreate(&registry, &error) && !VM_PluginLoadFromPath(registry, argv[1], NULL, &error) &&
        !list(registry, &error))
        for (i = 0; i < 2 && !error; i++)
            if (!VM_ContextCreate(engine, NULL, &vm[i], &error) &&
                !VM_ContextSetLogCallback(vm[i], VM_LOG_INFO, show, names[i], NULL, &error) &&
                !VM_ContextRegisterPlugins(vm[i], registry, &error) &&
                !VM_ContextRunWasmFromFile(vm[i], argv[2], "take", &times[i], 1, &last, 1, &error))
                printf("the %s context takes %d, and the last one is %d\n", names[i], times[i].of.i32, last.of.i32);
    if (error)
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));

    int failed = error != NULL;
    VM_ErrorDelete(error);
    VM_PluginRegistryDelete(registry); /* the plug-in ends with the last context that uses it */
    VM_ContextDelete(vm[0]);
    VM_ContextDelete(vm[1]);
    VM_EngineDelete(engine);
    return failed;
}
