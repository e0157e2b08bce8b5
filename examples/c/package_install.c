/*
 * Installs a package, updates it, goes back to the first version, and removes it; lists what is installed after each step.
 *
 *     cc package_install.c -o package_install $(pkg-config --cflags --libs libvm)
 *     ./package_install old new packages
 *
 * The first two arguments are directories with two versions of plugin_step.c; packages are built of them.
 */
#include <libvm.h>
#include <stdio.h>

static VM_Error *error;

static bool VM_CALL count(void *user, const VM_PackageProgress *progress)
{
    *(uint64_t *)user = progress->done;
    return true; /* false would cancel */
}

static int list(const VM_PackageDirectory *packages, const char *step)
{
    VM_PackageList *installed = NULL;
    const VM_InstalledPackage *package;
    if (VM_PackageDirectoryList(packages, &installed, &error))
        return 1;
    printf("%s:", step);
    for (size_t i = 0; (package = VM_PackageListGet(installed, i)); i++)
        printf(" %s %s%s", package->name, package->version, package->active ? " (active)" : "");
    printf("\n");
    VM_PackageListDelete(installed);
    return 0;
}

/* What a load call finds. */
static int load(VM_PluginRegistry *plugins, const char *path)
{
    VM_PluginReport *report = NULL;
    if (VM_PluginLoadFromPath(plugins, path, &report, &error))
        return 1;
    for (size_t i = 0; i < VM_PluginReportGetCount(report); i++)
        printf("  %s\n", VM_PluginReportGetLine(report, i)->message);
    VM_PluginReportDelete(report);
    return 0;
}

int main(int argc, char **argv)
{
    char old[600], new[600], root[600];
    VM_PackageDirectory *packages = NULL;
    VM_PluginRegistry *plugins = NULL;
    uint64_t bytes = 0;
    if (argc != 4) {
        fprintf(stderr, "usage: %s OLD NEW PACKAGES\n", argv[0]);
        return 2;
    }
    snprintf(root, sizeof root, "%s.directory", argv[3]);
    snprintf(old, sizeof old, "%s.old.zip", argv[3]);
    snprintf(new, sizeof new, "%s.new.zip", argv[3]);
    (void)(VM_PackageBuild(argv[1], old, &error) || VM_PackageBuild(argv[2], new, &error) ||
           VM_PluginRegistryCreate(&plugins, &error) || VM_PackageDirectoryCreate(root, plugins, &packages, &error) ||
           VM_PackageDirectoryInstall(packages, old, 0, count, &bytes, &error) || list(packages, "installed") ||
           VM_PackageDirectoryUpdate(packages, new, 0, count, &bytes, &error) || list(packages, "updated") ||
           VM_PackageDirectoryUse(packages, "double", "0.9.0", &error) || list(packages, "gone back") || load(plugins, root) ||
           VM_PackageDirectoryVerify(packages, NULL, NULL, count, &bytes, &error) ||
           VM_PackageDirectoryRemove(packages, "double", NULL, NULL, &error) || list(packages, "removed"));
    if (error)
        fprintf(stderr, "%s: %s\n", VM_StatusGetName(VM_ErrorGetStatus(error)), VM_ErrorGetMessage(error));

    int failed = error != NULL;
    VM_ErrorDelete(error);
    VM_PackageDirectoryDelete(packages);
    VM_PluginRegistryDelete(plugins);
    return failed;
}
