/* Directories of plug-ins: paths, owners, lifetime, and failures. */
#define VM_PLUGIN_BUILTIN built_in_directories
#include "plugin_files.h"
#include "plugins/directories.c"

static VM_Engine *engine;
static VM_PluginRegistry *registry;
static char heard[1024];

static void VM_CALL listen(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    snprintf(heard, sizeof heard, "%s: %s", source, text);
}

static VM_Context *context_of(const char *name, VM_PluginRegistry *from)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetName(config, name, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextSetLogCallback(context, VM_LOG_INFO, listen, NULL, NULL, &error));
    NEED(VM_ContextRegisterPlugins(context, from, &error));
    instantiate(engine, context, GUEST("directories"));
    return context;
}

static int32_t ask(VM_Context *context, VM_DirectoryKind kind, Path *path)
{
    int32_t length = run(context, "where", VALUES(VM_ValueI32((int32_t)kind)));
    VM_Memory memory;
    memset(path, 0, sizeof *path);
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    if (length > 0 && length < (int32_t)sizeof path->text)
        NEED(VM_MemoryRead(context, memory, 0, path->text, (size_t)length, &error));
    return length;
}

static Path ask_path(VM_Context *context, VM_DirectoryKind kind)
{
    Path path;
    CHECK(ask(context, kind, &path) > 0);
    return path;
}

/* Returns whether it is a directory for this user only. */
static bool is_private(Path path)
{
    struct stat status;
    return stat(path.text, &status) == 0 && S_ISDIR(status.st_mode) && (status.st_mode & 0777) == 0700;
}

static void set(VM_DirectoryKind kind, const char *path) { CHECK_OK(VM_PluginRegistrySetDataDirectory(registry, kind, path, &error)); }

static void usual_places(void)
{
    VM_Context *desk = context_of("desk", registry), *again = context_of("desk", registry), *other = context_of("a/b", registry);
    CHECK_TEXT(ask_path(desk, VM_DIRECTORY_DATA).text, in_scratch("data/libvm/data/directories/desk").text);
    CHECK_TEXT(ask_path(again, VM_DIRECTORY_DATA).text, in_scratch("data/libvm/data/directories/desk").text);
    CHECK_TEXT(ask_path(other, VM_DIRECTORY_DATA).text, in_scratch("data/libvm/data/directories/a%2Fb").text);
    CHECK_TEXT(ask_path(desk, VM_DIRECTORY_CACHE).text, in_scratch("cache/libvm/cache/directories/desk").text);
    CHECK(is_private(ask_path(desk, VM_DIRECTORY_DATA)) && is_private(ask_path(other, VM_DIRECTORY_CACHE)));
    CHECK(is_private(in_scratch("data/libvm")));
    VM_ContextDelete(desk);
    VM_ContextDelete(again);
    VM_ContextDelete(other);
    CHECK(is_private(in_scratch("data/libvm/data/directories/desk")));
}

static void the_host_says_where(void)
{
    VM_Context *context;
    set(VM_DIRECTORY_DATA, in_scratch("own/data").text);
    set(VM_DIRECTORY_CACHE, in_scratch("own/cache").text);
    context = context_of("desk", registry);
    CHECK_TEXT(ask_path(context, VM_DIRECTORY_DATA).text, in_scratch("own/data/directories/desk").text);
    CHECK_TEXT(ask_path(context, VM_DIRECTORY_CACHE).text, in_scratch("own/cache/directories/desk").text);
    VM_ContextDelete(context);
    set(VM_DIRECTORY_DATA, NULL);
    set(VM_DIRECTORY_CACHE, NULL);
    usual_places();
    CHECK_STATUS(VM_PluginRegistrySetDataDirectory(registry, 5, "x", &error), VM_STATUS_INVALID_ARGUMENT, "5 is not a kind of directory");
    CHECK_STATUS(VM_PluginRegistrySetDataDirectory(registry, VM_DIRECTORY_RESOURCE, "x", &error), VM_STATUS_INVALID_ARGUMENT,
                 "a plug-in's resources are beside its library");
    CHECK_STATUS(VM_PluginRegistrySetDataDirectory(registry, VM_DIRECTORY_DATA, "", &error), VM_STATUS_INVALID_ARGUMENT, "not a valid path");
}

/* Temporary directories, and all of a context without a name, go with their instance: after its destroy. */
static void what_goes_with_the_instance(void)
{
    VM_Context *first = context_of(NULL, registry), *second = context_of("desk", registry);
    Path one = ask_path(first, VM_DIRECTORY_TEMP), two = ask_path(second, VM_DIRECTORY_TEMP), data = ask_path(first, VM_DIRECTORY_DATA);
    size_t length = strlen(in_scratch("temp/libvm-directories-").text);
    CHECK(strcmp(one.text, two.text) != 0 && strcmp(one.text, data.text) != 0);
    CHECK(strncmp(one.text, in_scratch("temp/libvm-directories-").text, length) == 0);
    CHECK(strncmp(data.text, in_scratch("temp/libvm-directories-").text, length) == 0);
    CHECK(is_private(one) && is_private(two) && is_private(data));
    SURE(mkdir(join(one.text, "inner").text, 0700) == 0);
    SURE(symlink(scratch_folder.text, join(one.text, "inner/link").text) == 0); /* which is not followed */
    VM_ContextDelete(first);
    CHECK_TEXT(heard, "directories: there");
    CHECK(access(one.text, F_OK) != 0 && access(data.text, F_OK) != 0 && access(two.text, F_OK) == 0);
    VM_ContextDelete(second);
    CHECK_TEXT(heard, "directories/desk: there");
    CHECK(access(two.text, F_OK) != 0 && rmdir(in_scratch("temp").text) == 0);
}

