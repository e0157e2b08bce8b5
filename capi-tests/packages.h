/*
 * For tests of installed packages: versions as the library lays them out on disk, and their search. Include it first: it defines
 * feature macros.
 */
#ifndef PACKAGES_H
#define PACKAGES_H

#include "plugin_files.h"
#include "zip_files.h"
#include <dirent.h>

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

/* Adds a test plug-in to an archive, as the library of the package `name`. */
static inline void zip_add_plugin(Zip *zip, const char *from, const char *name, const char *version)
{
    char file[120];
    size_t size;
    Path copy = copy_plugin(from, "zipped.so", name, version);
    uint8_t *bytes = read_file(copy.text, &size);
    snprintf(file, sizeof file, "%s.so", name);
    zip_add(zip, file, bytes, size);
    free(bytes);
    remove(copy.text);
}

/* Makes an archive of the plug-in `template`, with this name and version, and a text among its resources. */
static inline Path zip_package(const char *archive, const char *name, const char *version, const char *text)
{
    Path path = in_scratch(archive);
    Zip *zip = zip_create(path.text);
    zip_add_plugin(zip, "template", name, version);
    zip_add(zip, "data/text.txt", text, strlen(text));
    zip_finish(zip);
    return path;
}

static inline VM_PackageDirectory *open_packages(const char *path, VM_PluginRegistry *registry)
{
    VM_PackageDirectory *directory = NULL;
    NEED(VM_PackageDirectoryCreate(path, registry, &directory, &error));
    return directory;
}

/* What is installed, as in "calc 1.0.0, calc 1.2.0*": the active version has an asterisk. */
static inline const char *installed(VM_PackageDirectory *directory)
{
    static char all[4096];
    VM_PackageList *list = NULL;
    size_t used = 0;
    NEED(VM_PackageDirectoryList(directory, &list, &error));
    all[0] = '\0';
    for (size_t i = 0; i < VM_PackageListGetCount(list); i++) {
        const VM_InstalledPackage *package = VM_PackageListGet(list, i);
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s %s%s", i ? ", " : "", package->name, package->version,
                                 package->active ? "*" : "");
        SURE(used < sizeof all);
    }
    VM_PackageListDelete(list);
    return all;
}

/* Counts the entries of a directory; those with a dot at the beginning are counted too. */
static inline int entries_of(const char *path)
{
    int count = 0;
    struct dirent *entry;
    DIR *folder = opendir(path);
    SURE(folder != NULL);
    while ((entry = readdir(folder)))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
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
