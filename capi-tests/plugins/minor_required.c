/* Valid: the minor version that it requires applies from ABI 1.0 on. */
#define MARK "minor_required"
#define SIMPLE_NAME "minor_required"
#define VM_PLUGIN_ABI_MINOR_REQUIRED 99
#include "marked.h"
#include "simple.h"

VM_PLUGIN("minor_required", "1.0.0", "Wants more", modules);
