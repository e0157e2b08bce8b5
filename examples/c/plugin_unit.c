/*
 * Converts a unit to a metric one, for autoload.c. Several plug-ins are built from this source, each with a wasm module of its name:
 *
 *     flags="-shared -fPIC -fvisibility=hidden $(pkg-config --cflags libvm)"
 *     cc $flags plugin_unit.c -o units/miles.so
 *     cc $flags plugin_unit.c -o units/pounds.so -DNAME='"pounds"' -DFACTOR=0.45359237
 */
#include <libvm/plugin.h>

#ifndef NAME
#define NAME "miles"
#define FACTOR 1.609344
#endif

static VM_Status to_metric(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    results[0] = VM_ValueF64(args[0].of.f64 * FACTOR);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("to_metric", "(F)F", to_metric),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE(NAME, functions),
};
VM_PLUGIN(NAME, "1.0.0", "Converts a unit to a metric one", modules);
