/* Files that another user can write are parsed on a thread with a stack of 48 KiB: with the nesting that TOML allows, and more. */
#include "plugin_files.h"
#include <pthread.h>

enum { STACK = 48 << 10, MOST = 79 };

/* A key with a value of so many lists or tables, one in the other. */
static size_t nested(char *text, const char *key, const char *open, char close, size_t depth)
{
    char *at = text + sprintf(text, "%s = ", key);
    size_t i;
    for (i = 0; i < depth; i++, at += strlen(open))
        memcpy(at, open, strlen(open));
    memset(at, close, depth);
    return (size_t)(at - text) + depth;
}

static void check_config(size_t depth, const char *message)
{
    static char text[1 << 20];
    VM_Config *config = NULL;
    size_t size = nested(text, "state-file", "[", ']', depth);
    CHECK_STATUS(VM_ConfigLoadFromBuffer((const uint8_t *)text, size, NULL, &config, &error), VM_STATUS_BAD_CONFIG, message);
    size = nested(text, "state-file", "{a=", '}', depth);
    CHECK_STATUS(VM_ConfigLoadFromBuffer((const uint8_t *)text, size, NULL, &config, &error), VM_STATUS_BAD_CONFIG, NULL);
}

static void check_lock(size_t depth, const char *message)
{
    static char text[1 << 20];
    VM_PluginRegistry *registry = new_registry();
    size_t size = nested(text, "version = 1\nplugin", "[{a=", '}', depth);
    Path path = write_content("libvm.lock", text, size);
    CHECK_STATUS(VM_PluginRegistrySetLock(registry, path.text, &error), VM_STATUS_PLUGIN_LOCK, message);
    VM_PluginRegistryDelete(registry);
}

static void *read_files(void *unused)
{
    VM_PluginRegistry *registry = new_registry();
    check_config(1, "`state-file` must be");
    check_config(MOST, "`state-file` must be");
    check_config(200000, "max recursion depth");
    check_lock(MOST / 2, "not valid TOML");
    check_lock(200000, "max recursion depth");
    CHECK_OK(VM_PluginLoadFromPath(registry, plugin_file("calc").text, NULL, &error));
    VM_PluginRegistryDelete(registry);
    forget_error();
    return unused;
}

int main(void)
{
    pthread_attr_t small;
    pthread_t thread;
    make_scratch();
    SURE(pthread_attr_init(&small) == 0);
    SURE(pthread_attr_setstacksize(&small, STACK) == 0);
    SURE(pthread_create(&thread, &small, read_files, NULL) == 0);
    SURE(pthread_join(thread, NULL) == 0);
    SURE(pthread_attr_destroy(&small) == 0);
    return finish();
}
