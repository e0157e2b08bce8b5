/*
 * For tests of autoload: plug-ins of plugins/offers.c with a number of their own in a directory of the registry, and the guests that
 * import their modules. Include it first.
 */
#ifndef AUTOLOAD_H
#define AUTOLOAD_H

#include "plugin_files.h"
#include <sys/wait.h>

static VM_Engine *engine, *engine_of_parent;
static VM_PluginReport *report;

/* Replaces all `_000` by the number. */
static inline void renumber(uint8_t *bytes, size_t size, int number)
{
    char digits[8];
    size_t at;
    snprintf(digits, sizeof digits, "_%03d", number);
    for (at = 0; at + 4 <= size; at++)
        if (memcmp(bytes + at, "_000", 4) == 0)
            memcpy(bytes + at, digits, 4);
}

/* Copies a plug-in with a number into the scratch directory, with another version if it is not NULL. */
static inline Path numbered(const char *from, const char *to, int number, const char *version)
{
    Path path = copy_plugin(from, to, NULL, version);
    size_t size;
    uint8_t *bytes = read_file(path.text, &size);
    renumber(bytes, size, number);
    path = write_content(to, bytes, size);
    free(bytes);
    return path;
}

/* A guest that imports from the module with a number. */
static inline VM_Module *numbered_guest(const char *path, int number)
{
    VM_Module *module = NULL;
    size_t size;
    uint8_t *bytes = read_file(path, &size);
    renumber(bytes, size, number);
    NEED(VM_ModuleLoadFromBuffer(engine, bytes, size, &module, &error));
    free(bytes);
    return module;
}

/* A registry with the directory `plugins` of the scratch directory, and the index `index` there; imports load plug-ins. */
static inline VM_PluginRegistry *autoloading(void)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginRegistryAddSearchDirectory(registry, in_scratch("plugins").text, &error));
    NEED(VM_PluginRegistrySetIndexFile(registry, in_scratch("index").text, &error));
    NEED(VM_PluginRegistrySetModulePlugins(registry, VM_MODULE_PLUGINS_IMPORTS, &error));
    return registry;
}

static inline void forget_report(void)
{
    VM_PluginReportDelete(report);
    report = NULL;
}

/* Loads the plug-ins for a guest; `report` is that of the call. */
static inline VM_Status load_for(VM_PluginRegistry *registry, const char *guest, int number)
{
    VM_Module *module = numbered_guest(guest, number);
    VM_Status status;
    forget_report();
    forget_error();
    status = VM_PluginLoadForModule(registry, module, &report, &error);
    VM_ModuleDelete(module);
    return status;
}

/* The names of the plug-ins of a registry, in load order, with commas between them. */
static inline const char *loaded_names(const VM_PluginRegistry *registry)
{
    static char names[512];
    size_t i, length = 0;
    names[0] = 0;
    for (i = 0; i < VM_PluginRegistryGetCount(registry); i++) {
        VM_Plugin *plugin = NULL;
        NEED(VM_PluginRegistryFindByIndex(registry, i, &plugin, &error));
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i ? "," : "", VM_PluginGetName(plugin));
        VM_PluginRelease(plugin);
    }
    return names;
}

/* Loads the plug-ins for a guest in a new registry, and checks the names of those that are loaded then. */
static inline void check_loads(const char *guest, int number, const char *names)
{
    VM_PluginRegistry *registry = autoloading();
    CHECK_INT(load_for(registry, guest, number), VM_STATUS_OK);
    CHECK_TEXT(VM_ErrorGetMessage(error), "");
    CHECK_TEXT(loaded_names(registry), names);
    VM_PluginRegistryDelete(registry);
}

/* Checks that a line of the report has a text. */
static inline void check_reported(const char *part)
{
    size_t i;
    for (i = 0; i < VM_PluginReportGetCount(report); i++)
        if (strstr(VM_PluginReportGetLine(report, i)->message, part))
            return;
    fprintf(stderr, "no line of the report has \"%s\":\n", part);
    for (i = 0; i < VM_PluginReportGetCount(report); i++)
        fprintf(stderr, "    %s: %s\n", VM_PluginReportGetLine(report, i)->path, VM_PluginReportGetLine(report, i)->message);
    failures++;
}

/* Starts a process that runs a function, with an engine of its own. */
static inline pid_t start_process(void (*function)(void))
{
    pid_t process = fork();
    SURE(process >= 0);
    if (process > 0)
        return process;
    failures = 0;
    engine_of_parent = engine;
    engine = new_engine();
    function();
    fflush(NULL);
    _exit(failures != 0);
}

/* Waits for a process, in which all checks must hold. */
static inline void end_process(pid_t process)
{
    int status;
    SURE(waitpid(process, &status, 0) == process);
    CHECK_INT(status, 0);
}

/* What the plug-ins that were opened wrote; the marks are removed. */
static inline const char *take_marks(void)
{
    static char marks[4096];
    FILE *file = fopen(in_scratch("marks").text, "r");
    size_t size = file ? fread(marks, 1, sizeof marks - 1, file) : 0;
    marks[size] = 0;
    if (file)
        fclose(file);
    remove(in_scratch("marks").text);
    return marks;
}

#endif
