/* Has an option of every type, and returns their values in one string. */
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    bool fast = false;
    int64_t level = 0;
    double ratio = 0;
    const char *mode = NULL, *const *tags = NULL, *wrong = NULL;
    size_t count = 0;
    char *said = calloc(1, 256);
    int length;

    *instance = said;
    if (!said)
        return VM_STATUS_OUT_OF_MEMORY;
    if (getenv("LIBVM_TEST_ASK")) { /* fails with the status of the getter, or with a status of its own */
        const char *own = getenv("LIBVM_TEST_STATUS");
        VM_Status status = VM_HostGetOptionString(host, self, getenv("LIBVM_TEST_ASK"), &wrong);
        free(said);
        return own ? atoi(own) : status;
    }
    if (VM_HostGetOptionBool(host, self, "fast", &fast) || VM_HostGetOptionInteger(host, self, "level", &level) ||
        VM_HostGetOptionFloat(host, self, "ratio", &ratio) || VM_HostGetOptionString(host, self, "mode", &mode) ||
        VM_HostGetOptionList(host, self, "tags", &tags, &count)) {
        free(said);
        return VM_HostFail(host, "an option that is there could not be read");
    }
    if (VM_HostGetOptionString(host, self, "level", &wrong) != VM_STATUS_WRONG_TYPE ||
        VM_HostGetOptionString(host, self, "nothing", &wrong) != VM_STATUS_PLUGIN_OPTION ||
        VM_HostGetOptionString(host, self, NULL, &wrong) != VM_STATUS_NULL_ARGUMENT ||
        VM_HostGetOptionString(host, NULL, "mode", &wrong) != VM_STATUS_NULL_ARGUMENT ||
        VM_HostGetOptionString(host, self, "mode", NULL) != VM_STATUS_NULL_ARGUMENT || wrong) {
        free(said);
        return VM_HostFail(host, "a wrong question was answered");
    }
    length = snprintf(said, 256, "%s %lld %.2f %s", fast ? "fast" : "slow", (long long)level, ratio, mode);
    for (size_t i = 0; i < count; i++)
        length += snprintf(said + length, 256 - (size_t)length, " %s", tags[i]);
    return VM_STATUS_OK;
}

static void destroy(void *instance) { free(instance); }

static VM_Status say(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    results[0] = VM_ValueI32(snprintf((char *)args[0].of.buffer.data, args[0].of.buffer.size, "%s", (const char *)instance));
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("say", "(>~)i", say),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("options", functions),
};
static const VM_OptionDescriptor options[] = {
    VM_OPTION_BOOL("fast", 1, "whether to hurry"),
    { .type = VM_OPTION_TYPE_INTEGER, .flags = VM_OPTION_REQUIRED | VM_OPTION_RANGED, .key = "level", .description = "how much",
      .minimum = 1, .maximum = 6 },
    VM_OPTION_FLOAT_IN("ratio", 0.5, 0.125, 8, "how wide"),
    VM_OPTION_ENUM("mode", "low,high", "low", "which way"),
    VM_OPTION_LIST("tags", "one\ntwo", "what else"),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .options = VM_TABLE(options), .create = create, .destroy = destroy,
};
VM_PLUGIN_DESCRIPTOR("options", "1.0.0", "Has options", descriptor);
