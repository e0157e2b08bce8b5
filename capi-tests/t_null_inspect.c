/* NULL for the functions of VM_PluginInspection. */
#include "null.h"

int main(void)
{
    VM_PluginInspection *inspection = NULL;
    IS_NULL(VM_PluginInspectFile(NULL, &inspection, &error), "path");
    IS_NULL(VM_PluginInspectFile("x", NULL, &error), "inspection");
    CHECK_INT(VM_PluginInspectFile(NULL, NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK(inspection == NULL);
    CHECK_INT(VM_PluginInspectionGetStatus(NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_TEXT(VM_PluginInspectionGetMessage(NULL), NULL);
    CHECK_TEXT(VM_PluginInspectionGetPath(NULL), NULL);
    CHECK_TEXT(VM_PluginInspectionGetPlatform(NULL), NULL);
    CHECK_TEXT(VM_PluginInspectionGetName(NULL), NULL);
    CHECK_TEXT(VM_PluginInspectionGetVersion(NULL), NULL);
    CHECK_TEXT(VM_PluginInspectionGetDescription(NULL), NULL);
    CHECK_TEXT(VM_PluginInspectionGetLicense(NULL), NULL);
    CHECK_TEXT(VM_PluginInspectionGetHostVersion(NULL), NULL);
    CHECK_INT(VM_PluginInspectionGetAbiMajor(NULL), 0);
    CHECK_INT(VM_PluginInspectionGetAbiMinorBuilt(NULL), 0);
    CHECK_INT(VM_PluginInspectionGetAbiMinorRequired(NULL), 0);
    CHECK_INT(VM_PluginInspectionGetFlags(NULL), 0);
    CHECK_INT(VM_PluginInspectionGetModuleCount(NULL), 0);
    CHECK_TEXT(VM_PluginInspectionGetModule(NULL, 0), NULL);
    CHECK_INT(VM_PluginInspectionGetPermissionCount(NULL), 0);
    CHECK_TEXT(VM_PluginInspectionGetPermission(NULL, 0), NULL);
    CHECK_INT(VM_PluginInspectionGetDependencyCount(NULL), 0);
    CHECK_TEXT(VM_PluginInspectionGetDependencyName(NULL, 0), NULL);
    CHECK_TEXT(VM_PluginInspectionGetDependencyVersion(NULL, 0), NULL);
    VM_PluginInspectionDelete(NULL);
    return finish();
}
