/* What a plug-in has of its package: default options, below those of the registry and the context; its files; and data that stays. */
#include "packages.h"

static VM_Engine *engine;

/* A package of a test plug-in with its own name. */
static Path package_of(const char *plugin, const char *version, const char *toml)
{
    char name[100];
    Path path;
    Zip *zip;
    snprintf(name, sizeof name, "%s-%s.zip", plugin, version);
    path = in_scratch(name);
    zip = zip_create(path.text);
    zip_add_plugin(zip, plugin, plugin, version);
    if (toml) {
        snprintf(name, sizeof name, "%s.toml", plugin);
        zip_add(zip, name, toml, strlen(toml));
    }
    zip_add(zip, "words/list.txt", version, strlen(version));
    zip_finish(zip);
    return path;
}

static VM_Context *context_of(VM_PluginRegistry *registry, const char *guest)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetName(config, "desk", &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    if (guest) {
        NEED(VM_ContextRegisterPlugins(context, registry, &error));
        instantiate(engine, context, guest);
    }
    return context;
}

/* The text that an export writes to the memory of the guest. */
static const char *text_of(VM_Context *context, const char *name, const VM_Value *args, size_t count)
{
    static char text[600];
    int32_t length = run(context, name, args, count);
    VM_Memory memory;
    text[0] = '\0';
    CHECK(length > 0 && length < (int32_t)sizeof text);
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    if (length > 0 && length < (int32_t)sizeof text) {
        NEED(VM_MemoryRead(context, memory, 0, text, (size_t)length, &error));
        text[length] = '\0';
    }
    return text;
}

static VM_PluginRegistry *loaded(const char *path)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, path, NULL, &error));
    return registry;
}

static void options(VM_PackageDirectory *directory)
{
    static const char text[] = "[plugin.options.options]\nlevel = 5\n";
    const char *root = VM_PackageDirectoryGetPath(directory);
    VM_PluginRegistry *registry;
    VM_Context *context;
    VM_Config *config = NULL;
    Path first = package_of("options", "1.0.0", "level = 4\nmode = 'high'\n");
    CHECK_OK(VM_PackageDirectoryInstall(directory, first.text, 0, NULL, NULL, &error));
    registry = loaded(root);
    /* Without the package `level` would be missing. */
    context = context_of(registry, GUEST("options"));
    CHECK_TEXT(text_of(context, "said", NO_VALUES), "fast 4 0.50 high one two");
    VM_ContextDelete(context);
    /* The registry's before the package's, and the context's before both. */
    NEED(VM_ConfigLoadFromBuffer((const uint8_t *)text, sizeof text - 1, NULL, &config, &error));
    NEED(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error));
    VM_ConfigDelete(config);
    context = context_of(registry, GUEST("options"));
    CHECK_TEXT(text_of(context, "said", NO_VALUES), "fast 5 0.50 high one two");
    VM_ContextDelete(context);
    context = context_of(registry, NULL);
    NEED(VM_ContextSetPluginOption(context, "options", "level", "6", &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("options"));
    CHECK_TEXT(text_of(context, "said", NO_VALUES), "fast 6 0.50 high one two");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);

    /* Values that the plug-in refuses: the error begins with the position in the package. */
    CHECK_OK(VM_PackageDirectoryUpdate(directory, package_of("options", "1.1.0", "level = 4\nmode = 'other'\n").text, 0, NULL, NULL, &error));
    registry = loaded(root);
    context = context_of(registry, NULL);
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_PLUGIN_OPTION,
                 "/options/1.1.0/options.toml:2:1: option `mode` of plug-in `options` must be one of low, high");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    write_content("packages/options/1.1.0/options.toml", "level 4", 7);
    registry = new_registry();
    CHECK_STATUS(VM_PluginLoadFromPath(registry, root, NULL, &error), VM_STATUS_BAD_CONFIG, "/options/1.1.0/options.toml:1:");
    VM_PluginRegistryDelete(registry);
    CHECK_OK(VM_PackageDirectoryRemove(directory, "options", NULL, NULL, &error));
}

/* An update keeps the data of a plug-in; its resources are those of the version that is loaded, also when another becomes active. */
static void directories(VM_PackageDirectory *directory)
{
    const char *root = VM_PackageDirectoryGetPath(directory);
    VM_PluginRegistry *old, *new;
    VM_Context *before, *after;
    char data[600];
    FILE *file;
    CHECK_OK(VM_PackageDirectoryInstall(directory, package_of("directories", "1.0.0", NULL).text, 0, NULL, NULL, &error));
    old = loaded(root);
    before = context_of(old, GUEST("directories"));
    snprintf(data, sizeof data, "%s", text_of(before, "where", VALUES(VM_ValueI32((int32_t)VM_DIRECTORY_DATA))));
    file = fopen(join(data, "kept").text, "w");
    SURE(file && fclose(file) == 0);
    CHECK_OK(VM_PackageDirectoryUpdate(directory, package_of("directories", "2.0.0", NULL).text, 0, NULL, NULL, &error));
    CHECK_TEXT(text_of(before, "where", VALUES(VM_ValueI32((int32_t)VM_DIRECTORY_RESOURCE))), join(root, "directories/1.0.0").text);
    CHECK(access(join(root, "directories/1.0.0/words/list.txt").text, R_OK) == 0);
    new = loaded(root);
    after = context_of(new, GUEST("directories"));
    CHECK_TEXT(text_of(after, "where", VALUES(VM_ValueI32((int32_t)VM_DIRECTORY_RESOURCE))), join(root, "directories/2.0.0").text);
    CHECK_TEXT(text_of(after, "where", VALUES(VM_ValueI32((int32_t)VM_DIRECTORY_DATA))), data);
    /* Removed while both are loaded: they go on, and the data stays. */
    CHECK_OK(VM_PackageDirectoryRemove(directory, "directories", NULL, NULL, &error));
    CHECK_TEXT(text_of(after, "where", VALUES(VM_ValueI32((int32_t)VM_DIRECTORY_DATA))), data);
    CHECK(access(join(data, "kept").text, F_OK) == 0);
    VM_ContextDelete(before);
    VM_ContextDelete(after);
    VM_PluginRegistryDelete(old);
    VM_PluginRegistryDelete(new);
}

int main(void)
{
    VM_PackageDirectory *directory;
    engine = new_engine();
    make_scratch();
    directory = open_packages(in_scratch("packages").text, NULL);
    options(directory);
    directories(directory);
    VM_PackageDirectoryDelete(directory);
    VM_EngineDelete(engine);
    return finish();
}
