/* Invalid: has no entry function. */
#define MARK "no_entry"
#include "marked.h"
#include <libvm/plugin.h>

const VM_PluginManifest libvm_plugin_manifest = VM_PLUGIN_MANIFEST_OF("no_entry", "1.0.0", "Has no entry");
