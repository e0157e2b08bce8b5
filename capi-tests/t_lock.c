/* Lock files: which plug-ins load, in which order, and that no other code runs. */
#include "plugin_files.h"

static VM_PluginRegistry *locked(const char *path)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginRegistrySetLock(registry, path, &error));
    return registry;
}

static void check_order(VM_PluginRegistry *registry, const char *const *names, size_t count)
{
    size_t i;
    CHECK_INT(VM_PluginRegistryGetCount(registry), count);
    for (i = 0; i < count; i++) {
        VM_Plugin *plugin = NULL;
        NEED(VM_PluginRegistryFindByIndex(registry, i, &plugin, &error));
        CHECK_TEXT(VM_PluginGetName(plugin), names[i]);
        VM_PluginRelease(plugin);
    }
}

/* The hash as another program sees it. */
static Path hash_of(const char *path)
{
    char command[600];
    Path hash;
    FILE *output;
    snprintf(command, sizeof command, "openssl dgst -sha256 -r '%s'", path);
    output = popen(command, "r");
    SURE(output && fscanf(output, "%64s", hash.text) == 1);
    SURE(pclose(output) == 0 && strlen(hash.text) == 64);
    return hash;
}

static void is_in(const char *text, const char *part)
{
    if (!strstr(text, part))
        fprintf(stderr, "no \"%s\" in: %s\n", part, text);
    CHECK(strstr(text, part) != NULL);
}

static Path lock_file;

/* a/1.so is the plug-in one, a/2.so two, a/3.so three; the lock file has them in the order in which they were loaded. */
static void write_it(void)
{
    static const char *const order[] = { "two", "one", "three" };
    VM_PluginRegistry *registry = new_registry();
    char expected[800], *text;
    size_t size;
    make_folder("a");
    copy_plugin("template", "a/1.so", "one", "1.0.0");
    copy_plugin("template", "a/2.so", "two", "2.0.0-\"x\\");
    copy_plugin("template", "a/3.so", "three", "3.0.0");
    lock_file = in_scratch("libvm.lock");
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("a/2").text, NULL, &error));
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("a").text, NULL, &error));
    CHECK_OK(VM_PluginRegistryWriteLock(registry, lock_file.text, &error));
    check_order(registry, order, 3);
    text = (char *)read_file(lock_file.text, &size);
    text[size] = '\0';
    snprintf(expected, sizeof expected,
             "version = 1\n\n[[plugin]]\nname = \"two\"\nversion = \"2.0.0-\\\"x\\\\\"\npath = \"a/2.so\"\nsha256 = \"%s\"\n\n"
             "[[plugin]]\nname = \"one\"\n",
             hash_of(in_scratch("a/2.so").text).text);
    is_in(text, expected);
    free(text);
    VM_PluginRegistryDelete(registry);
    remove(in_scratch("marks").text);
}

/* The order is that of the lock file, whatever the file names; plug-ins loaded by a lock file can be written to a new one. */
static void its_order_is_kept(void)
{
    static const char *const order[] = { "two", "one", "three" };
    VM_PluginRegistry *registry = locked(lock_file.text);
    uint8_t *before, *after;
    size_t size, again;
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("a").text, NULL, &error));
    check_order(registry, order, 3);
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("a").text, NULL, &error));
    before = read_file(lock_file.text, &size);
    CHECK_OK(VM_PluginRegistryWriteLock(registry, lock_file.text, &error));
    after = read_file(lock_file.text, &again);
    CHECK(size == again && memcmp(before, after, size) == 0);
    free(before);
    free(after);
    VM_PluginRegistryDelete(registry);
    remove(in_scratch("marks").text);
}

