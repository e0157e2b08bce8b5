/*
 * A step of a calculation, as an extension that numbered_plugins.c asks for. Several plug-ins are built from this source:
 *
 *     flags="-shared -fPIC -fvisibility=hidden $(pkg-config --cflags libvm)"
 *     cc $flags plugin_step.c -o steps/9-double.so
 *     cc $flags plugin_step.c -o steps/10-add-three.so -DNAME='"add-three"' -DVERSION='"1.0.0"' -DFACTOR=1 -DTERM=3
 *
 * An extension is a struct that host and plug-in agree on, identified by a string with its author and a revision.
 */
#include "plugin_step.h"
#include <libvm/plugin.h>

#ifndef NAME
#define NAME "double"
#define VERSION "1.0.0"
#define FACTOR 2
#define TERM 0
#endif

static int32_t step(int32_t number) { return number * FACTOR + TERM; }

static const Step step_extension = { step };

static const void *get_extension(void *data, const char *id) 
{
    (void)data;
    return VM_ExtensionMatches(id, STEP_EXTENSION) ? &step_extension : NULL;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR(NAME, VERSION, "A step of a calculation", descriptor);
