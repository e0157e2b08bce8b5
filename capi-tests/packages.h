/*
 * For tests of installed packages: versions as the library lays them out on disk, and their search. Include it first: it defines
 * feature macros.
 */
#ifndef PACKAGES_H
#define PACKAGES_H

#include "plugin_files.h"

static inline Path joined(const char *folder, const char *a, const char *b)
{
    return join(join(folder, a).text, b);
}

static inline void make_directory(const char *path) { SURE(mkdir(path, 0755) == 0 || access(path, F_OK) == 0); }

/* Lays out a version by hand: the plug-in `named` with this name and version, and a record without hashes. */
static inline Path lay_out(const char *packages, const char *name, const char *version)
{
    char file[120], title[200];
    Path directory;
    make_directory(in_scratch(packages).text);
    make_directory(joined(scratch_folder.text, packages, name).text);
    directory = joined(in_scratch(packages).text, name, version);
    make_directory(directory.text);
    snprintf(file, sizeof file, "%s/%s/%s/%s.so", packages, name, version, name);
    copy_plugin("template", file, name, version);
    snprintf(file, sizeof file, "%s/%s/%s/.libvm-package", packages, name, version);
    snprintf(title, sizeof title, "# libvm package 1: %s %s\n", name, version);
    write_content(file, title, strlen(title));
    return directory;
}

/* Makes a version active, as the library does: one rename. */
static inline void link_active(const char *packages, const char *name, const char *version)
{
    Path package = joined(scratch_folder.text, packages, name), next = join(package.text, "next"), link = join(package.text, "active");
    SURE(symlink(version, next.text) == 0 && rename(next.text, link.text) == 0);
}

/* The version of the only plug-in that a new registry loads from a path; "" for none. */
static inline const char *loaded_version(const char *path)
{
    static char version[64];
    VM_PluginRegistry *registry = new_registry();
    VM_Plugin *plugin = NULL;
    size_t count;
    NEED(VM_PluginLoadFromPath(registry, path, NULL, &error));
    count = VM_PluginRegistryGetCount(registry);
    CHECK(count <= 1);
    version[0] = '\0';
    if (count == 1) {
        NEED(VM_PluginRegistryFindByIndex(registry, 0, &plugin, &error));
        snprintf(version, sizeof version, "%s", VM_PluginGetVersion(plugin));
        VM_PluginRelease(plugin);
    }
    VM_PluginRegistryDelete(registry);
    return version;
}

#endif