static void what_does_not_fit_does_not_run(void)
{
    VM_PluginRegistry *registry = locked(lock_file.text);
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    Path one = in_scratch("a/1.so"), three = in_scratch("a/3.so"), other, expected = hash_of(one.text);

    copy_plugin("template", "a/1.so", "one", "1.0.1");
    other = copy_plugin("template", "a/4.so", "four", "1.0.0");
    SURE(rename(three.text, in_scratch("three").text) == 0);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, one.text, NULL, &error), VM_STATUS_PLUGIN_HASH, expected.text);
    is_in(VM_ErrorGetMessage(error), hash_of(one.text).text);
    is_in(VM_ErrorGetMessage(error), "and the lock file ");
    is_in(VM_ErrorGetMessage(error), lock_file.text);
    is_in(VM_ErrorGetMessage(error), "expects version 1.0.0 with");
    is_in(VM_ErrorGetMessage(error), "write the file again with VM_PluginRegistryWriteLock");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "one");
    CHECK_TEXT(VM_ErrorGetPath(error), one.text);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, other.text, NULL, &error), VM_STATUS_PLUGIN_NOT_ALLOWED,
                 "plug-in `four` 1.0.0 in ");
    is_in(VM_ErrorGetMessage(error), "it is not in the lock file ");
    CHECK(!has_marks());

    CHECK_STATUS(VM_PluginLoadFromPath(registry, in_scratch("a").text, &report, &error), VM_STATUS_PLUGIN_HASH,
                 "3 of 4 plug-ins in ");
    CHECK_INT(VM_PluginReportGetCount(report), 4);
    CHECK_INT(find_line(report, one.text)->status, VM_STATUS_PLUGIN_HASH);
    CHECK(find_line(report, in_scratch("a/2.so").text)->loaded);
    CHECK_INT(find_line(report, other.text)->status, VM_STATUS_PLUGIN_NOT_ALLOWED);
    line = find_line(report, three.text);
    CHECK_INT(line->status, VM_STATUS_PLUGIN_NOT_FOUND);
    CHECK(!line->loaded && strcmp(line->name, "three") == 0 && strcmp(line->version, "3.0.0") == 0);
    is_in(line->message, "plug-in `three` 3.0.0 was not found: it is in the lock file ");
    VM_PluginReportDelete(report);

    /* A directory in which none of them was does not miss any. */
    make_folder("b");
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("b").text, NULL, &error));
    SURE(rename(in_scratch("three").text, three.text) == 0);
    CHECK_OK(VM_PluginLoadFromPath(registry, three.text, NULL, &error));
    VM_PluginRegistryDelete(registry);
    remove(in_scratch("marks").text);
}

/* A file that is not the one any more that was loaded is not written into a lock; the old lock stays. */
static void a_changed_file_is_not_written(void)
{
    VM_PluginRegistry *registry = new_registry();
    Path file, lock = in_scratch("changed.lock");
    uint8_t *before, *after;
    size_t size, again;
    make_folder("c");
    file = copy_plugin("template", "c/c.so", "c", "1.0.0");
    CHECK_OK(VM_PluginLoadFromPath(registry, file.text, NULL, &error));
    CHECK_OK(VM_PluginRegistryWriteLock(registry, lock.text, &error));
    before = read_file(lock.text, &size);
    copy_plugin("template", "c/new", "c", "1.0.1");
    SURE(rename(in_scratch("c/new").text, file.text) == 0);
    CHECK_STATUS(VM_PluginRegistryWriteLock(registry, lock.text, &error), VM_STATUS_PLUGIN_HASH, "was changed since it was loaded");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "c");
    after = read_file(lock.text, &again);
    CHECK(size == again && memcmp(before, after, size) == 0);
    SURE(remove(file.text) == 0);
    CHECK_STATUS(VM_PluginRegistryWriteLock(registry, lock.text, &error), VM_STATUS_FILE_NOT_FOUND, file.text);
    CHECK_STATUS(VM_PluginRegistryWriteLock(registry, in_scratch("no/x.lock").text, &error), VM_STATUS_FILE_NOT_FOUND, "cannot write the lock file");
    free(before);
    free(after);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    write_it();
    its_order_is_kept();
    what_does_not_fit_does_not_run();
    a_changed_file_is_not_written();
    return finish();
}