static void resources_are_beside_the_library(void)
{
    VM_PluginRegistry *builtins = new_registry();
    VM_Context *context = context_of(NULL, registry);
    Path path;
    CHECK_TEXT(ask_path(context, VM_DIRECTORY_RESOURCE).text, in_scratch("plugins").text);
    VM_ContextDelete(context);
    make_folder("plugins/directories");
    context = context_of(NULL, registry);
    CHECK_TEXT(ask_path(context, VM_DIRECTORY_RESOURCE).text, in_scratch("plugins/directories").text);
    CHECK_INT(ask(context, 0, &path), VM_STATUS_INVALID_ARGUMENT);
    VM_ContextDelete(context);

    NEED(VM_PluginRegistryAddBuiltin(builtins, &built_in_directories, &error));
    context = context_of(NULL, builtins);
    CHECK_INT(ask(context, VM_DIRECTORY_RESOURCE, &path), VM_STATUS_NOT_FOUND);
    CHECK_TEXT(heard, "directories: plug-in `directories` has no resource directory: it is built into the program, and has no files");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(builtins);
}

static void is_not_there(const char *name, VM_DirectoryKind kind, VM_Status status, const char *why)
{
    char number[] = { (char)('0' + kind), '\0' };
    VM_Context *context = context_of(name, registry), *failing = new_context(engine);
    Path path;
    heard[0] = '\0';
    CHECK_INT(ask(context, kind, &path), status);
    CHECK(strstr(heard, "plug-in `directories` has no ") && strstr(heard, why));
    VM_ContextDelete(context);
    if (!name) { /* the same in create is its reason */
        SURE(setenv("LIBVM_TEST_DIRECTORY", number, 1) == 0);
        CHECK_STATUS(VM_ContextRegisterPlugins(failing, registry, &error), VM_STATUS_PLUGIN_INITIALIZE, why);
        SURE(unsetenv("LIBVM_TEST_DIRECTORY") == 0);
    }
    VM_ContextDelete(failing);
}

static void why_there_is_none(void)
{
    char name[301];
    uid_t user = geteuid();
    write_content("file", "text", 4);
    make_folder("locked");
    make_folder("locked/directories");
    make_folder("locked/directories/desk");
    set(VM_DIRECTORY_DATA, in_scratch("file").text);
    is_not_there("desk", VM_DIRECTORY_DATA, VM_STATUS_IO, "/file/directories/desk: Not a directory");
    set(VM_DIRECTORY_TEMP, in_scratch("file").text);
    is_not_there(NULL, VM_DIRECTORY_TEMP, VM_STATUS_IO, "/file: File exists");
    set(VM_DIRECTORY_DATA, in_scratch("locked").text);
    set(VM_DIRECTORY_TEMP, in_scratch("locked").text);
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    is_not_there(name, VM_DIRECTORY_DATA, VM_STATUS_LIMIT, "the context's name is too long");
    SURE(chmod(in_scratch("locked/directories/desk").text, 0555) == 0 && chmod(in_scratch("locked").text, 0555) == 0);
    SURE(user != 0 || seteuid(65534) == 0); /* nothing is forbidden to root */
    is_not_there("desk", VM_DIRECTORY_DATA, VM_STATUS_PERMISSION_DENIED, "/locked/directories/desk: it exists and is not writable");
    is_not_there(NULL, VM_DIRECTORY_TEMP, VM_STATUS_PERMISSION_DENIED, ": Permission denied");
    SURE(user != 0 || seteuid(0) == 0);
    SURE(chmod(in_scratch("locked").text, 0755) == 0);
    set(VM_DIRECTORY_DATA, NULL);
    SURE(unsetenv("XDG_DATA_HOME") == 0 && unsetenv("HOME") == 0);
    is_not_there("desk", VM_DIRECTORY_DATA, VM_STATUS_NOT_FOUND, "the host sets one with VM_PluginRegistrySetDataDirectory");
}

int main(void)
{
    make_scratch();
    SURE(setenv("XDG_CACHE_HOME", in_scratch("cache").text, 1) == 0 && setenv("TMPDIR", in_scratch("temp").text, 1) == 0);
    make_folder("plugins");
    copy_plugin("directories", "plugins/directories.so", NULL, NULL);
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, in_scratch("plugins").text, NULL, &error));
    the_host_says_where();
    what_goes_with_the_instance();
    resources_are_beside_the_library();
    why_there_is_none();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
