/* Invalid: requires a later libvm. */
#define MARK "host_version"
#define SIMPLE_NAME "host_version"
#define VM_PLUGIN_HOST_VERSION ">=900"
#include "marked.h"
#include "simple.h"

VM_PLUGIN("host_version", "1.0.0", "Wants a newer library", modules);
