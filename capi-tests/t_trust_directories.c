/* Directories that other users could change are not passed to plug-ins; and how the host accepts them. */
#include "plugin_files.h"

static VM_Engine *engine;
static VM_PluginRegistry *registry;
static char heard[1024];

static void VM_CALL listen(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    (void)source;
    snprintf(heard, sizeof heard, "%s", text);
}

/* The answer of the plug-in when it asks for a directory in a new context of this name: a status, or the length of the path. */
static int32_t ask(const char *name, VM_DirectoryKind kind)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    int32_t answer;
    heard[0] = '\0';
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetName(config, name, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextSetLogCallback(context, VM_LOG_ERROR, listen, NULL, NULL, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("directories"));
    answer = run(context, "where", VALUES(VM_ValueI32((int32_t)kind)));
    VM_ContextDelete(context);
    return answer;
}

static void is_refused(const char *name, VM_DirectoryKind kind, const char *what, Path place, const char *why)
{
    CHECK_INT(ask(name, kind), VM_STATUS_UNTRUSTED_PATH);
    CHECK(strstr(heard, what) && strstr(heard, place.text) && strstr(heard, why));
}

static void set(VM_DirectoryKind kind, Path path) { CHECK_OK(VM_PluginRegistrySetDataDirectory(registry, kind, path.text, &error)); }

static void shut(Path path, mode_t mode) { SURE(chmod(path.text, mode) == 0); }

/* Everyone could put a directory or a link where the plug-in's will be, or exchange it later. */
static void the_base_is_open(void)
{
    Path base = in_scratch("base");
    make_folder("base");
    set(VM_DIRECTORY_DATA, base);
    set(VM_DIRECTORY_CACHE, base);
    set(VM_DIRECTORY_TEMP, base);
    shut(base, 0777);
    is_refused("desk", VM_DIRECTORY_DATA, "plug-in `directories` has no data directory: ", base, "is world-writable");
    is_refused("desk", VM_DIRECTORY_CACHE, "plug-in `directories` has no cache directory: ", base, "chmod go-w ");
    is_refused("desk", VM_DIRECTORY_TEMP, "plug-in `directories` has no temp directory: ", base, "is world-writable");
    is_refused(NULL, VM_DIRECTORY_DATA, "plug-in `directories` has no data directory: ", base, "is world-writable");
    shut(base, 01777); /* as /tmp: entries of other users cannot be replaced */
    CHECK(ask("desk", VM_DIRECTORY_DATA) > 0 && ask("desk", VM_DIRECTORY_TEMP) > 0);
    shut(base, 0755);
    CHECK(ask("desk", VM_DIRECTORY_DATA) > 0 && ask("desk", VM_DIRECTORY_TEMP) > 0);
}

/* A directory that was there already, and a link to one. */
static void the_directory_is_open(void)
{
    Path desk = in_scratch("base/directories/desk");
    shut(desk, 0777);
    is_refused("desk", VM_DIRECTORY_DATA, desk.text, desk, "is world-writable");
    shut(desk, 0700);
    make_folder("open");
    shut(in_scratch("open"), 0777);
    SURE(symlink(in_scratch("open").text, in_scratch("base/directories/linked").text) == 0);
    is_refused("linked", VM_DIRECTORY_DATA, "/linked may be changed", in_scratch("open"), "is world-writable");
    CHECK(ask("desk", VM_DIRECTORY_DATA) > 0);
}

static void the_host_accepts(void)
{
    Path base = in_scratch("base");
    if (open_to_group(base.text, 0775)) {
        is_refused("desk", VM_DIRECTORY_DATA, "is writable by the group", base, "VM_PluginRegistryAddTrustedGroup");
        NEED(VM_PluginRegistryAddTrustedGroup(registry, OTHER_GROUP, &error));
        CHECK(ask("desk", VM_DIRECTORY_DATA) > 0);
    }
    shut(base, 0777);
    CHECK_INT(ask("desk", VM_DIRECTORY_DATA), VM_STATUS_UNTRUSTED_PATH);
    NEED(VM_PluginRegistrySetFileChecks(registry, false, &error));
    CHECK(ask("desk", VM_DIRECTORY_DATA) > 0 && ask("linked", VM_DIRECTORY_DATA) > 0);
}

int main(void)
{
    make_scratch();
    make_folder("plugins");
    copy_plugin("directories", "plugins/directories.so", NULL, NULL);
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, in_scratch("plugins").text, NULL, &error));
    the_base_is_open();
    the_directory_is_open();
    the_host_accepts();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
