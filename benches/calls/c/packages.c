/* Packages through libvm: building one, and installing it. */
#include "plugins.h"
#include <libvm.h>
#include <stdio.h>
#include <stdlib.h>

static void check(VM_Status status, VM_Error *error)
{
    if (status != VM_STATUS_OK) {
        fprintf(stderr, "libvm: %s\n", VM_ErrorGetMessage(error));
        abort();
    }
}

void packages_build(const char *folder, const char *archive)
{
    VM_Error *error = NULL;
    check(VM_PackageBuild(folder, archive, &error), error);
}

void packages_install(const char *root, const char *archive)
{
    VM_PackageDirectory *directory = NULL;
    VM_Error *error = NULL;
    check(VM_PackageDirectoryCreate(root, NULL, &directory, &error), error);
    check(VM_PackageDirectoryInstall(directory, archive, 0, NULL, NULL, &error), error);
    VM_PackageDirectoryDelete(directory);
}
