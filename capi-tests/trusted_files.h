/* Shared by the tests of path checks: a directory with one file of each kind that libvm checks. */
#ifndef TRUSTED_FILES_H
#define TRUSTED_FILES_H

#include "keeper.h"

#define STRANGER 65534

/* Files that are checked: a plug-in, a lock file, a configuration, a state file. */
static inline VM_Status load_plugin(VM_PluginRegistry *registry, const char *path)
{
    return VM_PluginLoadFromPath(registry, path, NULL, &error);
}

static inline VM_Status set_lock(VM_PluginRegistry *registry, const char *path)
{
    return VM_PluginRegistrySetLock(registry, path, &error);
}

static inline VM_Status write_lock(VM_PluginRegistry *registry, const char *path)
{
    return VM_PluginRegistryWriteLock(registry, path, &error);
}

static inline VM_Status configure(VM_PluginRegistry *registry, const char *path)
{
    VM_Config *config = NULL;
    VM_Status status;
    NEED(VM_ConfigLoadFromFile(path, &config, &error));
    status = VM_ConfigApplyToPluginRegistry(config, registry, NULL, &error);
    VM_ConfigDelete(config);
    return status;
}

static inline VM_Status set_state(VM_PluginRegistry *registry, const char *path)
{
    return VM_PluginRegistrySetStateFile(registry, path, &error);
}

static const struct kind {
    const char *file, *what;
    VM_Status (*use)(VM_PluginRegistry *, const char *);
} kinds[] = {
    { "a.so", "plug-in `named` 1.0.0 in /", load_plugin }, { "libvm.lock", "the lock file /", set_lock },
    { "new.lock", "the lock file /", write_lock },        { "app.toml", "the configuration /", configure },
    { "state.db", "the state file /", set_state },        { "new.db", "the state file /", set_state },
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* A directory with one of each, except the new ones. */
static inline Path fill(const char *name)
{
    char file[80];
    make_folder(name);
    snprintf(file, sizeof file, "%s/a.so", name);
    copy_plugin("named", file, NULL, NULL);
    snprintf(file, sizeof file, "%s/libvm.lock", name);
    write_content(file, "version = 1\n", 12);
    snprintf(file, sizeof file, "%s/app.toml", name);
    write_content(file, "plugins.deny = ['x']\n", 21);
    snprintf(file, sizeof file, "%s/state.db", name);
    VM_PluginRegistryDelete(registry_with(in_scratch(file).text));
    return in_scratch(name);
}

/* No file below the directory is accepted or run, and none is created there. */
static inline void refused(const char *folder, const char *first, const char *second)
{
    size_t i;
    for (i = 0; i < KINDS; i++) {
        VM_PluginRegistry *registry = new_registry();
        Path path = join(folder, kinds[i].file);
        CHECK_STATUS(kinds[i].use(registry, path.text), VM_STATUS_UNTRUSTED_PATH, kinds[i].what);
        CHECK_TEXT(VM_ErrorGetPath(error), path.text);
        if (!strstr(VM_ErrorGetMessage(error), first) || !strstr(VM_ErrorGetMessage(error), second)) {
            failures++;
            fprintf(stderr, "no \"%s\" and \"%s\" in: %s\n", first, second, VM_ErrorGetMessage(error));
        }
        CHECK(strncmp(kinds[i].file, "new", 3) != 0 || access(path.text, F_OK) != 0);
        CHECK(!has_marks());
        VM_PluginRegistryDelete(registry);
    }
}

static inline void accepted_by(const char *folder, void (*prepare)(VM_PluginRegistry *))
{
    size_t i;
    for (i = 0; i < KINDS; i++) {
        VM_PluginRegistry *registry = new_registry();
        Path path = join(folder, kinds[i].file);
        if (prepare)
            prepare(registry);
        CHECK_OK(kinds[i].use(registry, path.text));
        VM_PluginRegistryDelete(registry);
        if (strncmp(kinds[i].file, "new", 3) == 0)
            SURE(remove(path.text) == 0);
    }
    remove(in_scratch("marks").text);
}

static inline void accepted(const char *folder) { accepted_by(folder, NULL); }

static inline void trust_all(VM_PluginRegistry *registry) { CHECK_OK(VM_PluginRegistrySetFileChecks(registry, false, &error)); }
static inline void trust_stranger(VM_PluginRegistry *registry)
{
    CHECK_OK(VM_PluginRegistryAddTrustedGroup(registry, STRANGER, &error));
}

#endif
