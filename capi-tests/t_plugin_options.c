/* Options of plug-ins: typed, checked before create, separate for each context. */
#include "plugin_files.h"

static VM_PluginRegistry *registry;
static VM_Engine *engine;

static VM_Context *fresh_context(void)
{
    VM_Context *context = NULL;
    CHECK_OK(VM_ContextCreate(engine, NULL, &context, &error));
    return context;
}

static void check_said(VM_Context *context, const char *expected)
{
    VM_Value length;
    VM_Memory memory;
    char said[256] = "";

    CHECK_OK(VM_ContextRunWasmFromFile(context, GUEST("options"), "said", NULL, 0, &length, 1, &error));
    CHECK_OK(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    CHECK_OK(VM_MemoryRead(context, memory, 0, said, sizeof said - 1, &error));
    CHECK_TEXT(said, expected);
    CHECK_INT(length.of.i32, strlen(expected));
}

static void two_contexts_have_two_configurations(void)
{
    static const char *const tags[] = { "a", "b", "c" };
    VM_Context *first = fresh_context(), *second = fresh_context();

    CHECK_OK(VM_ContextSetPluginOptionInteger(first, "options", "level", 3, &error));
    CHECK_OK(VM_ContextSetPluginOption(second, "options", "level", "6", &error));
    CHECK_OK(VM_ContextSetPluginOptionBool(second, "options", "fast", false, &error));
    CHECK_OK(VM_ContextSetPluginOptionFloat(second, "options", "ratio", 0.25, &error));
    CHECK_OK(VM_ContextSetPluginOption(second, "options", "mode", "high", &error));
    CHECK_OK(VM_ContextSetPluginOptionList(second, "options", "tags", tags, 3, &error));
    CHECK_OK(VM_ContextRegisterPlugins(first, registry, &error));
    CHECK_OK(VM_ContextRegisterPlugins(second, registry, &error));
    check_said(first, "fast 3 0.50 low one two");
    check_said(second, "slow 6 0.25 high a b c");
    CHECK_STATUS(VM_ContextSetPluginOptionBool(first, "options", "fast", false, &error), VM_STATUS_SEALED,
                 "plug-in `options` is registered in this context; set its option `fast` before");
    check_said(first, "fast 3 0.50 low one two");
    VM_ContextDelete(first);
    VM_ContextDelete(second);
}

static void is_refused(const char *key, const char *value, const char *message)
{
    VM_Context *context = fresh_context();

    if (strcmp(key, "level") != 0)
        CHECK_OK(VM_ContextSetPluginOptionInteger(context, "options", "level", 3, &error));
    CHECK_OK(VM_ContextSetPluginOption(context, "options", key, value, &error));
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_OPTION, message);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "options");
    VM_ContextDelete(context);
}

static void wrong_values_are_refused_by_name(void)
{
    VM_Context *context = fresh_context();

    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_OPTION,
                 "option `level` of plug-in `options` is required and is not set; it is an integer from 1 to 6");
    CHECK_OK(VM_ContextSetPluginOptionInteger(context, "options", "level", 1, &error));
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    VM_ContextDelete(context);

    is_refused("level", "7", "option `level` of plug-in `options` must be an integer from 1 to 6; it is 7");
    is_refused("level", "much", "must be an integer from 1 to 6; it is \"much\"");
    is_refused("fast", "yes", "option `fast` of plug-in `options` must be true or false; it is \"yes\"");
    is_refused("ratio", "wide", "must be a number from 0.125 to 8; it is \"wide\"");
    is_refused("ratio", "8.5", "option `ratio` of plug-in `options` must be a number from 0.125 to 8; it is 8.5");
    is_refused("ratio", "nan", "must be a number from 0.125 to 8; it is NaN");
    is_refused("mode", "mid", "must be one of low, high; it is \"mid\"");
    is_refused("Level", "1", "plug-in `options` has no option `Level`; it has `fast`, `level`, `ratio`, `mode`, `tags`");
}

static void create_fails(const char *asked, const char *returned, VM_Status status, const char *message)
{
    VM_Context *context = fresh_context();
    CHECK_OK(VM_ContextSetPluginOptionInteger(context, "options", "level", 3, &error));
    SURE(setenv("LIBVM_TEST_ASK", asked, 1) == 0 && (!returned || setenv("LIBVM_TEST_STATUS", returned, 1) == 0));
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), status, message);
    SURE(unsetenv("LIBVM_TEST_ASK") == 0 && unsetenv("LIBVM_TEST_STATUS") == 0);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "options");
    VM_ContextDelete(context);
}

