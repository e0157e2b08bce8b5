/* Files that are not regular files are refused with a message, and opening them never blocks. */
#include "plugin_files.h"
#include <sys/socket.h>
#include <sys/un.h>

static VM_Engine *engine;

static VM_Status load_module(const char *path)
{
    VM_Module *module = NULL;
    return VM_ModuleLoadFromFile(engine, path, &module, &error);
}

static VM_Status load_config(const char *path)
{
    VM_Config *config = NULL;
    return VM_ConfigLoadFromFile(path, &config, &error);
}

static VM_PluginRegistry *registry;

static VM_Status load_plugin(const char *path) { return VM_PluginLoadFromPath(registry, path, NULL, &error); }
static VM_Status set_lock(const char *path) { return VM_PluginRegistrySetLock(registry, path, &error); }
static VM_Status write_lock(const char *path) { return VM_PluginRegistryWriteLock(registry, path, &error); }
static VM_Status set_state(const char *path) { return VM_PluginRegistrySetStateFile(registry, path, &error); }

static const struct {
    VM_Status (*use)(const char *);
    VM_Status status;
} uses[] = {
    { load_module, VM_STATUS_IO },
    { load_config, VM_STATUS_IO },
    { load_plugin, VM_STATUS_PLUGIN_BAD_FILE },
    { set_lock, VM_STATUS_PLUGIN_LOCK },
    { write_lock, VM_STATUS_IO },
    { set_state, VM_STATUS_INVALID_ARGUMENT },
};

static void refused(const char *path, const char *kind)
{
    size_t i;
    char before[64], after[64];
    struct stat status;
    SURE(lstat(path, &status) == 0);
    snprintf(before, sizeof before, "%lx %lx", (unsigned long)status.st_ino, (unsigned long)status.st_mode);
    for (i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        CHECK_STATUS(uses[i].use(path), uses[i].status, kind);
        CHECK(strstr(VM_ErrorGetMessage(error), path) != NULL);
        CHECK_TEXT(VM_ErrorGetPath(error), path);
    }
    SURE(lstat(path, &status) == 0);
    snprintf(after, sizeof after, "%lx %lx", (unsigned long)status.st_ino, (unsigned long)status.st_mode);
    CHECK_TEXT(after, before);
}

static void a_socket(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    Path path = in_scratch("socket.so");
    int made = socket(AF_UNIX, SOCK_STREAM, 0);
    SURE(made >= 0 && strlen(path.text) < sizeof address.sun_path);
    strcpy(address.sun_path, path.text);
    SURE(bind(made, (struct sockaddr *)&address, sizeof address) == 0);
    refused(path.text, "a socket");
    SURE(close(made) == 0);
}

/* A signature that is a pipe, beside a plug-in. */
static void a_signature(void)
{
    static const char key[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    VM_PluginRegistry *strict = new_registry();
    Path path = copy_plugin("named", "signed.so", NULL, NULL);
    SURE(mkfifo(in_scratch("signed.so.sig").text, 0600) == 0);
    CHECK_OK(VM_PluginRegistryAddKey(strict, key, &error));
    CHECK_STATUS(VM_PluginLoadFromPath(strict, path.text, NULL, &error), VM_STATUS_PLUGIN_SIGNATURE,
                 "signed.so.sig: it is a named pipe, and only regular files are opened");
    CHECK(!has_marks());
    VM_PluginRegistryDelete(strict);
}

int main(void)
{
    Path pipe;
    make_scratch();
    alarm(300); /* opening a pipe could block forever */
    engine = new_engine();
    registry = new_registry();
    pipe = in_scratch("pipe.so");
    SURE(mkfifo(pipe.text, 0600) == 0);
    refused(pipe.text, "a named pipe");
    a_socket();
    a_signature();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
