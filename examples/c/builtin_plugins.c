/*
 * A program with two plug-ins linked into it. No files are needed at run time.
 *
 *     flags="$(pkg-config --cflags libvm)"
 *     cc -c -DVM_PLUGIN_BUILTIN=calc plugin_smallest.c $flags
 *     cc -c -DVM_PLUGIN_BUILTIN=tickets plugin_instances.c $flags
 *     cc builtin_plugins.c plugin_smallest.o plugin_instances.o -o builtin_plugins $flags $(pkg-config --libs libvm)
 *     wat2wasm builtin.wat && ./builtin_plugins builtin.wasm
 *
 * Without VM_PLUGIN_BUILTIN, each of the same sources compiles to a shared library.
 */
#include <libvm.h>
#include <stdio.h>

extern const VM_PluginBuiltin calc, tickets;

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_PluginRegistry *registry = NULL;
    VM_Error *error = NULL;
    VM_Value sum;
    int failed = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: %s WASM\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ContextCreate(engine, NULL, &vm, &error) &&
        !VM_PluginRegistryCreate(&registry, &error) && !VM_PluginRegistryAddBuiltin(registry, &calc, &error) &&
        !VM_PluginRegistryAddBuiltin(registry, &tickets, &error) && !VM_ContextRegisterPlugins(vm, registry, &error) &&
        !VM_ContextRunWasmFromFile(vm, argv[1], "two_tickets", NULL, 0, &sum, 1, &error)) {
        printf("%u plug-ins are built in\nthe numbers of two tickets add up to %d\n",
               (unsigned)VM_PluginRegistryGetCount(registry), sum.of.i32);
        failed = 0;
    } else {
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));
    }
    VM_ErrorDelete(error);
    VM_ContextDelete(vm);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return failed;
}
