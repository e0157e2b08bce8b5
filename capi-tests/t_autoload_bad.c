/* Files of an index that cannot be used: what is wrong is a line of the report, and the plug-in is loaded. */
#include "autoload.h"
#include <signal.h>
#include <sys/resource.h>

static Path index_file;
static const char *expected;
static VM_Status expected_status;

/* Loads with the index, and checks the line about it. */
static void load_reporting(void)
{
    const VM_PluginReportLine *line;
    VM_PluginRegistry *registry = autoloading();
    NEED(VM_PluginRegistrySetIndexFile(registry, index_file.text, &error));
    CHECK_INT(load_for(registry, GUEST("autoload"), 1), VM_STATUS_OK);
    CHECK_TEXT(VM_ErrorGetMessage(error), "");
    CHECK_TEXT(loaded_names(registry), "offers_001");
    CHECK_INT(VM_PluginReportGetCount(report), expected ? 2 : 1);
    if (expected) {
        line = find_line(report, index_file.text);
        CHECK_INT(line->status, expected_status);
        CHECK(!line->loaded);
        check_reported(expected);
    }
    /* It is said once. */
    CHECK_INT(load_for(registry, GUEST("autoload"), 2), VM_STATUS_OK);
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    VM_PluginRegistryDelete(registry);
}

static void check_report(VM_Status status, const char *part)
{
    expected = part;
    expected_status = status;
    end_process(start_process(load_reporting));
}

static void write_index(const char *text, size_t size)
{
    index_file = write_content("index", text, size);
    SURE(chmod(index_file.text, 0600) == 0);
}

static void write_text(const char *text) { write_index(text, strlen(text)); }

static void load_damaged(void) { check_loads(GUEST("autoload"), 1, "offers_001"); }

/* Parts of an index, and ones with changed bytes, are made anew: then nothing is wrong any more. */
static void test_damaged(void)
{
    size_t size, cut, at;
    uint8_t *bytes;
    index_file = in_scratch("index");
    check_report(VM_STATUS_OK, NULL);
    bytes = read_file(index_file.text, &size);
    for (cut = 1; cut < 8; cut++) {
        write_index((char *)bytes, size * cut / 8);
        check_report(VM_STATUS_IO, "is damaged in line");
        check_report(VM_STATUS_OK, NULL);
    }
    for (at = 25; at < size; at += size / 8) {
        uint8_t old = bytes[at];
        bytes[at] = 0xff;
        write_index((char *)bytes, size);
        bytes[at] = old;
        end_process(start_process(load_damaged));
    }
    free(bytes);
}

static void test_other_files(void)
{
    write_text("");
    check_report(VM_STATUS_IO, "is damaged in line 1; it is made anew");
    check_report(VM_STATUS_OK, NULL);
    write_text("libvm plug-in index 9 of libvm 7.0.0\nwhatever\n");
    check_report(VM_STATUS_OK, NULL);
    write_text("my notes\n");
    check_report(VM_STATUS_IO, "is a file of another program; it is not changed");
    check_report(VM_STATUS_IO, "is a file of another program; it is not changed");
    SURE(remove(index_file.text) == 0);
    SURE(mkdir(index_file.text, 0700) == 0);
    check_report(VM_STATUS_IO, "it is a directory");
    SURE(rmdir(index_file.text) == 0);
    SURE(mkfifo(index_file.text, 0600) == 0);
    check_report(VM_STATUS_IO, "it is a named pipe");
    SURE(remove(index_file.text) == 0);
    SURE(symlink("/dev/zero", index_file.text) == 0);
    check_report(VM_STATUS_IO, "it is a device");
    SURE(remove(index_file.text) == 0);
}

/* A huge one is not read. */
static void test_huge(void)
{
    write_text("libvm plug-in index ");
    SURE(truncate(index_file.text, (off_t)1 << 40) == 0);
    check_report(VM_STATUS_LIMIT, "has more than 33554432 bytes, and is not used; remove it");
    SURE(remove(index_file.text) == 0);
}

