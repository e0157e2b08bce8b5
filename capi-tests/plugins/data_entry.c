/* Invalid: its entry is data, not a function. */
#define MARK "data_entry"
#define libvm_plugin_entry declared_plugin_entry
#include "marked.h"
#include <libvm/plugin.h>
#undef libvm_plugin_entry

const VM_PluginManifest libvm_plugin_manifest = VM_PLUGIN_MANIFEST_OF("data_entry", "1.0.0", "Cannot be called");
VM_EXPORT extern const char libvm_plugin_entry[16];
const char libvm_plugin_entry[16] = "nothing to call";
