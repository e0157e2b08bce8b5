/* Invalid: a function requires a permission that the manifest does not request. */
#define VM_PLUGIN_PERMISSIONS "number:other"
#define MARK "unnamed_permission"
#define SIMPLE_NAME "unnamed_permission"
#define SIMPLE_PERMISSION "number:same"
#include "marked.h"
#include "simple.h"

VM_PLUGIN("unnamed_permission", "1.0.0", "Hides what it wants", modules);
