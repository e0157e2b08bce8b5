/* Hostile sections `libvm.plugins`, which are refused with their position; and the key of the configuration. */
#include "plugin_files.h"
#include "sections.h"

static VM_Engine *engine;
static VM_PluginRegistry *registry;

/* A module with this section is refused, from memory and in a context. */
static void refused_as(const Bytes *section, VM_Status status, const char *part)
{
    VM_Module *module = load_bytes(engine, guest_with(GUEST("plugin_sum"), "libvm.plugins", section));
    VM_Context *context = new_context(engine);
    VM_Instance instance;
    NEED(VM_ContextSetModulePlugins(context, registry, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), status, part);
    CHECK_STATUS(VM_PluginLoadForModule(registry, module, NULL, &error), status, part);
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
}

/* After a valid entry of 14 bytes. */
static void refused(const char *name, const char *range, const char *path, const char *part)
{
    Bytes section = { { 0 }, 0 };
    char message[200];
    put_plugin(&section, "calc", "", "");
    put_plugin(&section, name, range, path);
    snprintf(message, sizeof message, "the custom section libvm.plugins is not valid: entry 1, at byte 14, %s", part);
    refused_as(&section, VM_STATUS_BAD_PARAMETER, message);
}

static void strings(void)
{
    refused("", "", "", "names the plug-in \"\"");
    refused("../calc", "", "", "names the plug-in \"../calc\"");
    refused("calc\n", "", "", "names the plug-in \"calc\\n\"");
    refused("\xff", "", "", "has a name that is not valid UTF-8");
    refused("calc", "newest", "", "has the range of versions \"newest\" for `calc`");
    refused("calc", "", "/usr/lib/calc", "has the path \"/usr/lib/calc\" for `calc`, which is absolute");
    refused("calc", "", "../calc", "has the path \"../calc\" for `calc`, which has `..`");
    refused("calc", "", "a/../../calc", "has the path \"a/../../calc\" for `calc`, which has `..`");
    refused("calc", "", "..\\calc", "has the path \"..\\calc\" for `calc`, which has a `\\` or `:`");
    refused("calc", "", "C:calc", "has the path \"C:calc\" for `calc`, which has a `\\` or `:`");
    refused("calc", "", "a\tb", "has the path \"a\\tb\" for `calc`, which has a control character");
}

static void sizes(void)
{
    Bytes whole = { { 0 }, 0 }, section = whole;
    size_t i;
    put_plugin(&whole, "calc", "^1", "plugins/calc");
    for (i = 1; i < whole.size; i++) {
        section = whole;
        section.size = i;
        refused_as(&section, VM_STATUS_BAD_PARAMETER, "entry 0, at byte 0, ");
    }
    section = whole;
    memset(section.data, 0xff, 4);
    refused_as(&section, VM_STATUS_BAD_PARAMETER, "entry 0, at byte 0, is 4294967295 bytes long, and 24 bytes follow");
    section = whole;
    memset(section.data + 4, 0xff, 2);
    refused_as(&section, VM_STATUS_BAD_PARAMETER, "entry 0, at byte 0, ends in its name");
    section = whole;
    section.data[0]++;
    put_number(&section, 0, 1);
    refused_as(&section, VM_STATUS_BAD_PARAMETER, "entry 0, at byte 0, has 1 byte after its path");
    section.size = 0;
    for (i = 0; i < 1025; i++) {
        char name[16];
        snprintf(name, sizeof name, "calc%d", (int)i);
        put_plugin(&section, name, "", "");
    }
    refused_as(&section, VM_STATUS_LIMIT, "the custom section libvm.plugins names more than 1024 plug-ins");
}

static VM_Status configure(const char *text)
{
    VM_Config *config = NULL;
    Path path = write_content("app.toml", text, strlen(text));
    VM_Status status = VM_ConfigLoadFromFile(path.text, &config, &error);
    if (status == VM_STATUS_OK)
        status = VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error);
    VM_ConfigDelete(config);
    return status;
}

static void configuration(void)
{
    VM_Module *module;
    CHECK_STATUS(configure("module-plugins = ['declaerd']"), VM_STATUS_BAD_CONFIG,
                 "app.toml:1:19: `module-plugins` has \"declaerd\", which is not one of `declared`, `imports`, `dependencies`; did you mean `declared`?");
    CHECK_STATUS(configure("module-plugins = true"), VM_STATUS_BAD_CONFIG, "`module-plugins` must be a list of strings");
    CHECK_OK(configure("module-plugins = []"));
    module = declaring(engine, NULL, "calc", "", "");
    CHECK_OK(VM_PluginLoadForModule(registry, module, NULL, &error));
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    CHECK_OK(configure("module-plugins = ['imports', 'declared']"));
    CHECK_OK(VM_PluginLoadForModule(registry, module, NULL, &error));
    CHECK_INT(VM_PluginRegistryGetCount(registry), 1);
    VM_ModuleDelete(module);
}

int main(void)
{
    engine = new_engine();
    make_scratch();
    make_folder("plugins");
    copy_plugin("calc", "plugins/calc.so", NULL, NULL);
    registry = new_registry();
    NEED(VM_PluginRegistrySetIndexFile(registry, NULL, &error));
    NEED(VM_PluginRegistryAddSearchDirectory(registry, in_scratch("plugins").text, &error));
    NEED(VM_PluginRegistrySetModulePlugins(registry, VM_MODULE_PLUGINS_DECLARED, &error));
    strings();
    sizes();
    configuration();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
