/* Packages are installed, listed, updated, taken back and removed. */
#include "packages.h"

static VM_PackageDirectory *directory;

static void install(const char *archive, VM_PackageInstallFlags flags)
{
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch(archive).text, flags, NULL, NULL, &error));
}

static void refused(const char *archive, VM_PackageInstallFlags flags, VM_Status status, const char *part)
{
    char before[200];
    snprintf(before, sizeof before, "%s", installed(directory));
    CHECK_STATUS(VM_PackageDirectoryInstall(directory, in_scratch(archive).text, flags, NULL, NULL, &error), status, part);
    CHECK_TEXT(installed(directory), before);
}

static void first_and_second(void)
{
    VM_PackageList *list = NULL;
    const VM_InstalledPackage *package;
    const char *root = VM_PackageDirectoryGetPath(directory);
    CHECK_TEXT(root, in_scratch("packages").text);
    CHECK_TEXT(installed(directory), "");
    CHECK_STATUS(VM_PackageDirectoryUpdate(directory, in_scratch("calc-1.zip").text, 0, NULL, NULL, &error), VM_STATUS_PACKAGE_NOT_FOUND,
                 "nothing to update, install it with VM_PackageDirectoryInstall: the package `calc` is not installed in ");
    CHECK(access(root, F_OK) != 0);
    install("calc-1.zip", 0);
    CHECK_TEXT(installed(directory), "calc 1.0.0*");
    CHECK_TEXT(loaded_version(root), "1.0.0");
    NEED(VM_PackageDirectoryList(directory, &list, &error));
    package = VM_PackageListGet(list, 0);
    CHECK_INT(package->status, VM_STATUS_OK);
    CHECK_TEXT(package->message, "");
    CHECK_TEXT(package->description, "Gives back what it gets");
    CHECK_TEXT(package->path, in_scratch("packages/calc/1.0.0").text);
    CHECK(VM_PackageListGet(list, 1) == NULL);
    VM_PackageListDelete(list);
    CHECK(access(in_scratch("packages/calc/1.0.0/data/text.txt").text, R_OK) == 0);

    CHECK_OK(VM_PackageDirectoryUpdate(directory, in_scratch("calc-2.zip").text, 0, NULL, NULL, &error));
    CHECK_TEXT(installed(directory), "calc 1.0.0, calc 2.0.0*");
    CHECK_TEXT(loaded_version(root), "2.0.0");
    CHECK_OK(VM_PackageDirectoryUse(directory, "calc", "1.0.0", &error));
    CHECK_OK(VM_PackageDirectoryUse(directory, "calc", "v1.0.0", &error));
    CHECK_TEXT(installed(directory), "calc 1.0.0*, calc 2.0.0");
    CHECK_TEXT(loaded_version(root), "1.0.0");
    CHECK_STATUS(VM_PackageDirectoryUse(directory, "calc", "3", &error), VM_STATUS_PACKAGE_NOT_FOUND,
                 "version 3 of the package `calc` is not installed in ");
    CHECK(strstr(VM_ErrorGetMessage(error), "; installed are 1.0.0, 2.0.0") != NULL);
    CHECK_STATUS(VM_PackageDirectoryUse(directory, "clac", "3", &error), VM_STATUS_PACKAGE_NOT_FOUND, "; installed are calc");
    CHECK_STATUS(VM_PackageDirectoryUse(directory, "../calc", "3", &error), VM_STATUS_INVALID_ARGUMENT, "not the name of a package");
    /* The same files again: that version becomes active. */
    install("calc-2.zip", 0);
    CHECK_TEXT(installed(directory), "calc 1.0.0, calc 2.0.0*");
    install("calc-2.zip", 0);
    CHECK_INT(entries_of(in_scratch("packages/calc").text), 3);
}

static void described(void)
{
    VM_PackageInspection *inspection = NULL;
    CHECK_OK(VM_PackageDirectoryDescribe(directory, "calc", NULL, &inspection, &error));
    CHECK_TEXT(VM_PackageInspectionGetVersion(inspection), "2.0.0");
    VM_PackageInspectionDelete(inspection);
    CHECK_OK(VM_PackageDirectoryDescribe(directory, "calc", "1.0.0", &inspection, &error));
    CHECK_TEXT(VM_PackageInspectionGetName(inspection), "calc");
    CHECK_TEXT(VM_PackageInspectionGetVersion(inspection), "1.0.0");
    CHECK_TEXT(VM_PackageInspectionGetDescription(inspection), "Gives back what it gets");
    CHECK_TEXT(VM_PackageInspectionGetPath(inspection), in_scratch("packages/calc/1.0.0").text);
    VM_PackageInspectionDelete(inspection);
    CHECK_STATUS(VM_PackageDirectoryDescribe(directory, "calc", "9", &inspection, &error), VM_STATUS_PACKAGE_NOT_FOUND, "version 9 of");
}

