/* Loading: a file, a path without an extension, a directory, the default directories; the report. */
#include "plugin_files.h"

static void check_loaded(const VM_PluginReport *report, const char *path, const char *name, const char *version,
                         const char *message)
{
    const VM_PluginReportLine *line = find_line(report, path);
    CHECK_INT(line->status, VM_STATUS_OK);
    CHECK(line->loaded);
    CHECK_TEXT(line->name, name);
    CHECK_TEXT(line->version, version);
    CHECK_TEXT(line->message, message);
}

static void load_and_check(VM_PluginRegistry *registry, const char *path, const char *found, const char *message)
{
    VM_PluginReport *report = NULL;
    CHECK_OK(VM_PluginLoadFromPath(registry, path, &report, &error));
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    check_loaded(report, found, "calc", "1.0.0", message);
    VM_PluginReportDelete(report);
}

static void a_file(void)
{
    VM_PluginRegistry *registry = new_registry();
    Path file;
    make_folder("file");
    file = copy_plugin("calc", "file/calc.so", NULL, NULL);
    load_and_check(registry, file.text, file.text, "loaded");
    load_and_check(registry, file.text, file.text, "already loaded");
    CHECK_INT(VM_PluginRegistryGetCount(registry), 1);
    CHECK_OK(VM_PluginLoadFromPath(registry, file.text, NULL, NULL)); /* neither report nor error is required */
    VM_PluginRegistryDelete(registry);
}

static void without_an_ending(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    Path missing = in_scratch("file/nothing");

    load_and_check(registry, in_scratch("file/calc").text, in_scratch("file/calc.so").text, "loaded");
    VM_PluginRegistryDelete(registry);

    registry = new_registry();
    make_folder("prefixed");
    copy_plugin("calc", "prefixed/libcalc@1.0.0.so", NULL, NULL);
    load_and_check(registry, in_scratch("prefixed/calc@1.0.0").text, in_scratch("prefixed/libcalc@1.0.0.so").text, "loaded");

    CHECK_STATUS(VM_PluginLoadFromPath(registry, missing.text, &report, &error), VM_STATUS_PLUGIN_NOT_FOUND, "nothing.so, ");
    CHECK(strstr(VM_ErrorGetMessage(error), "libnothing.so") != NULL);
    line = find_line(report, missing.text);
    CHECK_INT(line->status, VM_STATUS_PLUGIN_NOT_FOUND);
    CHECK(!line->loaded && !line->name && !line->version);
    CHECK_TEXT(line->message, VM_ErrorGetMessage(error));
    VM_PluginReportDelete(report);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, "", NULL, &error), VM_STATUS_INVALID_ARGUMENT, "path");
    CHECK_STATUS(VM_PluginLoadFromPath(registry, NULL, NULL, &error), VM_STATUS_NULL_ARGUMENT, "path");
    VM_PluginRegistryDelete(registry);
}

/* Numbered files by number, the others by name, subdirectories after files; other files have no line. */
static void a_directory(void)
{
    static const char *const order[] = { "9-a", "10-b", "Upper", "a10", "a2", "2-sub/z", "sub/a" };
    enum { COUNT = sizeof order / sizeof order[0] };
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    int i;
    make_folder("all");
    make_folder("all/sub");
    make_folder("all/2-sub");
    write_content("all/README.txt", "no candidate", 12);
    for (i = COUNT - 1; i >= 0; i--) {
        char file[40], name[8];
        snprintf(file, sizeof file, "all/%s.so", order[i]);
        snprintf(name, sizeof name, "p%d", i);
        copy_plugin("template", file, name, "1.0.0");
    }
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("all").text, &report, &error));
    CHECK_INT(VM_PluginReportGetCount(report), COUNT);
    CHECK_INT(VM_PluginRegistryGetCount(registry), COUNT);
    for (i = 0; i < COUNT; i++) {
        const VM_PluginReportLine *line;
        VM_Plugin *plugin = NULL;
        char file[40], name[8];
        snprintf(file, sizeof file, "all/%s.so", order[i]);
        snprintf(name, sizeof name, "p%d", i);
        line = VM_PluginReportGetLine(report, (size_t)i);
        CHECK_TEXT(line->path, in_scratch(file).text);
        CHECK_TEXT(line->name, name);
        CHECK_OK(VM_PluginRegistryFindByIndex(registry, (size_t)i, &plugin, &error));
        CHECK_TEXT(VM_PluginGetName(plugin), name);
        CHECK_TEXT(VM_PluginGetPath(plugin), in_scratch(file).text);
        VM_PluginRelease(plugin);
    }
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);

    make_folder("empty");
    registry = new_registry();
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("empty").text, &report, &error));
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    CHECK_INT(VM_PluginReportGetLine(report, 0)->status, VM_STATUS_OK);
    CHECK(!VM_PluginReportGetLine(report, 0)->loaded);
    CHECK_TEXT(VM_PluginReportGetLine(report, 0)->path, in_scratch("empty").text);
    CHECK_TEXT(VM_PluginReportGetLine(report, 0)->message, "no plug-ins");
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