/* Others could have written it. */
static void test_untrusted(void)
{
    Path folder = in_scratch("open");
    check_report(VM_STATUS_OK, NULL);
    SURE(chmod(index_file.text, 0666) == 0);
    check_report(VM_STATUS_UNTRUSTED_PATH, "may be changed by every user of this machine");
    SURE(mkdir(folder.text, 0777) == 0 && chmod(folder.text, 0777) == 0);
    index_file = in_scratch("open/index");
    check_report(VM_STATUS_UNTRUSTED_PATH, "may be changed by every user of this machine");
    CHECK(access(index_file.text, F_OK) != 0);
}

/* It cannot be written: the directory does not allow it, or the disk is full. */
static void load_without_space(void)
{
    struct rlimit none = { 0, 0 };
    SURE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    remove(in_scratch("marks").text);
    SURE(unsetenv("LIBVM_TEST_MARK") == 0);
    SURE(setrlimit(RLIMIT_FSIZE, &none) == 0);
    load_reporting();
}

static void test_unwritable(void)
{
    snprintf(index_file.text, sizeof index_file.text, "/proc/libvm/index");
    check_report(VM_STATUS_FILE_NOT_FOUND, "create the directory /proc/libvm");
    index_file = in_scratch("new/index");
    expected = "write the plug-in index";
    expected_status = VM_STATUS_IO;
    end_process(start_process(load_without_space));
    CHECK(access(index_file.text, F_OK) != 0);
    check_report(VM_STATUS_OK, NULL);
    CHECK(access(index_file.text, F_OK) == 0);
}

/* The default is in the user's directory for caches; NULL and the configuration switch it off. */
static void load_by_default(void)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginRegistryAddSearchDirectory(registry, in_scratch("plugins").text, &error));
    NEED(VM_PluginRegistrySetModulePlugins(registry, VM_MODULE_PLUGINS_IMPORTS, &error));
    if (expected && strcmp(expected, "NULL") == 0)
        NEED(VM_PluginRegistrySetIndexFile(registry, NULL, &error));
    if (expected && strcmp(expected, "configuration") == 0) {
        static const char text[] = "[plugins]\nindex = false\n";
        VM_Config *config = NULL;
        NEED(VM_ConfigLoadFromBuffer((const uint8_t *)text, sizeof text - 1, NULL, &config, &error));
        NEED(VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error));
        VM_ConfigDelete(config);
    }
    CHECK_INT(load_for(registry, GUEST("autoload"), 1), VM_STATUS_OK);
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    CHECK_TEXT(VM_ErrorGetMessage(error), "");
    CHECK_TEXT(loaded_names(registry), "offers_001");
    VM_PluginRegistryDelete(registry);
}

static void test_default(void)
{
    struct stat status;
    Path cache = in_scratch("cache/libvm"), file = in_scratch("cache/libvm/plugins-0.2.index");
    SURE(setenv("XDG_CACHE_HOME", in_scratch("cache").text, 1) == 0);
    /* Compiled code is kept in the same directory. */
    SURE(setenv("LIBVM_TIER", "interpreter", 1) == 0);
    expected = "NULL";
    end_process(start_process(load_by_default));
    expected = "configuration";
    end_process(start_process(load_by_default));
    CHECK(access(cache.text, F_OK) != 0);
    expected = NULL;
    end_process(start_process(load_by_default));
    SURE(stat(file.text, &status) == 0 && stat(cache.text, &status) == 0);
    CHECK_INT(status.st_mode & 0777, 0700);
}

int main(void)
{
    make_scratch();
    make_folder("plugins");
    numbered("offers", "plugins/1.so", 1, NULL);
    numbered("offers", "plugins/2.so", 2, NULL);
    test_damaged();
    test_other_files();
    test_huge();
    test_untrusted();
    test_unwritable();
    test_default();
    return finish();
}