static void same_version_and_lower_version(void)
{
    const char *root = VM_PackageDirectoryGetPath(directory);
    refused("calc-2-other.zip", 0, VM_STATUS_ALREADY_EXISTS, "version 2.0.0 of the package `calc` is installed in ");
    install("calc-2-other.zip", VM_PACKAGE_REPLACE);
    CHECK_TEXT(installed(directory), "calc 1.0.0, calc 2.0.0*");
    CHECK_TEXT(loaded_version(root), "2.0.0");
    CHECK_INT(entries_of(in_scratch("packages/calc").text), 3);
    CHECK(access(in_scratch("packages/calc/2.0.0,2/data/text.txt").text, R_OK) == 0);
    install("calc-2.zip", VM_PACKAGE_REPLACE);
    CHECK(access(in_scratch("packages/calc/2.0.0/data/text.txt").text, R_OK) == 0);
    CHECK_INT(entries_of(in_scratch("packages/calc").text), 3);

    refused("calc-1-other.zip", 0, VM_STATUS_PLUGIN_SUPERSEDED, "version 1.0.0 of the package `calc` is lower than the active version 2.0.0");
    refused("calc-1-other.zip", VM_PACKAGE_INACTIVE, VM_STATUS_ALREADY_EXISTS, "with other files");
    refused("calc-1-other.zip", VM_PACKAGE_DOWNGRADE, VM_STATUS_ALREADY_EXISTS, "with other files");
    install("calc-1-other.zip", VM_PACKAGE_INACTIVE | VM_PACKAGE_REPLACE);
    CHECK_TEXT(installed(directory), "calc 1.0.0, calc 2.0.0*");
    install("calc-1.zip", VM_PACKAGE_DOWNGRADE | VM_PACKAGE_REPLACE);
    CHECK_TEXT(installed(directory), "calc 1.0.0*, calc 2.0.0");
    install("calc-3.zip", VM_PACKAGE_INACTIVE);
    CHECK_TEXT(installed(directory), "calc 1.0.0*, calc 2.0.0, calc 3.0.0");
    refused("calc-3.zip", 8, VM_STATUS_INVALID_ARGUMENT, "flags contain 0x8");
    refused("none.zip", 0, VM_STATUS_FILE_NOT_FOUND, "none.zip");
}

static void removed(void)
{
    const char *root = VM_PackageDirectoryGetPath(directory);
    install("other.zip", 0);
    CHECK_OK(VM_PackageDirectoryRemove(directory, "calc", "2.0.0", NULL, &error));
    CHECK_TEXT(installed(directory), "calc 1.0.0*, calc 3.0.0, other 1.0.0*");
    CHECK_STATUS(VM_PackageDirectoryRemove(directory, "calc", "2.0.0", NULL, &error), VM_STATUS_PACKAGE_NOT_FOUND, "installed are 1.0.0, 3.0.0");
    CHECK_STATUS(VM_PackageDirectoryRemove(directory, "calc", "1.0.0", "1.0.0", &error), VM_STATUS_INVALID_ARGUMENT, "cannot become active");
    CHECK_STATUS(VM_PackageDirectoryRemove(directory, "calc", "1.0.0", "2.0.0", &error), VM_STATUS_PACKAGE_NOT_FOUND, "version 2.0.0");
    CHECK_STATUS(VM_PackageDirectoryRemove(directory, "calc", NULL, "1.0.0", &error), VM_STATUS_INVALID_ARGUMENT, "no version can become active");
    CHECK_TEXT(installed(directory), "calc 1.0.0*, calc 3.0.0, other 1.0.0*");
    CHECK_OK(VM_PackageDirectoryRemove(directory, "calc", "1.0.0", "3.0.0", &error));
    CHECK_TEXT(installed(directory), "calc 3.0.0*, other 1.0.0*");
    install("calc-1.zip", VM_PACKAGE_INACTIVE);
    CHECK_OK(VM_PackageDirectoryRemove(directory, "other", NULL, NULL, &error));
    CHECK_OK(VM_PackageDirectoryRemove(directory, "calc", "3.0.0", NULL, &error));
    CHECK_TEXT(installed(directory), "calc 1.0.0");
    CHECK_TEXT(loaded_version(root), "");
    CHECK_OK(VM_PackageDirectoryRemove(directory, "calc", "1.0.0", NULL, &error));
    CHECK_TEXT(installed(directory), "");
    CHECK_STATUS(VM_PackageDirectoryRemove(directory, "calc", NULL, NULL, &error), VM_STATUS_PACKAGE_NOT_FOUND, "`calc` is not installed in ");
    /* Nothing is left but the file for locking. */
    CHECK_INT(entries_of(root), 1);
}

int main(void)
{
    make_scratch();
    zip_package("calc-1.zip", "calc", "1.0.0", "one");
    zip_package("calc-1-other.zip", "calc", "1.0.0", "another one");
    zip_package("calc-2.zip", "calc", "2.0.0", "two");
    zip_package("calc-2-other.zip", "calc", "2.0.0", "another two");
    zip_package("calc-3.zip", "calc", "3.0.0", "three");
    zip_package("other.zip", "other", "1.0.0", "other");
    directory = open_packages(in_scratch("packages").text, NULL);
    first_and_second();
    described();
    same_version_and_lower_version();
    removed();
    VM_PackageDirectoryDelete(directory);
    return finish();
}
