/* plugin_host, but for the plug-ins: it takes those of the default folders. */
#include <libvm.h>
#include <stdio.h>

static VM_Status print(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)results;
    fprintf(user, "guest says %d\n", args[0].of.i32);
    return VM_STATUS_OK;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_PluginRegistry *plugins = NULL;
    VM_HostModule *host = NULL;
    VM_Error *error = NULL;
    VM_Value args[2], result;

    args[0] = VM_ValueI32(20);
    args[1] = VM_ValueI32(22);
    if (argc != 2)
        return 2;
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ContextCreate(engine, NULL, &vm, &error) &&
        !VM_PluginRegistryCreate(&plugins, &error) && !VM_PluginLoadWithDefaultPaths(plugins, NULL, &error) &&
        !VM_ContextRegisterPlugins(vm, plugins, &error) &&
        !VM_HostModuleCreate("host", &host, &error) &&
        !VM_HostModuleAddFunction(host, "print", "(i)", print, stdout, NULL, &error) &&
        !VM_ContextRegisterModule(vm, host, &error) &&
        !VM_ContextRunWasmFromFile(vm, argv[1], "sum", args, 2, &result, 1, &error))
        printf("sum is %d\n", result.of.i32);
    else
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));

    int failed = error != NULL;
    VM_ErrorDelete(error);
    VM_HostModuleDelete(host);
    VM_ContextDelete(vm);
    VM_PluginRegistryDelete(plugins);
    VM_EngineDelete(engine);
    return failed;
}
