/* What is in a package: descriptions that contradict the plug-in or are hostile, hashes that are wrong, libraries for other platforms. */
#include "hostile_archives.h"

/* A package with a text file beside the plug-in. */
static Archive with(const char *name, const char *text)
{
    Archive archive = { 0 };
    add_plugin(&archive, "named.so", "named");
    add_text(&archive, name, text);
    end_archive(&archive);
    return archive;
}

static void descriptions(void)
{
    static char deep[100000], many[200000];
    const struct {
        const char *text, *message;
    } CASES[] = {
        { "{\"name\": \"other\"}", "contradicts itself: `named.json` names the plug-in `other`, and its manifest `named`" },
        { "{\"version\": \"1.0.1\"}", "contradicts itself: `named.json` has version 1.0.1, and the manifest 1.0.0" },
        { "{\"modules\": [\"named\", \"more\"]}", "has the module `more`, which is not in the manifest" },
        { "{\"modules\": [{\"name\": \"evil\"}]}", "has the module `evil`, which is not in the manifest" },
        { "{\"name\": \"named\", \"name\": \"named\"}", "named.json:1:19: the key `name` occurs twice" },
        { "{\"name\": \"named\",}", "named.json:1:18: not valid JSON: expected a key in quotation marks" },
        { "{\"x\": 1e999}", "the number `1e999` is too large" },
        { "{\"x\": \"\\u0000\"}", "a NUL character, which is not allowed" },
        { "[]", "`named.json` must be an object; it is a list" },
        { "{\"name\": 5}", "has `name`, which must be a string; it is the integer 5" },
        { "{\"modules\": {}}", "has `modules`, which must be a list; it is an object" },
        { "{\"modules\": [5]}", "has `modules[0]`, which must be an object or a string; it is the integer 5" },
        { "{\"modules\": [\"named\", \"named\"]}", "has `named` twice in `modules`" },
        { "{\"modules\": [{\"description\": \"x\"}]}", "has no `modules[0].name`" },
        { "{\"modules\": [{\"name\": \"named\", \"functions\": [{\"name\": \"f\"}]}]}", "has no `modules[0].functions[0].signature`" },
        { "{\"modules\": [{\"name\": \"named\", \"functions\": [{\"name\": \"f\", \"signature\": \"(x)\"}]}]}",
          "has `modules[0].functions[0].signature`: signature \"(x)\" is invalid at character 2" },
        { "{\"options\": [{\"key\": \"a\", \"type\": \"colour\"}]}", "has `options[0].type`, which must be one of \"bool\", \"integer\"" },
        { "{\"options\": [{\"key\": \"a\", \"type\": \"bool\", \"default\": 1}]}", "has `options[0].default`, which must be of the type bool" },
        { "{\"options\": [{\"key\": \"a\", \"type\": \"bool\", \"required\": true, \"default\": true}]}", "`required` says that it must be set" },
        { "{\"options\": [{\"key\": \"a\", \"type\": \"integer\", \"minimum\": 1}]}", "has only one of `options[0].minimum` and `options[0].maximum`" },
        { "{\"hooks\": [{\"name\": \"x\"}]}", "has no `hooks[0].point`" },
        { "\xff", "not valid UTF-8 from here on" },
        { deep, "nested more than 32 deep" },
        { many, "a number has 199998 characters, and may have 64" },
    };
    memset(deep, '[', sizeof deep - 1);
    memset(many, '1', sizeof many - 1);
    memcpy(many, "[", 1);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Archive archive = with("named.json", CASES[i].text);
        is_bad(&archive, CASES[i].message);
    }
    Archive archive = with("named.toml", "[table]\nx = 1\n");
    is_bad(&archive, "has default options that cannot be read: named.toml:1:1: option `table` must be a bool");
    archive = with("named.toml", "x = ");
    is_bad(&archive, "named.toml:1:");
    /* Others' JSON is not read. */
    archive = with("other.json", "no JSON");
    is_good(write_archive(&archive, "p.zip"));
}

static void hashes(void)
{
    const char *const none = "0000000000000000000000000000000000000000000000000000000000000000";
    char line[400];
    Path path;
    Archive archive = with("SHA256SUMS", "");
    is_bad(&archive, "has a file `named.so` that is not in its `SHA256SUMS`");
    archive = with("SHA256SUMS", "not a hash  named.so\n");
    is_bad(&archive, "line 1 of its `SHA256SUMS` is not a line of `sha256sum`");
    snprintf(line, sizeof line, "%s  named.so\n%s *named.so\n", none, none);
    archive = with("SHA256SUMS", line);
    is_bad(&archive, "line 2 of its `SHA256SUMS` is the second one of `named.so`");
    snprintf(line, sizeof line, "%s  named.so\n%s  gone\n", none, none);
    archive = with("SHA256SUMS", line);
    is_bad(&archive, "does not have the file `gone` of its `SHA256SUMS`");
    snprintf(line, sizeof line, "%s  named.so\n%s  SHA256SUMS\n", none, none);
    archive = with("SHA256SUMS", line);
    is_bad(&archive, "has a line of `SHA256SUMS` in its `SHA256SUMS`, which cannot contain itself");
    snprintf(line, sizeof line, "%s  named.so\n", none);
    archive = with("SHA256SUMS", line);
    path = write_archive(&archive, "p.zip");
    is_refused(path, VM_STATUS_PLUGIN_HASH, "was changed: `named.so` has the SHA-256 ");
    CHECK(strstr(VM_ErrorGetMessage(error), none) != NULL);
    archive = with("SHA256SUMS.sig", line);
    is_bad(&archive, "has a `SHA256SUMS.sig`, but no `SHA256SUMS`, which it would sign");
}

