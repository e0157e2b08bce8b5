/* The plug-in of the SDK tests in C: its instance, and its functions in two files. */
#ifndef SDK_H
#define SDK_H

#include <libvm/plugin.h>

typedef struct Probe {
    const VM_PluginHost *host;
    VM_PluginInstance *self;
    const char *greeting;
    int64_t limit;
    int32_t count;
} Probe;

VM_Status VM_CALL sdk_settings(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);
VM_Status VM_CALL sdk_state(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);
VM_Status VM_CALL sdk_says(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);
VM_Status VM_CALL sdk_directory(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);
VM_Status VM_CALL sdk_later(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);
VM_Status VM_CALL sdk_waits(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);

extern const VM_ModuleDescriptor sdk_modules[1];

#endif
