/* NULL for the functions of package directories. */
#include "null.h"

static void of_directories(VM_PackageDirectory *directory)
{
    VM_PackageDirectory *other = NULL;
    VM_PackageList *list = NULL;
    VM_PackageInspection *inspection = NULL;
    IS_NULL(VM_PluginRegistrySetPackageDirectory(NULL, "x", &error), "registry");
    IS_NULL(VM_PackageDirectoryCreate("x", NULL, NULL, &error), "directory");
    CHECK_STATUS(VM_PackageDirectoryCreate("", NULL, &other, &error), VM_STATUS_INVALID_ARGUMENT, "not a valid path");
    CHECK(other == NULL);
    CHECK_TEXT(VM_PackageDirectoryGetPath(NULL), NULL);
    IS_NULL(VM_PackageDirectoryInstall(NULL, "x", 0, NULL, NULL, &error), "directory");
    IS_NULL(VM_PackageDirectoryInstall(directory, NULL, 0, NULL, NULL, &error), "archive");
    IS_NULL(VM_PackageDirectoryUpdate(NULL, "x", 0, NULL, NULL, &error), "directory");
    IS_NULL(VM_PackageDirectoryUpdate(directory, NULL, 0, NULL, NULL, &error), "archive");
    IS_NULL(VM_PackageDirectoryUse(NULL, "x", "1", &error), "directory");
    IS_NULL(VM_PackageDirectoryUse(directory, NULL, "1", &error), "name");
    IS_NULL(VM_PackageDirectoryUse(directory, "x", NULL, &error), "version");
    IS_BAD_TEXT(VM_PackageDirectoryUse(directory, BAD_TEXT, "1", &error), "name");
    IS_BAD_TEXT(VM_PackageDirectoryUse(directory, "x", BAD_TEXT, &error), "version");
    IS_NULL(VM_PackageDirectoryRemove(NULL, "x", "1", NULL, &error), "directory");
    IS_NULL(VM_PackageDirectoryRemove(directory, NULL, "1", NULL, &error), "name");
    IS_BAD_TEXT(VM_PackageDirectoryRemove(directory, "x", BAD_TEXT, NULL, &error), "version");
    IS_BAD_TEXT(VM_PackageDirectoryRemove(directory, "x", "1", BAD_TEXT, &error), "next");
    IS_NULL(VM_PackageDirectoryVerify(NULL, "x", "1", NULL, NULL, &error), "directory");
    IS_BAD_TEXT(VM_PackageDirectoryVerify(directory, BAD_TEXT, NULL, NULL, NULL, &error), "name");
    CHECK_STATUS(VM_PackageDirectoryVerify(directory, NULL, "1", NULL, NULL, &error), VM_STATUS_INVALID_ARGUMENT,
                 "pass the name of a package too");
    IS_NULL(VM_PackageDirectoryList(NULL, &list, &error), "directory");
    IS_NULL(VM_PackageDirectoryList(directory, NULL, &error), "list");
    IS_NULL(VM_PackageDirectoryDescribe(NULL, "x", NULL, &inspection, &error), "directory");
    IS_NULL(VM_PackageDirectoryDescribe(directory, NULL, NULL, &inspection, &error), "name");
    IS_NULL(VM_PackageDirectoryDescribe(directory, "x", NULL, NULL, &error), "inspection");
    CHECK_STATUS(VM_PackageDirectoryDescribe(directory, "x", NULL, &inspection, &error), VM_STATUS_PACKAGE_NOT_FOUND, "no package is");
    CHECK(list == NULL && inspection == NULL);
    CHECK_OK(VM_PackageDirectoryList(directory, &list, &error));
    CHECK_INT(VM_PackageListGetCount(list), 0);
    CHECK(VM_PackageListGet(list, 0) == NULL);
    VM_PackageListDelete(list);
    CHECK_INT(VM_PackageListGetCount(NULL), 0);
    CHECK(VM_PackageListGet(NULL, 0) == NULL);
    VM_PackageListDelete(NULL);
    VM_PackageDirectoryDelete(NULL);
}

int main(void)
{
    VM_PackageDirectory *directory = NULL;
    CHECK_OK(VM_PackageDirectoryCreate("/nowhere/packages", NULL, &directory, &error));
    of_directories(directory);
    CHECK_TEXT(VM_PackageDirectoryGetPath(directory), "/nowhere/packages");
    VM_PackageDirectoryDelete(directory);
    return finish();
}
