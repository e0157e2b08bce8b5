/* Invalid: a permission in its manifest is malformed. */
#define VM_PLUGIN_PERMISSIONS "number:*:same"
#define MARK "bad_permission"
#define SIMPLE_NAME "bad_permission"
#include "marked.h"
#include "simple.h"

VM_PLUGIN("bad_permission", "1.0.0", "Wants nonsense", modules);
