/* NULL for the functions of packages. */
#include "null.h"

int main(void)
{
    VM_PackageInspection *inspection = NULL;
    IS_NULL(VM_PackageInspectFile(NULL, &inspection, &error), "file");
    IS_NULL(VM_PackageInspectFile("x", NULL, &error), "inspection");
    CHECK_INT(VM_PackageInspectFile(NULL, NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK(inspection == NULL);
    IS_NULL(VM_PackageVerifyFile(NULL, NULL, NULL, NULL, &error), "file");
    CHECK_INT(VM_PackageVerifyFile(NULL, NULL, NULL, NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    IS_NULL(VM_PackageBuild(NULL, "x", &error), "directory");
    IS_NULL(VM_PackageBuild("x", NULL, &error), "output");
    CHECK_INT(VM_PackageBuild(NULL, NULL, NULL), VM_STATUS_NULL_ARGUMENT);

    CHECK_INT(VM_PackageInspectionGetStatus(NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_TEXT(VM_PackageInspectionGetMessage(NULL), NULL);
    CHECK_TEXT(VM_PackageInspectionGetPath(NULL), NULL);
    CHECK_TEXT(VM_PackageInspectionGetName(NULL), NULL);
    CHECK_TEXT(VM_PackageInspectionGetVersion(NULL), NULL);
    CHECK_TEXT(VM_PackageInspectionGetDescription(NULL), NULL);
    CHECK_TEXT(VM_PackageInspectionGetAuthor(NULL), NULL);
    CHECK_TEXT(VM_PackageInspectionGetLicense(NULL), NULL);
    CHECK_TEXT(VM_PackageInspectionGetHomepage(NULL), NULL);
    CHECK_INT(VM_PackageInspectionGetFlags(NULL), 0);
    CHECK_INT(VM_PackageInspectionGetLibraryCount(NULL), 0);
    CHECK(VM_PackageInspectionGetLibrary(NULL, 0) == NULL);
    CHECK_INT(VM_PackageInspectionGetFileCount(NULL), 0);
    CHECK(VM_PackageInspectionGetFile(NULL, 0) == NULL);
    CHECK_INT(VM_PackageInspectionGetModuleCount(NULL), 0);
    CHECK_TEXT(VM_PackageInspectionGetModuleName(NULL, 0), NULL);
    CHECK_TEXT(VM_PackageInspectionGetModuleDescription(NULL, 0), NULL);
    CHECK(!VM_PackageInspectionHasFunctions(NULL, 0));
    CHECK_INT(VM_PackageInspectionGetFunctionCount(NULL, 0), 0);
    CHECK(VM_PackageInspectionGetFunction(NULL, 0, 0) == NULL);
    CHECK_INT(VM_PackageInspectionGetOptionCount(NULL), 0);
    CHECK(VM_PackageInspectionGetOption(NULL, 0) == NULL);
    CHECK_INT(VM_PackageInspectionGetItemCount(NULL, VM_PACKAGE_ITEM_HOOK), 0);
    CHECK(VM_PackageInspectionGetItem(NULL, VM_PACKAGE_ITEM_HOOK, 0) == NULL);
    CHECK_INT(VM_PackageInspectionGetPermissionCount(NULL), 0);
    CHECK_TEXT(VM_PackageInspectionGetPermission(NULL, 0), NULL);
    CHECK_INT(VM_PackageInspectionGetDependencyCount(NULL), 0);
    CHECK_TEXT(VM_PackageInspectionGetDependencyName(NULL, 0), NULL);
    CHECK_TEXT(VM_PackageInspectionGetDependencyVersion(NULL, 0), NULL);
    VM_PackageInspectionDelete(NULL);
    return finish();
}