/* The reason of a failed option getter is that of a create that returns its status, and of no other failure. */
static void a_getter_that_fails_is_the_reason(void)
{
    create_fails("level", NULL, VM_STATUS_PLUGIN_INITIALIZE, "failed: option `level` is an integer, but was read as a string");
    create_fails("nothing", NULL, VM_STATUS_PLUGIN_INITIALIZE, "failed: option `nothing` is not in the plug-in's descriptor");
    create_fails("nothing", "-10003", VM_STATUS_USER - 3, "returned status -10003 without a reason");
    create_fails("nothing", "-700", VM_STATUS_PLUGIN_INITIALIZE, "returned VM_STATUS_IO without a reason");
    create_fails("nothing", "5", VM_STATUS_PLUGIN_INITIALIZE, "returned 5, which is not a valid status, without a reason");
}

static void options_are_described(void)
{
    VM_Plugin *plugin = NULL;
    const VM_PluginOption *option;

    CHECK_OK(VM_PluginRegistryFind(registry, "options", &plugin, &error));
    CHECK_INT(VM_PluginGetOptionCount(plugin), 5);
    option = VM_PluginGetOption(plugin, 1);
    CHECK_TEXT(option->key, "level");
    CHECK_TEXT(option->description, "how much");
    CHECK_TEXT(option->default_value, NULL);
    CHECK_INT(option->type, VM_OPTION_TYPE_INTEGER);
    CHECK(!option->is_secret && option->is_ranged);
    CHECK(option->minimum == 1 && option->maximum == 6 && option->minimum_number == 0 && option->maximum_number == 0);
    option = VM_PluginGetOption(plugin, 2);
    CHECK(option->is_ranged && option->minimum == 0 && option->maximum == 0);
    CHECK(option->minimum_number == 0.125 && option->maximum_number == 8);
    option = VM_PluginGetOption(plugin, 3);
    CHECK_TEXT(option->default_value, "low");
    CHECK_TEXT(option->choices, "low,high");
    CHECK(!option->is_ranged);
    option = VM_PluginGetOption(plugin, 4);
    CHECK_TEXT(option->default_value, "one\ntwo");
    CHECK(VM_PluginGetOption(plugin, 5) == NULL);
    CHECK(VM_PluginGetOption(NULL, 0) == NULL);
    CHECK_INT(VM_PluginGetOptionCount(NULL), 0);
    VM_PluginRelease(plugin);
}

static void bad_arguments(void)
{
    VM_Context *context = fresh_context();

    CHECK_STATUS(VM_ContextSetPluginOption(NULL, "p", "k", "v", &error), VM_STATUS_NULL_ARGUMENT, "context is NULL");
    CHECK_STATUS(VM_ContextSetPluginOption(context, NULL, "k", "v", &error), VM_STATUS_NULL_ARGUMENT, "plugin is NULL");
    CHECK_STATUS(VM_ContextSetPluginOption(context, "p", NULL, "v", &error), VM_STATUS_NULL_ARGUMENT, "key is NULL");
    CHECK_STATUS(VM_ContextSetPluginOption(context, "p", "k", NULL, &error), VM_STATUS_NULL_ARGUMENT, "value is NULL");
    CHECK_STATUS(VM_ContextSetPluginOption(context, "p", "k", "\xff", &error), VM_STATUS_BAD_UTF8, "value is not valid UTF-8");
    CHECK_STATUS(VM_ContextSetPluginOptionList(context, "p", "k", NULL, 1, &error), VM_STATUS_NULL_ARGUMENT, "items is NULL");
    CHECK_OK(VM_ContextSetPluginOptionList(context, "p", "k", NULL, 0, &error));
    VM_ContextDelete(context);
}

int main(void)
{
    CHECK_OK(VM_EngineCreate(NULL, &engine, &error));
    CHECK_OK(VM_PluginRegistryCreate(&registry, &error));
    CHECK_OK(VM_PluginLoadFromPath(registry, LIBVM_TEST_PLUGINS "/options", NULL, &error));
    two_contexts_have_two_configurations();
    wrong_values_are_refused_by_name();
    a_getter_that_fails_is_the_reason();
    options_are_described();
    bad_arguments();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
