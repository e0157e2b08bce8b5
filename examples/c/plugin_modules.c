/*
 * A plug-in with two wasm modules, which share one instance.
 *
 *     cc -shared -fPIC -fvisibility=hidden plugin_modules.c -o measure.so $(pkg-config --cflags libvm)
 *
 * The manifest lists the modules, unless there is only one with the plug-in's name: the host can then name the plug-in that
 * provides a missing import without running its code.
 */
#define VM_PLUGIN_MODULES "length,console"
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Style {
    int64_t digits;
    double scale;
} Style;

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Style *style = malloc(sizeof *style);
    if (!style)
        return VM_HostFail(host, "no memory for a style");
    if (VM_HostGetOptionInteger(host, self, "digits", &style->digits) ||
        VM_HostGetOptionFloat(host, self, "scale", &style->scale)) {
        free(style);
        return VM_HostFail(host, "this host has no options");
    }
    *instance = style;
    return VM_STATUS_OK;
}

static void destroy(void *instance) { free(instance); }

static VM_Status from_inches(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const Style *style = instance;
    (void)caller;
    results[0] = VM_ValueF64(args[0].of.f64 * 25.4 * style->scale);
    return VM_STATUS_OK;
}

static VM_Status print(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const Style *style = instance;
    (void)caller;
    (void)results;
    printf("the guest prints %.*f\n", (int)style->digits, args[0].of.f64);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor length_functions[] = {
    VM_FUNCTION("from_inches", "(F)F", from_inches),
};
static const VM_FunctionDescriptor console_functions[] = {
    VM_FUNCTION("print", "(F)", print),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("length", length_functions),
    VM_MODULE("console", console_functions),
};
static const VM_OptionDescriptor options[] = {
    VM_OPTION_INTEGER_IN("digits", 2, 0, 9, "number of digits after the decimal point"),
    VM_OPTION_FLOAT_IN("scale", 1, 0.001, 1000, "scale of the drawing"),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT,
    .modules = VM_TABLE(modules),
    .options = VM_TABLE(options),
    .create = create,
    .destroy = destroy,
};
VM_PLUGIN_DESCRIPTOR("measure", "1.0.0", "Converts lengths and prints them", descriptor);
