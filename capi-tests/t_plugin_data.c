/* Data attached to presences and calls: each is freed once, in the documented order. */
#include "plugin_files.h"

static VM_Engine *engine;
static VM_PluginRegistry *registry;

/* Compares the events since the last call. */
static void check_marks(const char *expected)
{
    char found[1024] = "";
    FILE *file = fopen(in_scratch("marks").text, "r");
    if (file) {
        found[fread(found, 1, sizeof found - 1, file)] = '\0';
        fclose(file);
        remove(in_scratch("marks").text);
    }
    CHECK_TEXT(found, expected);
}

static VM_Context *registered(void)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("data"));
    return context;
}

static void on_calls(void)
{
    VM_Context *context = registered();
    check_marks("");
    CHECK_INT(run(context, "nest", VALUES(VM_ValueI32(0))), 0);
    check_marks("end(inner) free(inner) ");
    CHECK_INT(run(context, "nest", VALUES(VM_ValueI32(2))), 2);
    check_marks("end(inner) free(inner) end(middle) free(middle) end(outer) free(outer) ");
    instantiate(engine, context, GUEST("data_start"));
    check_marks("end(inner) free(inner) ");
    instantiate(engine, context, GUEST("data"));
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "fail", NO_VALUES, NO_VALUES, &error), VM_STATUS_TRAP, "as it was told");
    check_marks("free(stale) free(no call) free(no instance) free(of a failing call) ");
    CHECK_INT(run(context, "replace", NO_VALUES), 1);
    check_marks("free(one) free(two) free(of the instance) end(replace) free(stale) ");
    CHECK_INT(run(context, "nest", VALUES(VM_ValueI32(0))), 0);
    check_marks("end(inner) free(inner) ");
    VM_ContextDelete(context);
    check_marks("destroy(another of the instance) free(another of the instance) ");
}

static void on_instances(void)
{
    VM_Context *first = registered(), *second = registered(), *failing = new_context(engine);
    VM_ContextDelete(first);
    check_marks("destroy(of the instance) free(of the instance) ");
    SURE(setenv("LIBVM_TEST_FAIL_CREATE", "1", 1) == 0);
    CHECK_STATUS(VM_ContextRegisterPlugins(failing, registry, &error), VM_STATUS_PLUGIN_INITIALIZE, "as it was told");
    SURE(unsetenv("LIBVM_TEST_FAIL_CREATE") == 0);
    check_marks("free(of the instance) ");
    VM_ContextDelete(failing);
    check_marks("");

    /* The last context keeps the plug-in. */
    VM_PluginRegistryDelete(registry);
    check_marks("");
    VM_ContextDelete(second);
    check_marks("destroy(of the instance) free(of the instance) cleanup(host) ");
}

/* A singleton has a pointer in each context that calls it, and one beside its instance. */
static void on_a_singleton(void)
{
    VM_Context *first, *second;
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("data_singleton").text, NULL, &error));
    first = registered();
    second = registered();
    CHECK_INT(run(first, "replace", NO_VALUES), 1);
    check_marks("free(one) free(two) end(replace) free(stale) ");
    CHECK_INT(run(second, "replace", NO_VALUES), 1);
    check_marks("free(one) free(two) end(replace) free(stale) ");
    VM_ContextDelete(first);
    check_marks("free(another of the instance) ");
    VM_PluginRegistryDelete(registry);
    check_marks("");
    VM_ContextDelete(second);
    check_marks("free(another of the instance) destroy(of the instance) free(of the instance) cleanup(host) ");
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("data").text, NULL, &error));
    on_calls();
    on_instances();
    on_a_singleton();
    VM_EngineDelete(engine);
    return finish();
}