#if defined __x86_64__
#define ARCH "x86_64"
#else
#define ARCH "aarch64"
#endif
#define HERE "linux-" ARCH
#define OTHER "freebsd-" ARCH

/* Adds a plug-in as a library for FreeBSD, whose number is 9. */
static void add_foreign(Archive *archive, const char *name, Path plugin)
{
    size_t size;
    uint8_t *bytes = read_file(plugin.text, &size);
    bytes[7] = 9;
    add(archive, name, bytes, size);
    free(bytes);
}

static void platforms(void)
{
    Archive archive = { 0 };
    VM_PackageInspection *inspection;
    Path path;
    add_plugin(&archive, "named-" HERE ".so", "named");
    add_foreign(&archive, "named-" OTHER ".so", plugin_file("named"));
    end_archive(&archive);
    path = write_archive(&archive, "p.zip");
    is_good(path);
    inspection = inspect_package(path.text);
    CHECK_INT(VM_PackageInspectionGetStatus(inspection), VM_STATUS_OK);
    CHECK_INT(VM_PackageInspectionGetLibraryCount(inspection), 2);
    for (size_t i = 0; i < 2; i++) {
        const VM_PackageLibrary *library = VM_PackageInspectionGetLibrary(inspection, i);
        CHECK_INT(library->is_for_this_machine, strcmp(library->file, "named-" HERE ".so") == 0);
        CHECK_TEXT(library->system, i == 0 ? "freebsd" : "linux");
        CHECK_TEXT(library->processor, ARCH);
    }
    VM_PackageInspectionDelete(inspection);

    add_foreign(&archive, "named-" OTHER ".so", plugin_file("named"));
    end_archive(&archive);
    path = write_archive(&archive, "p.zip");
    inspection = inspect_package(path.text);
    CHECK_TEXT(VM_PackageInspectionGetVersion(inspection), "1.0.0");
    CHECK_INT(VM_PackageInspectionGetStatus(inspection), VM_STATUS_PLUGIN_WRONG_PLATFORM);
    CHECK(strstr(VM_PackageInspectionGetMessage(inspection), "has no library for this machine, which needs " HERE "; it has `named-" OTHER ".so` (") != NULL);
    VM_PackageInspectionDelete(inspection);
    CHECK_STATUS(VM_PackageVerifyFile(NULL, path.text, NULL, NULL, &error), VM_STATUS_PLUGIN_WRONG_PLATFORM, "has no library for this machine");

    const struct {
        const char *one, *other, *message;
    } CASES[] = {
        { "named-" HERE ".so", "named-" HERE ".dylib", "has two builds for " HERE ", `named-" HERE ".dylib` and `named-" HERE ".so`" },
        { "named.so", "named-" HERE ".so", "and `named.so` whose name does not say for which; rename it to `named-<os>-<arch>`" },
        { "named-linux-arm.so", NULL, "has `named-linux-arm.so`, which is named for linux-arm, but built for " },
        { "named-windows-x86_64.dll", NULL, "which is named for windows-x86_64, but built for " },
        { "other.so", NULL, "has `other.so`, which contains plug-in `named` 1.0.0; name it `named.so`" },
        { "named-linux-amd64.so", NULL, "has `named-linux-amd64.so`, which contains plug-in `named` 1.0.0; name it" },
        { "named.so", "second.so", "has libraries of two plug-ins at its root, `named.so` and `second.so`; put libraries" },
        { "folder/named.so", NULL, "has no shared library at its root, but `folder/named.so` in a folder; pack the contents" },
        { "readme", NULL, "has no shared library at its root; a package contains at least `<name>.so`" },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        add_plugin(&archive, CASES[i].one, "named");
        if (CASES[i].other)
            add_plugin(&archive, CASES[i].other, "named");
        end_archive(&archive);
        is_bad(&archive, CASES[i].message);
    }
    end_archive(&archive);
    is_bad(&archive, "has no files");
    add_text(&archive, "named.so", "no library");
    end_archive(&archive);
    is_bad(&archive, "has a library that cannot be used: ");
    add_plugin(&archive, "no_manifest.so", "no_manifest");
    end_archive(&archive);
    is_bad(&archive, "is a shared library, but not a plug-in of libvm");
    /* Two builds with different versions. */
    copy_plugin("named", "two.so", NULL, "2.0.0");
    add_plugin(&archive, "named-" HERE ".so", "named");
    add_foreign(&archive, "named-" OTHER ".so", in_scratch("two.so"));
    end_archive(&archive);
    is_bad(&archive, "has builds that differ: `");
    /* A version that is no name of a directory. */
    copy_plugin("named", "two.so", NULL, "../2");
    {
        size_t size;
        uint8_t *bytes = read_file(in_scratch("two.so").text, &size);
        add(&archive, "named.so", bytes, size);
        free(bytes);
    }
    end_archive(&archive);
    is_bad(&archive, "has the version \"../2\"; the version of a package is the name of a directory");
}

int main(void)
{
    make_scratch();
    descriptions();
    hashes();
    platforms();
    return finish();
}