/* The registry's own directory before those of the environment; the highest version of all of them is loaded. */
static void default_paths(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;
    VM_Plugin *plugin = NULL;
    Path own, first, low, high, user, missing = in_scratch("missing");
    char list[1600];

    make_folder("own");
    make_folder("one");
    make_folder("two");
    make_folder("data");
    make_folder("data/libvm");
    make_folder("data/libvm/plugins");
    own = copy_plugin("template", "own/z.so", "own", "1.0.0");
    first = copy_plugin("template", "one/y.so", "first", "1.0.0");
    low = copy_plugin("template", "one/x.so", "twice", "1.9.0");
    high = copy_plugin("template", "two/w.so", "twice", "1.10.0");
    user = copy_plugin("template", "data/libvm/plugins/v.so", "user", "1.0.0");
    snprintf(list, sizeof list, "%s::%s:%s", in_scratch("one").text, in_scratch("two").text, missing.text);
    SURE(setenv("LIBVM_PLUGIN_PATH", list, 1) == 0);

    CHECK_OK(VM_PluginRegistryAddSearchDirectory(registry, in_scratch("own").text, &error));
    CHECK_STATUS(VM_PluginRegistryAddSearchDirectory(registry, NULL, &error), VM_STATUS_NULL_ARGUMENT, "directory");
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, &report, &error));
    check_loaded(report, own.text, "own", "1.0.0", "loaded");
    check_loaded(report, first.text, "first", "1.0.0", "loaded");
    check_loaded(report, high.text, "twice", "1.10.0", "loaded");
    check_loaded(report, user.text, "user", "1.0.0", "loaded");
    line = find_line(report, low.text);
    CHECK_INT(line->status, VM_STATUS_PLUGIN_SUPERSEDED);
    CHECK(!line->loaded && strstr(line->message, "is superseded by version 1.10.0 in ") && strstr(line->message, high.text));
    line = find_line(report, missing.text);
    CHECK_INT(line->status, VM_STATUS_OK);
    CHECK(!line->loaded && !line->name);
    CHECK_TEXT(line->message, "no such directory (of LIBVM_PLUGIN_PATH)");
    CHECK_INT(VM_PluginRegistryGetCount(registry), 4);
    CHECK_OK(VM_PluginRegistryFindByIndex(registry, 0, &plugin, &error));
    CHECK_TEXT(VM_PluginGetName(plugin), "own");
    VM_PluginRelease(plugin);
    VM_PluginReportDelete(report);

    /* Again, and nothing changes. */
    CHECK_OK(VM_PluginLoadWithDefaultPaths(registry, NULL, &error));
    CHECK_INT(VM_PluginRegistryGetCount(registry), 4);
    VM_PluginRegistryDelete(registry);
}

static void lines_that_are_not_there(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    CHECK_OK(VM_PluginLoadFromPath(registry, in_scratch("file").text, &report, &error));
    CHECK(VM_PluginReportGetLine(report, 1) == NULL);
    CHECK(VM_PluginReportGetLine(report, SIZE_MAX) == NULL);
    CHECK(VM_PluginReportGetLine(NULL, 0) == NULL);
    CHECK_INT(VM_PluginReportGetCount(NULL), 0);
    VM_PluginReportDelete(NULL);
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    a_file();
    without_an_ending();
    a_directory();
    default_paths();
    lines_that_are_not_there();
    return finish();
}
