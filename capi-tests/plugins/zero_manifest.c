/* Invalid: its manifest is all zeros, and thus not in the file's data. */
#define MARK "zero_manifest"
#define libvm_plugin_manifest declared_plugin_manifest
#include "marked.h"
#include <libvm/plugin.h>
#undef libvm_plugin_manifest

VM_EXPORT extern char libvm_plugin_manifest[sizeof(VM_PluginManifest)];
char libvm_plugin_manifest[sizeof(VM_PluginManifest)];

VM_EXPORT const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host)
{
    (void)host;
    return NULL;
}
