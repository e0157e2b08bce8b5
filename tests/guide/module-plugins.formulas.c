/* A plug-in that provides each function of `formulas` that a module imports: it multiplies by two. */
#include <libvm/plugin.h>
#include <stdlib.h>
#include <string.h>

static double *compile(VM_ModuleView *view, const char *name)
{
    double *factor = malloc(sizeof *factor);
    *factor = strcmp(name, "twice") == 0 ? 2 : 1;
    return factor;
}

static VM_Status call(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    results[0] = VM_ValueF64(*(const double *)caller->data * args[0].of.f64);
    return VM_STATUS_OK;
}

#include "plug-ins-that-are-shown-modules.c"

static const void *get_extension(void *data, const char *id)
{
    return VM_ExtensionMatches(id, VM_DEPENDENCIES_EXTENSION) ? &dependencies : NULL;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .get_extension = get_extension };
VM_PLUGIN_DESCRIPTOR("formulas", "1.0.0", "Formulas", descriptor);
