/* Invalid: its entry returns NULL. */
#define MARK "null_descriptor"
#include "marked.h"
#include <libvm/plugin.h>

#define descriptor (*(const VM_PluginDescriptor *)NULL)
VM_PLUGIN_DESCRIPTOR("null_descriptor", "1.0.0", "Has nothing to say", descriptor);
