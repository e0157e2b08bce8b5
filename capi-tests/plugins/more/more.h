/* The second plug-in of the SDK tests in C: hooks, sources and sinks, parameter compilers and dependencies, each in a file. */
#ifndef MORE_H
#define MORE_H

#include <libvm/plugin.h>
#include <stdatomic.h>

typedef struct More {
    const VM_PluginHost *host;
    VM_PluginInstance *self;
    const char *prefix;
    int32_t seen;
    VM_Token event, call; /* kept, or 0 */
} More;

/* Logs a line by the presence of an instance. */
void more_say(const VM_PluginHost *host, VM_PluginInstance *self, const char *text);

VM_Status VM_CALL more_wait(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);
VM_Status VM_CALL more_length(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);
VM_Status VM_CALL more_letter(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);
VM_Status VM_CALL more_number(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);
VM_Status VM_CALL more_both(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results);

extern const VM_HooksExtension more_hooks;
extern const VM_StreamExtension more_streams;
extern const VM_SinkDescriptor more_sinks[2];
extern const VM_CompilerExtension more_compilers;
extern const VM_DependenciesExtension more_dependencies;
extern atomic_int more_words, more_provided;

#endif
