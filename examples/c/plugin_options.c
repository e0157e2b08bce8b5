/*
 * A plug-in with options: the greeting, and the number of repetitions.
 *
 *     cc -shared -fPIC -fvisibility=hidden plugin_options.c -o greeter.so $(pkg-config --cflags libvm)
 *
 * libvm checks the values against the table below before it calls `create`. They belong to the instance: another context has its
 * own.
 */
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Greeter {
    const char *greeting; /* the host keeps the string until destroy */
    int64_t times;
} Greeter;

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Greeter *greeter = malloc(sizeof *greeter);
    VM_Status status;
    if (!greeter)
        return VM_HostFail(host, "no memory for a greeter");
    if ((status = VM_HostGetOptionString(host, self, "greeting", &greeter->greeting)) != VM_STATUS_OK ||
        (status = VM_HostGetOptionInteger(host, self, "times", &greeter->times)) != VM_STATUS_OK) {
        free(greeter);
        return status; /* the host's error contains the reason */
    }
    *instance = greeter;
    return VM_STATUS_OK;
}

static void destroy(void *instance) { free(instance); }

static VM_Status greet(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const Greeter *greeter = instance;
    VM_Buffer name = args[0].of.buffer;
    int64_t i;
    (void)caller;
    (void)results;
    for (i = 0; i < greeter->times; i++)
        printf("%s, %.*s!\n", greeter->greeting, (int)name.size, (const char *)name.data);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("greet", "(<~)", greet),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("greeter", functions),
};
static const VM_OptionDescriptor options[] = {
    VM_OPTION_STRING("greeting", "Hello", "what to say before the name"),
    VM_OPTION_INTEGER_IN("times", 1, 1, 9, "number of repetitions"),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT,
    .modules = VM_TABLE(modules),
    .options = VM_TABLE(options),
    .create = create,
    .destroy = destroy,
};
VM_PLUGIN_DESCRIPTOR("greeter", "1.0.0", "Greets by name", descriptor);
