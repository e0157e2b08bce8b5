/*
 * Runs one plug-in in two contexts, each with options of its own.
 *
 *     cc options_in_two_contexts.c -o options_in_two_contexts $(pkg-config --cflags --libs libvm)
 *     wat2wasm greet.wat && ./options_in_two_contexts greeter.so greet.wasm
 *
 * The plug-in is plugin_options.c. Options are set before the plug-in is registered in the context, which checks them.
 */
#include <libvm.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_PluginRegistry *plugins = NULL;
    VM_Context *vm[2] = { NULL, NULL };
    VM_Error *error = NULL;
    int i;

    if (argc != 3) {
        fprintf(stderr, "usage: %s PLUGIN WASM\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_PluginRegistryCreate(&plugins, &error) &&
        !VM_PluginLoadFromPath(plugins, argv[1], NULL, &error) &&
        !VM_ContextCreate(engine, NULL, &vm[0], &error) && !VM_ContextCreate(engine, NULL, &vm[1], &error) &&
        /* The first context has the plug-in's defaults. A string is accepted for an option of any type. */
        !VM_ContextSetPluginOption(vm[1], "greeter", "greeting", "Good evening", &error) &&
        !VM_ContextSetPluginOptionInteger(vm[1], "greeter", "times", 20, &error)) {
        if (VM_ContextRegisterPlugins(vm[1], plugins, &error)) { /* fails: the value is out of range */
            printf("refused: %s\n", VM_ErrorGetMessage(error));
            VM_ErrorDelete(error);
            error = NULL;
        }
        if (!VM_ContextSetPluginOption(vm[1], "greeter", "times", "2", &error))
            for (i = 0; i < 2 && !error; i++)
                if (!VM_ContextRegisterPlugins(vm[i], plugins, &error))
                    VM_ContextRunWasmFromFile(vm[i], argv[2], "greet", NULL, 0, NULL, 0, &error);
    }
    if (error)
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));

    int failed = error != NULL;
    VM_ErrorDelete(error);
    VM_ContextDelete(vm[0]);
    VM_ContextDelete(vm[1]);
    VM_PluginRegistryDelete(plugins);
    VM_EngineDelete(engine);
    return failed;
}
