/* Parameters through updates, gates, resets, failed instantiations and threads: compiled once by each version, released once. */
#include "parameters.h"

static VM_Plugin *plugin_of(VM_PluginRegistry *registry)
{
    VM_Plugin *plugin = NULL;
    NEED(VM_PluginRegistryFind(registry, "compiler", &plugin, &error));
    return plugin;
}

/* The new version compiles again: for new contexts, and for those that move; the others keep what they have. */
static void a_new_version_compiles_again(void)
{
    VM_PluginRegistry *registry = registry_with("compiler");
    VM_Context *stays = context_of(registry), *moves = context_of(registry), *later;
    VM_Module *module = load_one("word", 1, "a"), *second = load_one("word", 1, "b");
    VM_Plugin *plugin;
    instance_of(stays, module);
    instance_of(moves, second);
    instance_of(moves, module);
    CHECK_SAID("compiler 1 compile 1A; compiler 1 compile 1B; ");
    NEED(VM_PluginRegistryUpdateFromPath(registry, plugin_file("compiler_2").text, NULL, &error));
    plugin = plugin_of(registry);
    CHECK_TEXT(word(moves, 1), "1A");
    CHECK_OK(VM_PluginRegistryPrepareModule(registry, module, &error));
    CHECK_SAID("compiler 2 compile 2A; ");
    CHECK_OK(VM_ContextUpdatePlugin(moves, plugin, &error));
    CHECK_SAID("compiler 2 compile 2B; ");
    CHECK_TEXT(word(moves, 1), "2A");
    CHECK_TEXT(word(stays, 1), "1A");
    later = context_of(registry);
    instance_of(later, second);
    CHECK_TEXT(word(later, 1), "2B");
    CHECK_SAID("");
    VM_PluginRelease(plugin);
    VM_ModuleDelete(second);
    VM_ContextDelete(stays);
    VM_ContextDelete(later);
    CHECK_SAID("");
    /* It was the last with version 1 and with the second module. */
    VM_ContextDelete(moves);
    CHECK(strstr(said, "compiler 1 release 1A; ") && strstr(said, "compiler 1 release 1B; ") && strstr(said, "compiler 1 cleanup ; "));
    CHECK(strstr(said, "compiler 2 release 2B; ") && !strstr(said, "release 2A"));
    said[0] = '\0';
    VM_ModuleDelete(module);
    CHECK_SAID("compiler 2 release 2A; ");
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("compiler 2 cleanup ; ");
}

/* A version that does not compile what a guest has is refused, and nothing changes. */
static void a_version_without_the_kind_is_refused(void)
{
    VM_PluginRegistry *registry = registry_with("compiler");
    VM_Context *context = context_of(registry);
    VM_Module *module = load_one("number", 1, "11");
    VM_Plugin *plugin;
    instance_of(context, module);
    NEED(VM_PluginRegistryUpdateFromPath(registry, plugin_file("compiler_2").text, NULL, &error));
    plugin = plugin_of(registry);
    CHECK_STATUS(VM_ContextUpdatePlugin(context, plugin, &error), VM_STATUS_BAD_PARAMETER,
                 "no plug-in registered in this context compiles the kind `number`; the kinds are `word`");
    CHECK_INT(run(context, "number", VALUES(VM_ValueI32(1), VM_ValueI32(1))), 11);
    VM_PluginRelease(plugin);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    VM_PluginRegistryDelete(registry);
    said[0] = '\0';
}

/* An instantiation that fails later, and a reset, leave what was compiled with the module. */
static void failures_and_resets(const char *name)
{
    VM_PluginRegistry *registry = registry_with(name);
    VM_Context *context = context_of(registry);
    VM_Module *module = load_one("word", 1, "a"), *fails;
    Section section = { 0 };
    VM_Instance instance;
    add_parameter(&section, "word", 2, "f");
    fails = load_with(GUEST("parameters_fails"), &section, 1);
    instance_of(context, module);
    CHECK_STATUS(VM_ContextInstantiate(context, fails, &instance, &error), VM_STATUS_TRAP, "the start function failed");
    CHECK_STATUS(VM_ContextInstantiate(context, fails, &instance, &error), VM_STATUS_TRAP, "the start function failed");
    CHECK_SAID("compiler 1 compile 1A; compiler 1 compile 1F; ");
    VM_ModuleDelete(fails);
    CHECK_TEXT(word(context, 1), "1A");
    NEED(VM_ContextReset(context, &error));
    CHECK_SAID("compiler 1 release 1F; ");
    instance_of(context, module);
    CHECK_TEXT(word(context, 1), "1A");
    CHECK_SAID("");
    VM_ModuleDelete(module);
    VM_PluginRegistryDelete(registry);
    CHECK_TEXT(word(context, 1), "1A");
    VM_ContextDelete(context);
    CHECK_SAID("compiler 1 release 1A; compiler 1 cleanup ; ");
}

enum { THREADS = 4 };

typedef struct Race {
    VM_PluginRegistry *registry;
    VM_Module *module;
    int fault;
} Race;

static void *instantiate_many(void *argument)
{
    Race *race = argument;
    for (int i = 0; i < 20; i++) {
        VM_Context *context = NULL;
        VM_Instance instance;
        VM_Value arguments[2] = { VM_ValueI32(1), VM_ValueI32(5) }, result;
        if (VM_ContextCreate(engine, NULL, &context, NULL) || VM_ContextRegisterPlugins(context, race->registry, NULL) ||
            VM_ContextInstantiate(context, race->module, &instance, NULL) ||
            VM_ContextExecute(context, instance, "number", arguments, 2, &result, 1, NULL) || result.of.i32 != 55)
            race->fault = 1;
        VM_ContextDelete(context);
    }
    return NULL;
}

static void threads_compile_once(const char *name)
{
    Race races[THREADS];
    pthread_t threads[THREADS];
    VM_PluginRegistry *registry = registry_with(name);
    Section section = { 0 };
    VM_Module *module;
    add_parameter(&section, "word", 1, "a");
    add_parameter(&section, "number", 5, "55");
    module = load_with(GUEST("parameters"), &section, 1);
    for (int i = 0; i < THREADS; i++) {
        races[i] = (Race){ registry, module, 0 };
        SURE(pthread_create(&threads[i], NULL, instantiate_many, &races[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(races[i].fault, 0);
    }
    CHECK_SAID("compiler 1 compile 1A; ");
    VM_ModuleDelete(module);
    CHECK_SAID("compiler 1 release 1A; ");
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("compiler 1 cleanup ; ");
}

/* A module whose registries come and go keeps nothing of them. */
static void registries_come_and_go(void)
{
    VM_Module *module = load_one("word", 1, "a");
    for (int i = 0; i < 50; i++) {
        VM_PluginRegistry *registry = registry_with("compiler");
        CHECK_OK(VM_PluginRegistryPrepareModule(registry, module, &error));
        VM_PluginRegistryDelete(registry);
        CHECK_SAID("compiler 1 compile 1A; compiler 1 release 1A; compiler 1 cleanup ; ");
    }
    VM_ModuleDelete(module);
}

int main(void)
{
    static const char *const kinds[] = { "compiler", "compiler_serialized", "compiler_singleton", "compiler_affine" };
    make_scratch();
    engine = new_engine();
    start_listening();
    a_new_version_compiles_again();
    a_version_without_the_kind_is_refused();
    for (int i = 0; i < 4; i++)
        failures_and_resets(kinds[i]);
    for (int i = 0; i < 4; i++)
        threads_compile_once(kinds[i]);
    registries_come_and_go();
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
