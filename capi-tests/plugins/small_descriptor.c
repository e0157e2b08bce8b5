/* Invalid: the size of its descriptor is too small. */
#define MARK "small_descriptor"
#define SIMPLE_NAME "small_descriptor"
#include "marked.h"
#include "simple.h"

static const VM_PluginDescriptor descriptor = { 8, 0, VM_TABLE(modules), { NULL, 0, 0 }, NULL, NULL, NULL, NULL, NULL };
VM_PLUGIN_DESCRIPTOR("small_descriptor", "1.0.0", "Is too small", descriptor);
