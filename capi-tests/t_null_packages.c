/* NULL for the functions of package directories. */
#include "null.h"

int main(void)
{
    IS_NULL(VM_PluginRegistrySetPackageDirectory(NULL, "x", &error), "registry");
    CHECK_INT(VM_PluginRegistrySetPackageDirectory(NULL, "x", NULL), VM_STATUS_NULL_ARGUMENT);
    return finish();
}
