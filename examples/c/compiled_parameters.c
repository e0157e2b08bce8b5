/*
 * The templates of a guest are compiled once by a plug-in, before anything runs, and used in two contexts; those of another guest are
 * refused, with a point at the error.
 *
 *     cc compiled_parameters.c -o compiled_parameters $(pkg-config --cflags --libs libvm)
 *     wat2wasm --enable-annotations letters.wat && wat2wasm --enable-annotations letters_bad.wat
 *     ./compiled_parameters template.so letters.wasm letters_bad.wasm
 *
 * The plug-in is plugin_template.c.
 */
#include <libvm.h>
#include <stdio.h>

static void show(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    printf("%s compiles: %s\n", source, text);
}

/* Runs `letter` with the id of a template in a context of its own, and prints what the guest has written. */
static VM_Status letter(VM_Engine *engine, VM_PluginRegistry *registry, const VM_Module *module, int32_t id, VM_Error **error)
{
    VM_Context *vm = NULL;
    VM_Instance instance;
    VM_Memory memory;
    VM_Value argument = VM_ValueI32(id), size;
    char text[100];
    VM_Status status = VM_ContextCreate(engine, NULL, &vm, error);

    if (!status && !(status = VM_ContextRegisterPlugins(vm, registry, error)) &&
        !(status = VM_ContextInstantiate(vm, module, &instance, error)) &&
        !(status = VM_ContextExecute(vm, instance, "letter", &argument, 1, &size, 1, error)) &&
        !(status = VM_InstanceFindMemory(vm, instance, "memory", &memory, error)) &&
        !(status = VM_MemoryRead(vm, memory, 1024, text, (size_t)size.of.i32, error)))
        printf("%.*s\n", (int)size.of.i32, text);
    VM_ContextDelete(vm);
    return status;
}

int main(int argc, char **argv)
{
    VM_Engine *engine = NULL;
    VM_PluginRegistry *registry = NULL;
    VM_Module *module = NULL, *bad = NULL;
    VM_Error *error = NULL;
    int failed;

    if (argc != 4) {
        fprintf(stderr, "usage: %s PLUGIN WASM BAD-WASM\n", argv[0]);
        return 2;
    }
    if (!VM_EngineCreate(NULL, &engine, &error) && !VM_PluginRegistryCreate(&registry, &error) &&
        !VM_PluginLoadFromPath(registry, argv[1], NULL, &error) && !VM_LogSetCallback(VM_LOG_INFO, show, NULL, NULL, &error) &&
        !VM_ModuleLoadFromFile(engine, argv[2], &module, &error) && !VM_PluginRegistryPrepareModule(registry, module, &error) &&
        !letter(engine, registry, module, 1, &error) && !letter(engine, registry, module, 2, &error) &&
        !VM_ModuleLoadFromFile(engine, argv[3], &bad, &error))
        VM_PluginRegistryPrepareModule(registry, bad, &error);

    failed = !bad || VM_ErrorGetStatus(error) != VM_STATUS_BAD_PARAMETER;
    if (error)
        printf("%s\n", VM_ErrorGetMessage(error));
    VM_ErrorDelete(error);
    VM_ModuleDelete(bad);
    VM_ModuleDelete(module);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return failed;
}
