/* Configuration files: directories, options and limits, applied to registries, contexts and engines. */
#include "config_files.h"

static VM_Engine *engine;

static void check_said(VM_Context *context, const char *expected)
{
    VM_Memory memory;
    char said[256] = "";
    instantiate(engine, context, GUEST("options"));
    CHECK_INT(run(context, "said", NO_VALUES), strlen(expected));
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    CHECK_OK(VM_MemoryRead(context, memory, 0, said, sizeof said - 1, &error));
    CHECK_TEXT(said, expected);
}

/* Directories are relative to the file; a context's options override those of the file; each registry has its own file. */
static void directories_and_options(void)
{
    VM_Context *first = new_context(engine), *second = new_context(engine), *third = new_context(engine);
    VM_PluginRegistry *registry, *other;
    make_folder("etc");
    make_folder("etc/plugins");
    copy_plugin("options", "etc/plugins/options.so", NULL, NULL);
    registry = configured("etc/a.toml", "plugin-directory = ['missing', 'plugins']\n"
                                        "[plugin.options.options]\n"
                                        "level = 3\nratio = 2\nfast = false\nmode = 'high'\ntags = ['x']\n");
    other = configured("etc/b.toml", "plugin-directory = 'plugins'\nplugin.options.options.level = '4'\n");
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
    CHECK_OK(VM_PluginLoadWithDefaultPaths(other, NULL, &error));
    CHECK_OK(VM_ContextSetPluginOption(second, "options", "level", "6", &error));
    CHECK_OK(VM_ContextRegisterPlugins(first, registry, &error));
    CHECK_OK(VM_ContextRegisterPlugins(second, registry, &error));
    CHECK_OK(VM_ContextRegisterPlugins(third, other, &error));
    check_said(first, "slow 3 2.00 high x");
    check_said(second, "slow 6 2.00 high x");
    check_said(third, "fast 4 0.50 low one two");
    VM_ContextDelete(first);
    VM_ContextDelete(second);
    VM_ContextDelete(third);
    VM_PluginRegistryDelete(registry);
    VM_PluginRegistryDelete(other);
}

static void wrong_options_have_their_place_in_the_file(void)
{
    static const struct {
        const char *line, *message;
    } wrong[] = {
        { "level = 7", ":3:1: option `level` of plug-in `options` must be an integer from 1 to 6; it is 7" },
        { "level = [\"1\"]", ":3:1: option `level` of plug-in `options` must be an integer from 1 to 6; it is a list of 1" },
        { "level = 1\n mode = 'mid'", ":4:2: option `mode` of plug-in `options` must be one of low, high; it is \"mid\"" },
        { "Level = 1", ":3:1: plug-in `options` has no option `Level`; it has `fast`, `level`, `ratio`, `mode`, `tags`" },
        { "fast = true", "option `level` of plug-in `options` is required and is not set; it is an integer from 1 to 6" },
    };
    char text[200], message[1000];
    size_t i;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        VM_Context *context = new_context(engine);
        VM_PluginRegistry *registry;
        snprintf(text, sizeof text, "plugin-directory = 'plugins'\n[plugin.options.options]\n%s\n", wrong[i].line);
        registry = configured("etc/wrong.toml", text);
        snprintf(message, sizeof message, "%s%s", *wrong[i].message == ':' ? in_scratch("etc/wrong.toml").text : "", wrong[i].message);
        CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
        CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_OPTION, message);
        CHECK_TEXT(VM_ErrorGetMessage(error), message);
        VM_ContextDelete(context);
        VM_PluginRegistryDelete(registry);
    }
}

/* The one instance of a singleton has the registry's options, for no context can have its own. */
static void options_of_a_singleton(void)
{
    VM_Context *context = new_context(engine);
    VM_PluginRegistry *registry = configured("single.toml", "plugin.singleton.options.level = true\n");
    NEED(VM_PluginLoadFromPath(registry, plugin_file("singleton").text, NULL, &error));
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_OPTION,
                 "single.toml:1:26: option `level` of plug-in `singleton` must be an integer; it is true");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

static void limits(void)
{
    VM_Config *config = load_config("limits.toml", "[limits]\nmemory-bytes = 131072\nrecursion-depth = 100\n");
    VM_EngineConfig *engine_config = NULL;
    VM_ContextConfig *context_config = NULL;
    VM_Engine *small = NULL;
    VM_Context *context = NULL;
    VM_Value result;
    NEED(VM_EngineConfigCreate(&engine_config, &error));
    NEED(VM_ContextConfigCreate(&context_config, &error));
    CHECK_OK(VM_ContextConfigSetTableLimit(context_config, 20, &error));
    CHECK_OK(VM_ConfigApplyToEngineConfig(config, engine_config, &error));
    CHECK_OK(VM_ConfigApplyToContextConfig(config, context_config, &error));
    VM_ConfigDelete(config);
    NEED(VM_EngineCreate(engine_config, &small, &error));
    NEED(VM_ContextCreate(small, context_config, &context, &error));
    instantiate(small, context, GUEST("limits"));
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(2))), -1);
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(1))), 1);
    CHECK_INT(run(context, "grow_table", VALUES(VM_ValueI32(11))), -1); /* limits that are not in the file are unchanged */
    instantiate(small, context, GUEST("deep"));
    CHECK_OK(VM_ContextExecute(context, latest(context), "thin", VALUES(VM_ValueI32(50)), &result, 1, &error));
    /* Of compiled code the bytes of the stack count, and not the depth. */
    if (!is_compiled(context))
        CHECK_STATUS(VM_ContextExecute(context, latest(context), "thin", VALUES(VM_ValueI32(200)), &result, 1, &error), VM_STATUS_TRAP,
                     "call stack exhausted");
    VM_ContextDelete(context);
    VM_EngineDelete(small);
    VM_EngineConfigDelete(engine_config);
    VM_ContextConfigDelete(context_config);
}

/* Paths are relative to the directory argument; other settings are unchanged. */
static void from_memory(void)
{
    static const char first[] = "plugin-directory = 'plugins'\n[plugin.options.options]\nlevel = 1\nmode = 'high'\n";
    static const char second[] = "plugin.options.options.level = 2\nplugin-directory = 'plugins'\n";
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    VM_Context *context = new_context(engine);
    VM_Config *config = NULL;
    const VM_PluginReportLine *line;
    size_t count, i, found = 0;

    CHECK_OK(VM_ConfigLoadFromBuffer((const uint8_t *)first, sizeof first - 1, in_scratch("etc").text, &config, &error));
    CHECK_OK(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error));
    VM_ConfigDelete(config);
    CHECK_OK(VM_ConfigLoadFromBuffer((const uint8_t *)second, sizeof second - 1, in_scratch("etc").text, &config, &error));
    CHECK_OK(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error));
    CHECK_OK(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error));
    VM_ConfigDelete(config);
    CHECK_OK(VM_ConfigLoadFromBuffer(NULL, 0, NULL, &config, &error));
    CHECK_OK(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error));
    VM_ConfigDelete(config);
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, &report, &error));
    count = VM_PluginReportGetCount(report);
    for (i = 0; i < count; i++) {
        line = VM_PluginReportGetLine(report, i);
        found += line->loaded; /* the directory is searched once, although it is listed three times */
    }
    CHECK_INT(found, 1);
    VM_PluginReportDelete(report);
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    check_said(context, "fast 2 0.50 high one two");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    directories_and_options();
    wrong_options_have_their_place_in_the_file();
    options_of_a_singleton();
    limits();
    from_memory();
    VM_EngineDelete(engine);
    return finish();
}
