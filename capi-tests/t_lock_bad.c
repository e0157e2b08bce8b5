/* Invalid lock files, and files that are changed between check and opening: the hashed bytes run. */
#include "plugin_files.h"

static Path write_text(const char *name, const char *text) { return write_content(name, text, strlen(text)); }

/* A registry that has no lock yet goes on without one. */
static void refused(const char *path, VM_Status status, const char *part)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_STATUS(VM_PluginRegistrySetLock(registry, path, &error), status, part);
    CHECK_TEXT(VM_ErrorGetPath(error), path);
    CHECK_OK(VM_PluginLoadFromPath(registry, plugin_file("calc").text, NULL, &error));
    VM_PluginRegistryDelete(registry);
}

static void bad_files(void)
{
    VM_Status bad = VM_STATUS_PLUGIN_LOCK;
    size_t size = (4 << 20) + 1;
    char *large = malloc(size);
    Path path;
    SURE(large != NULL);
    refused(write_text("x.lock", "version = 1\n[[plugin]]\nname = \"a\"\n").text, bad, ":2:1: `version` is missing");
    refused(write_text("x.lock", "version = 7\n").text, bad, ":1:11: its version is 7, and this library reads 1; update libvm");
    refused(write_text("x.lock", "version = 1\nplugin = \"x\n").text, bad, ":2:12: ");
    refused(write_text("x.lock", "version = 1\n# \xc3\xa9\xff\n").text, bad, ":2:4: not valid UTF-8 from here on; convert the file");
    refused(write_text("x.lock", "\x7f" "ELF").text, bad, ":1:5: ");
    refused(write_text("x.lock", "").text, bad, "`version` is missing; write it again with VM_PluginRegistryWriteLock");
    memset(large, '\n', size);
    refused(write_content("x.lock", large, size).text, bad, "has more than 4194304 bytes");
    free(large);
    refused(in_scratch("none.lock").text, VM_STATUS_FILE_NOT_FOUND, "open the lock file");
    refused(in_scratch("").text, bad, "it is a directory, and only regular files are opened");
    path = write_text("open.lock", "version = 1\n");
    SURE(chmod(path.text, 0666) == 0);
    refused(path.text, VM_STATUS_UNTRUSTED_PATH, "the lock file ");
    refused(path.text, VM_STATUS_UNTRUSTED_PATH, "run `chmod go-w ");
}

/* An empty lock file allows no plug-ins; an invalid one leaves the previous one in place. */
static void an_empty_one(void)
{
    VM_PluginRegistry *registry = new_registry();
    Path empty = write_text("empty.lock", "version = 1\n");
    CHECK_OK(VM_PluginRegistrySetLock(registry, empty.text, &error));
    CHECK_STATUS(VM_PluginRegistrySetLock(registry, in_scratch("none.lock").text, &error), VM_STATUS_FILE_NOT_FOUND, NULL);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, plugin_file("named").text, NULL, &error), VM_STATUS_PLUGIN_NOT_ALLOWED,
                 empty.text);
    CHECK(!has_marks());
    VM_PluginRegistryDelete(registry);
}

/* What leaves the mark `bad_signature` when it is opened is put in the place of a good plug-in after that was checked: the
 * plug-in before it does so when it is opened itself. */
static void replaced_in_time(bool bytes)
{
    VM_PluginRegistry *registry = new_registry();
    const char *folder = bytes ? "bytes" : "file", *version = bytes ? "2.0.0" : "1.0.0"; /* bytes run once in a process */
    Path first, second, lock = in_scratch("race.lock"), evil;
    VM_Plugin *plugin = NULL;
    char name[80], *marks;
    size_t size;
    make_folder(folder);
    snprintf(name, sizeof name, "%s/1.so", folder);
    first = copy_plugin("replaces", name, NULL, version);
    snprintf(name, sizeof name, "%s/2.so", folder);
    second = copy_plugin("named", name, NULL, version);
    evil = copy_plugin("bad_signature", "evil", NULL, NULL);
    CHECK_OK(VM_PluginLoadFromPath(registry, first.text, NULL, &error));
    CHECK_OK(VM_PluginLoadFromPath(registry, second.text, NULL, &error));
    CHECK_OK(VM_PluginRegistryWriteLock(registry, lock.text, &error));
    VM_PluginRegistryDelete(registry);
    remove(in_scratch("marks").text);
    copy_plugin("named", name, NULL, version); /* the old one is mapped, and must not change */

    SURE(setenv("LIBVM_TEST_REPLACE_FROM", evil.text, 1) == 0 && setenv("LIBVM_TEST_REPLACE_TO", second.text, 1) == 0);
    SURE((bytes ? setenv("LIBVM_TEST_REPLACE_BYTES", "1", 1) : unsetenv("LIBVM_TEST_REPLACE_BYTES")) == 0);
    NEED(VM_PluginRegistryCreate(&registry, &error));
    CHECK_OK(VM_PluginRegistrySetLock(registry, lock.text, &error));
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch(folder).text, NULL, &error));
    CHECK_OK(VM_PluginRegistryFind(registry, "named", &plugin, &error));
    CHECK_TEXT(VM_PluginGetPath(plugin), second.text);
    VM_PluginRelease(plugin);
    SURE(unsetenv("LIBVM_TEST_REPLACE_FROM") == 0);
    marks = (char *)read_file(in_scratch("marks").text, &size);
    marks[size] = '\0';
    CHECK_TEXT(marks, "replaces\nnamed\n");
    free(marks);
    remove(in_scratch("marks").text);
    VM_PluginRegistryDelete(registry);

    /* It was replaced in truth: now it does not fit. */
    NEED(VM_PluginRegistryCreate(&registry, &error));
    CHECK_OK(VM_PluginRegistrySetLock(registry, lock.text, &error));
    CHECK_STATUS(VM_PluginLoadFromPath(registry, second.text, NULL, &error), VM_STATUS_PLUGIN_NOT_ALLOWED, "bad_signature");
    CHECK(!has_marks());
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    bad_files();
    an_empty_one();
#ifdef __linux__
    replaced_in_time(false);
    replaced_in_time(true);
#endif
    return finish();
}
