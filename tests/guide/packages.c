#include "guide.h"

#include "installing.c"

static void build(void)
{
#include "building.c"
    WELL();
}

static void inspect(void)
{
#include "inspecting-and-verifying.c"
    WELL();
}

static void install(bool is_signed)
{
    VM_PluginRegistry *registry;
    VM_PackageList *list;

    VM_PluginRegistryCreate(&registry, &error);
    if (is_signed)
        VM_PluginRegistryAddKey(registry, contents("key.pub"), &error);
    WELL();
#include "installing-2.c"
    WELL();
    VM_PackageDirectoryList(packages, &list, &error);
    WELL();
    CHECK(VM_PackageListGetCount(list) == 1);
    VM_PackageListDelete(list);
    VM_PackageDirectoryRemove(packages, "calc", "1.2.0", NULL, &error);
    WELL();
    VM_PackageDirectoryDelete(packages);
    VM_PluginRegistryDelete(registry);
}

/* page [inspect | build | signed] */
int main(int argc, char **argv)
{
    const char *part = argc > 1 ? argv[1] : "all";

    setenv("XDG_DATA_HOME", getenv("PAGE"), 1);
    if (!strcmp(part, "all") || !strcmp(part, "build"))
        build();
    if (!strcmp(part, "all") || !strcmp(part, "inspect"))
        inspect();
    if (!strcmp(part, "all") || !strcmp(part, "signed"))
        install(!strcmp(part, "signed"));
}
