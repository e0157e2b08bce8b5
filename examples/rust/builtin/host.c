/*
 * A host in C with two plug-ins in Rust linked into it, and libvm as a shared or a static library.
 *
 *     cargo build --release                       # libvm is a shared library
 *     cc host.c target/release/libbuiltin_plugins.a -o host $(pkg-config --cflags --libs libvm)
 *
 *     cargo build --release --features libvm      # everything is in one static library
 *     cc host.c target/release/libbuiltin_plugins.a -o host $(pkg-config --cflags libvm) -lpthread -lm -ldl
 */
#include <libvm.h>
#include <stdio.h>

extern const VM_PluginBuiltin libvm_builtin_calc, libvm_builtin_greeter;

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_Context *vm = NULL;
    VM_PluginRegistry *registry = NULL;
    VM_Error *error = NULL;
    VM_Value args[] = { VM_ValueI32(40), VM_ValueI32(2) }, sum;
    int failed = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: %s WASM\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_ContextCreate(engine, NULL, &vm, &error) &&
        !VM_PluginRegistryCreate(&registry, &error) && !VM_PluginRegistryAddBuiltin(registry, &libvm_builtin_calc, &error) &&
        !VM_PluginRegistryAddBuiltin(registry, &libvm_builtin_greeter, &error) && !VM_ContextRegisterPlugins(vm, registry, &error) &&
        !VM_ContextRunWasmFromFile(vm, argv[1], "greet_and_add", args, 2, &sum, 1, &error)) {
        printf("%u plug-ins are built in, and the sum is %d\n", (unsigned)VM_PluginRegistryGetCount(registry), sum.of.i32);
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
