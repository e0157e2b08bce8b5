/*
 * For tests of plug-ins: a scratch directory, files copied from LIBVM_TEST_PLUGINS, and the marks of marked.h. Include it first:
 * it defines feature macros.
 */
#ifndef PLUGIN_FILES_H
#define PLUGIN_FILES_H

#define _XOPEN_SOURCE 700
#include "test.h"
#include <ftw.h>
#include <libvm/plugin.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/* Required system calls of the test. */
#define SURE(condition)                                                                        \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            fprintf(stderr, "%s:%d: the test cannot: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                                           \
        }                                                                                      \
    } while (0)

typedef struct Path {
    char text[512];
} Path;

static Path scratch_folder;

static inline Path join(const char *folder, const char *name)
{
    Path path;
    int length = snprintf(path.text, sizeof path.text, "%s/%s", folder, name);
    SURE(length > 0 && (size_t)length < sizeof path.text);
    return path;
}

/* A path in the scratch directory. */
static inline Path in_scratch(const char *name) { return join(scratch_folder.text, name); }

/* The file of a test plug-in. */
static inline Path plugin_file(const char *name)
{
    char file[80];
    snprintf(file, sizeof file, "%s.so", name);
    return join(LIBVM_TEST_PLUGINS, file);
}

static inline int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void remove_scratch(void) { nftw(scratch_folder.text, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

/* Creates the scratch directory, which is removed at exit, and sets the file for marks. Call it before any thread starts. */
static inline void make_scratch(void)
{
    static const char name[] = "/tmp/libvm-test-XXXXXX";
    char real[PATH_MAX];
    memcpy(scratch_folder.text, name, sizeof name);
    SURE(mkdtemp(scratch_folder.text) != NULL);
    SURE(realpath(scratch_folder.text, real) && strlen(real) < 100); /* reports have paths without links */
    strcpy(scratch_folder.text, real);
    SURE(chmod(scratch_folder.text, 0755) == 0);
    SURE(atexit(remove_scratch) == 0);
    SURE(setenv("LIBVM_TEST_MARK", in_scratch("marks").text, 1) == 0);
    SURE(setenv("XDG_DATA_HOME", in_scratch("data").text, 1) == 0);
    SURE(unsetenv("LIBVM_PLUGIN_PATH") == 0);
}

static inline void make_folder(const char *name) { SURE(mkdir(in_scratch(name).text, 0755) == 0); }

/* A group that this user is not the only member of: nogroup. */
enum { OTHER_GROUP = 65534 };

/* Gives a file or directory to that group, with these permissions; only root can, and others skip what depends on it. */
static inline bool open_to_group(const char *path, mode_t mode)
{
    if (chown(path, (uid_t)-1, OTHER_GROUP) == 0)
        return chmod(path, mode) == 0;
    printf("skipped: this user cannot give %s to another group\n", path);
    return false;
}

/* Returns whether a plug-in that leaves marks was opened. */
static inline bool has_marks(void) { return access(in_scratch("marks").text, F_OK) == 0; }

/* Writes a file into the scratch directory: always a new one, since an old one may be mapped. */
static inline Path write_content(const char *name, const void *bytes, size_t size)
{
    Path path = in_scratch(name);
    FILE *file;
    remove(path.text);
    file = fopen(path.text, "wb");
    SURE(file != NULL);
    SURE(fwrite(bytes, 1, size, file) == size);
    SURE(fclose(file) == 0);
    return path;
}

/* Copies a plug-in into the scratch directory, with another name and version if they are not NULL. */
static inline Path copy_plugin(const char *from, const char *to, const char *name, const char *version)
{
    size_t size, at = 0, magic = offsetof(VM_PluginManifest, magic);
    uint8_t *bytes = read_file(plugin_file(from).text, &size);
    Path path;
    while (at + sizeof(VM_PluginManifest) < size && memcmp(bytes + at + magic, VM_PLUGIN_MAGIC, sizeof VM_PLUGIN_MAGIC) != 0)
        at++;
    SURE(at + sizeof(VM_PluginManifest) < size);
    if (name)
        strncpy((char *)bytes + at + offsetof(VM_PluginManifest, name), name, 64);
    if (version)
        strncpy((char *)bytes + at + offsetof(VM_PluginManifest, version), version, 32);
    path = write_content(to, bytes, size);
    free(bytes);
    return path;
}

static inline VM_PluginRegistry *new_registry(void)
{
    VM_PluginRegistry *registry = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    return registry;
}

/* The line of a report that is about a path. */
static inline const VM_PluginReportLine *find_line(const VM_PluginReport *report, const char *path)
{
    const VM_PluginReportLine *line;
    size_t i, count = VM_PluginReportGetCount(report);
    for (i = 0; i < count; i++) {
        line = VM_PluginReportGetLine(report, i);
        if (strcmp(line->path, path) == 0)
            return line;
    }
    fprintf(stderr, "the report has no line about %s\n", path);
    exit(1);
}

/* Loads a file that must be refused: checks status, message and the only line of the report; the registry stays empty. */
static inline void check_refused(const char *path, VM_Status status, const char *name, const char *part)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    const VM_PluginReportLine *line;

    CHECK_STATUS(VM_PluginLoadFromPath(registry, path, &report, &error), status, part);
    CHECK_TEXT(VM_ErrorGetPath(error), path);
    CHECK_TEXT(VM_ErrorGetPluginName(error), name);
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    line = find_line(report, path);
    CHECK_INT(line->status, status);
    CHECK(!line->loaded);
    CHECK_TEXT(line->message, VM_ErrorGetMessage(error));
    CHECK_TEXT(line->name, name);
    CHECK((line->version != NULL) == (name != NULL));
    CHECK_INT(VM_PluginRegistryGetCount(registry), 0);
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

#endif
