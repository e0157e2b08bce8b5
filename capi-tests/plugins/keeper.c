/* For tests of the state service: also misuses it, as no guest could. */
#include <libvm/plugin.h>
#include <stdlib.h>
#include <string.h>

typedef struct Keeper {
    VM_PluginInstance *self;
    const VM_StateService *state;
} Keeper;

static VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Keeper *keeper = malloc(sizeof *keeper);
    if (!keeper)
        return VM_STATUS_OUT_OF_MEMORY;
    keeper->self = self;
    keeper->state = VM_HostGetStateService(host);
    *instance = keeper;
    return VM_STATUS_OK;
}

/* Counts, and returns the count or a status. */
static VM_Status next(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Keeper *keeper = instance;
    int64_t now = 0;
    VM_Status status = keeper->state->increment(keeper->self, "count", 1, &now);
    (void)caller;
    (void)args;
    results[0] = VM_ValueI64(status ? status : now);
    return VM_STATUS_OK;
}

/* Stores a value of the given size under a number, and returns the status. */
static VM_Status keep(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Keeper *keeper = instance;
    char key[2] = { (char)args[0].of.i32, 0 }, *data = calloc(1, (size_t)args[1].of.i32 + 1);
    if (!data)
        return VM_CallerTrap(caller, "no memory");
    results[0] = VM_ValueI32(keeper->state->put(keeper->self, key, data, (size_t)args[1].of.i32));
    free(data);
    return VM_STATUS_OK;
}

typedef struct Listed {
    const Keeper *keeper;
    char text[64];
    size_t most;
} Listed;

static bool VM_CALL add_to_list(void *user, const char *key)
{
    Listed *listed = user;
    int64_t now;
    /* The service may be used from inside. */
    if (listed->keeper->state->get_counter(listed->keeper->self, key, &now) != VM_STATUS_OK)
        return false;
    strcat(strcat(listed->text, key), " ");
    return --listed->most > 0;
}

#define EXPECT(found, expected) \
    do {                        \
        if ((found) != (expected)) \
            return __LINE__;    \
    } while (0)

/* Checks the contract of the service; returns the line of the first failure, or 0. */
static int contract(const Keeper *keeper)
{
    const VM_StateService *s = keeper->state;
    VM_PluginInstance *self = keeper->self;
    static char long_key[1026], large[(16 << 20) + 1];
    Listed listed = { keeper, "", 2 };
    char data[8] = "";
    size_t size = 99;
    int64_t now = 99;
    memset(long_key, 'k', sizeof long_key - 1);

    EXPECT(s->size >= sizeof *s, true);
    EXPECT(s->put(self, "value", "12345", 5), VM_STATUS_OK);
    EXPECT(s->get(self, "value", NULL, 0, &size), VM_STATUS_OUT_OF_BOUNDS);
    EXPECT(size, 5);
    EXPECT(s->get(self, "value", data, 4, &size), VM_STATUS_OUT_OF_BOUNDS);
    EXPECT(data[0], 0);
    EXPECT(s->get(self, "value", data, 5, &size), VM_STATUS_OK);
    EXPECT(strcmp(data, "12345"), 0);
    EXPECT(s->get(self, "other", data, 8, &size), VM_STATUS_NOT_FOUND);
    EXPECT(s->put(self, "empty", NULL, 0), VM_STATUS_OK);
    EXPECT(s->get(self, "empty", NULL, 0, &size), VM_STATUS_OK);
    EXPECT(size, 0);
    EXPECT(s->get_counter(self, "value", &now), VM_STATUS_OK);
    EXPECT(now, 0);
    EXPECT(s->increment(self, "value", -3, &now), VM_STATUS_OK);
    EXPECT(now, -3);
    EXPECT(s->increment(self, "value", INT64_MIN, &now), VM_STATUS_LIMIT);
    EXPECT(s->increment(self, "value", 1, NULL), VM_STATUS_OK);
    EXPECT(s->get_counter(self, "value", &now), VM_STATUS_OK);
    EXPECT(now, -2);
    EXPECT(s->list_keys(self, NULL, add_to_list, &listed), VM_STATUS_OK);
    EXPECT(strcmp(listed.text, "empty value "), 0);
    EXPECT(s->list_keys(self, "v", add_to_list, &listed), VM_STATUS_OK);
    EXPECT(strcmp(listed.text, "empty value value "), 0);
    EXPECT(s->put(self, "large", large, 16 << 20), VM_STATUS_OK);
    EXPECT(s->put(self, "large", large, (16 << 20) + 1), VM_STATUS_LIMIT);
    EXPECT(s->put(self, "large", data, SIZE_MAX), VM_STATUS_LIMIT);
    EXPECT(s->get(self, "large", NULL, 0, &size), VM_STATUS_OUT_OF_BOUNDS);
    EXPECT(size, 16 << 20);
    EXPECT(s->remove(self, "large"), VM_STATUS_OK);
    EXPECT(s->remove(self, "large"), VM_STATUS_NOT_FOUND);

    EXPECT(s->put(NULL, "key", data, 1), VM_STATUS_NULL_ARGUMENT);
    EXPECT(s->put(self, NULL, data, 1), VM_STATUS_NULL_ARGUMENT);
    EXPECT(s->put(self, "key", NULL, 1), VM_STATUS_NULL_ARGUMENT);
    EXPECT(s->get(self, "value", NULL, 1, &size), VM_STATUS_NULL_ARGUMENT);
    EXPECT(s->get(self, "value", data, 1, NULL), VM_STATUS_NULL_ARGUMENT);
    EXPECT(s->get_counter(self, "value", NULL), VM_STATUS_NULL_ARGUMENT);
    EXPECT(s->list_keys(self, NULL, NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    EXPECT(s->increment(self, "", 1, &now), VM_STATUS_INVALID_ARGUMENT);
    EXPECT(s->put(self, long_key, data, 1), VM_STATUS_INVALID_ARGUMENT);
    EXPECT(s->put(self, long_key + 1, data, 1), VM_STATUS_OK);
    EXPECT(s->remove(self, "\xff"), VM_STATUS_BAD_UTF8);
    EXPECT(s->list_keys(self, "\xff", add_to_list, &listed), VM_STATUS_BAD_UTF8);
    return 0;
}

static VM_Status check(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(contract(instance));
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("next", "()I", next),
    VM_FUNCTION("keep", "(ii)i", keep),
    VM_FUNCTION("check", "()i", check),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("keeper", functions),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .create = create, .destroy = free,
};
VM_PLUGIN_DESCRIPTOR("keeper", "1.0.0", "Keeps what tests want kept", descriptor);
