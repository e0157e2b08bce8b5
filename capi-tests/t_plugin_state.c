/* The plug-in plugins/counter.c: guest buffers, an option, and a counter shared by contexts with the same name. */
#include "test.h"

static VM_PluginRegistry *registry;
static VM_Engine *engine;

static VM_Context *named_context(const char *name)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;

    CHECK_OK(VM_ContextConfigCreate(&config, &error));
    CHECK_OK(VM_ContextConfigSetName(config, name, &error));
    CHECK_OK(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    return context;
}

static void check_greeting(VM_Context *context, const char *expected)
{
    VM_Value length;
    VM_Memory memory;
    char said[256] = "";

    CHECK_OK(VM_ContextExecute(context, latest(context), "hello", NULL, 0, &length, 1, &error));
    CHECK_INT(length.of.i32, strlen(expected));
    CHECK_OK(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    CHECK_OK(VM_MemoryRead(context, memory, 1024, said, strlen(expected), &error));
    CHECK_TEXT(said, expected);
}

static VM_Context *new_greeter(const char *name, const char *greeting)
{
    VM_Context *context = named_context(name);
    VM_Module *module = NULL;

    if (greeting)
        CHECK_OK(VM_ContextSetPluginOption(context, "greeter", "greeting", greeting, &error));
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_OK(VM_ModuleLoadFromFile(engine, GUEST("greet"), &module, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    VM_ModuleDelete(module);
    return context;
}

static void contexts_of_one_name_share_the_count(void)
{
    VM_Context *first = new_greeter("desk", NULL), *second = new_greeter("desk", "Good day"), *other = new_greeter("door", NULL);
    VM_Context *alone = new_greeter(NULL, NULL);

    check_greeting(first, "Hello, world (1)");
    check_greeting(second, "Good day, world (2)");
    check_greeting(other, "Hello, world (1)");
    check_greeting(alone, "Hello, world (1)");
    check_greeting(alone, "Hello, world (2)");
    VM_ContextDelete(first);
    VM_ContextDelete(second);
    VM_ContextDelete(alone);

    /* The state lives as long as the registry; that of a context without a name is deleted with it. */
    first = new_greeter("desk", NULL);
    alone = new_greeter(NULL, NULL);
    check_greeting(first, "Hello, world (3)");
    check_greeting(alone, "Hello, world (1)");
    VM_ContextDelete(first);
    VM_ContextDelete(other);
    VM_ContextDelete(alone);
}

static void a_buffer_that_ends_outside_is_a_trap_and_counts_nothing(void)
{
    VM_Context *context = new_greeter("liar", NULL);
    VM_Value length;

    CHECK_STATUS(VM_ContextExecute(context, latest(context), "lie", NULL, 0, &length, 1, &error), VM_STATUS_OUT_OF_BOUNDS,
                 "host function `greeter.greet` was given 256 bytes at address 65530 as its argument 2: outside of the "
                 "guest's memory of 65536 bytes");
    CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_MEMORY_OUT_OF_BOUNDS);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "greeter");
    check_greeting(context, "Hello, world (1)");
    VM_ContextDelete(context);
}

static void a_guest_without_memory_cannot_be_linked(void)
{
    static const uint8_t wasm[] = {
        0, 'a', 's', 'm', 1, 0, 0, 0, 1, 9, 1, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f, /* (i32, i32, i32, i32) -> (i32) */
        2, 17, 1, 7, 'g', 'r', 'e', 'e', 't', 'e', 'r', 5, 'g', 'r', 'e', 'e', 't', 0, 0, /* import greeter.greet */
    };
    VM_Context *context = named_context(NULL);
    VM_Module *module = NULL;

    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_OK(VM_ModuleLoadFromBuffer(engine, wasm, sizeof wasm, &module, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_INCOMPATIBLE_IMPORT,
                 "it requires guest memory, but the module exports no memory that host functions can use: neither one named `memory`");
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

int main(void)
{
    CHECK_OK(VM_EngineCreate(NULL, &engine, &error));
    CHECK_OK(VM_PluginRegistryCreate(&registry, &error));
    CHECK_OK(VM_PluginLoadFromPath(registry, LIBVM_TEST_PLUGINS "/counter.so", NULL, &error));
    contexts_of_one_name_share_the_count();
    a_buffer_that_ends_outside_is_a_trap_and_counts_nothing();
    a_guest_without_memory_cannot_be_linked();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
