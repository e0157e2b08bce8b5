/* Configuration files: which plug-ins may load, their order, and warnings for names that do not exist. */
#define VM_PLUGIN_BUILTIN built_in_config
#include "config_files.h"

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .create = NULL };
VM_PLUGIN_DESCRIPTOR("built-in", "1.0.0", "Is part of the test", descriptor);

/* A denied plug-in is not run and has a line in the report; a call that only finds it does not fail. */
static void denied_and_allowed(void)
{
    VM_PluginRegistry *registry;
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    Path denied;
    make_folder("lists");
    denied = copy_plugin("template", "lists/1-old.so", "old", "1.0.0");
    registry = configured("lists.toml", "plugin-directory = 'lists'\n[plugins]\n  deny = ['gone', 'old', 'built-in']\n");
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, &report, &error));
    line = find_line(report, denied.text);
    CHECK_INT(line->status, VM_STATUS_PLUGIN_NOT_ALLOWED);
    CHECK(!line->loaded);
    CHECK_TEXT(line->name, "old");
    CHECK_TEXT(line->version, "1.0.0");
    CHECK(strstr(line->message, "lists.toml:3:3 contains its name; remove it to load the plug-in") != NULL);
    VM_PluginReportDelete(report);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, denied.text, NULL, &error), VM_STATUS_PLUGIN_NOT_ALLOWED, "plug-in `old` 1.0.0 in ");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "old");
    CHECK_TEXT(VM_ErrorGetPath(error), denied.text);
    CHECK_STATUS(VM_PluginRegistryAddBuiltin(registry, &built_in_config, &error), VM_STATUS_PLUGIN_NOT_ALLOWED, "plug-in `built-in` 1.0.0");
    CHECK(!has_marks());
    copy_plugin("template", "lists/2-new.so", "new", "1.0.0");
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
    check_order(registry, "new");
    VM_PluginRegistryDelete(registry);

    /* A plug-in that is not listed is a failure. */
    registry = configured("lists.toml", "plugin-directory = 'lists'\nplugins.allow = ['new']\n");
    CHECK_STATUS(VM_PluginLoadWithDefaultPaths(registry, NULL, &error), VM_STATUS_PLUGIN_NOT_ALLOWED, "the registry allows new;");
    check_order(registry, "new");
    VM_PluginRegistryDelete(registry);
}

/* Those named come first; a plug-in that one of them needs comes still before; nothing is said of one that is not there. */
static void order(void)
{
    VM_PluginRegistry *registry;
    make_folder("order");
    copy_plugin("needy", "order/1-needy.so", NULL, NULL);
    copy_plugin("logged", "order/2-b.so", "b", NULL);
    copy_plugin("logged", "order/3-store.so", "store", "1.2.0");
    copy_plugin("logged", "order/d.so", "d", NULL);
    registry = configured("order.toml", "plugin-directory = 'order'\n");
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
    check_order(registry, "b store needy d");
    VM_PluginRegistryDelete(registry);
    registry = configured("order.toml", "plugin-directory = 'order'\nplugins.order = ['d', 'nobody', 'needy']\n");
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
    check_order(registry, "d store needy b");
    VM_PluginRegistryDelete(registry);
}

/* Every context of the registry has the permissions; calls without a permission are refused. */
static void permissions(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_PluginRegistry *registry = configured("grants.toml", "[plugin.permissions]\npermissions = ['fs:read', 'process:exec:g*']\n");
    VM_Value result;
    CHECK_OK(VM_PluginLoadFromPath(registry, plugin_file("permissions").text, NULL, &error));
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("permissions"));
    CHECK_INT(run(context, "read", NO_VALUES), 1);
    CHECK_INT(run(context, "git", NO_VALUES), 2);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "write", NO_VALUES, &result, 1, &error), VM_STATUS_PLUGIN_PERMISSION, "`fs:write`");
    VM_ContextDelete(context);
    context = new_context(engine);
    VM_PluginRegistryDelete(registry);

    registry = configured("grants.toml", "plugin.permissions.permissions = ['fs:reed']\n");
    CHECK_OK(VM_PluginLoadFromPath(registry, plugin_file("permissions").text, NULL, &error));
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_PERMISSION, "`fs:reed`, which it does not request");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
}

static char lines[4000];

static void VM_CALL listen(void *user, VM_LogLevel level, const char *source, const char *text)
{
    size_t used = strlen(lines);
    (void)user;
    snprintf(lines + used, sizeof lines - used, "%d %s: %s\n", (int)level, source, text);
}

static void absent_ones_are_logged(void)
{
    VM_PluginRegistry *registry = configured("absent.toml", "plugin-directory = 'order'\n[plugin.d]\n[plugin.nobody.options]\nx = 1\n");
    char expected[1000];
    CHECK_OK(VM_LogSetCallback(VM_LOG_WARNING, listen, NULL, NULL, &error));
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
    CHECK_OK(VM_LogSetCallback(VM_LOG_WARNING, NULL, NULL, NULL, &error));
    snprintf(expected, sizeof expected, "2 libvm: %s:3:9: no plug-in `nobody` is loaded or found, and its table has no effect\n",
             in_scratch("absent.toml").text);
    CHECK_TEXT(lines, expected);
    VM_PluginRegistryDelete(registry);
}

/* The warning of a mistyped name: in the report of the call that applies the configuration, and of the one that loads. */
static void check_warning(VM_PluginReport *report, const char *file)
{
    char expected[1000];
    const VM_PluginReportLine *line = find_line(report, file);
    CHECK_INT(line->status, VM_STATUS_PLUGIN_NOT_FOUND);
    CHECK(!line->loaded && line->version == NULL);
    CHECK_TEXT(line->name, "fitler");
    snprintf(expected, sizeof expected, "%s:2:9: no plug-in `fitler` is loaded or found, and its table has no effect; did you mean `filter`?", file);
    CHECK_TEXT(line->message, expected);
    VM_PluginReportDelete(report);
}

static void mistyped_names_are_in_the_report(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_Config *config = load_config("mistyped.toml", "plugin-directory = 'mistyped'\n[plugin.fitler.options]\nx = 1\n");
    VM_PluginReport *report = NULL;
    make_folder("mistyped");
    copy_plugin("template", "mistyped/1.so", "filter", "1.0.0");
    CHECK_OK(VM_ConfigApplyToPluginRegistry(config, registry, &report, &error));
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    check_warning(report, in_scratch("mistyped.toml").text);
    report = NULL;
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, &report, &error));
    CHECK_INT(VM_PluginRegistryGetCount(registry), 1);
    check_warning(report, in_scratch("mistyped.toml").text);
    VM_ConfigDelete(config);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    denied_and_allowed();
    order();
    permissions();
    absent_ones_are_logged();
    mistyped_names_are_in_the_report();
    return finish();
}
