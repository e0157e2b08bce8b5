/* A plug-in whose strings are as long as -D says: NAME, VERSION, TEXT and VM_PLUGIN_*. */
#include <libvm/plugin.h>

#ifndef NAME
#define NAME "texts"
#endif
#ifndef VERSION
#define VERSION "1.0.0"
#endif
#ifndef TEXT
#define TEXT ""
#endif

static const VM_PluginDescriptor descriptor = VM_PLUGIN_DESCRIPTOR_OF(0, VM_TABLE_EMPTY, VM_TABLE_EMPTY, NULL, NULL, NULL, NULL, NULL);
VM_PLUGIN_DESCRIPTOR(NAME, VERSION, TEXT, descriptor);
