/* The twin of tests/sdk and sdk.cpp in C. */
#define _XOPEN_SOURCE 700
#define VM_PLUGIN_PERMISSIONS "sdk:secret,sdk:say:*"
#include <libvm/plugin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Probe {
    const VM_PluginHost *host;
    VM_PluginInstance *self;
    const char *greeting;
    int64_t limit;
    int32_t count;
} Probe;

static VM_Status VM_CALL create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    Probe *probe = calloc(1, sizeof *probe);
    char line[100];
    VM_Status status;
    if (!probe)
        return VM_STATUS_OUT_OF_MEMORY;
    probe->host = host;
    probe->self = self;
    status = VM_HostGetOptionString(host, self, "greeting", &probe->greeting);
    if (status == VM_STATUS_OK)
        status = VM_HostGetOptionInteger(host, self, "limit", &probe->limit);
    if (status == VM_STATUS_OK && !*probe->greeting) {
        VM_HostFail(host, "the greeting is empty");
        status = VM_STATUS_USER - 1;
    } else if (status == VM_STATUS_OK && strcmp(probe->greeting, "panic") == 0) {
        status = VM_HostFail(host, "nobody is greeted so");
    }
    if (status != VM_STATUS_OK) {
        free(probe);
        return status;
    }
    snprintf(line, sizeof line, "an instance that says %s", probe->greeting);
    VM_HostLog(host, NULL, VM_LOG_INFO, line);
    *instance = probe;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL add(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    results[0] = VM_ValueI32((int32_t)((uint32_t)args[0].of.i32 + (uint32_t)args[1].of.i32));
    return VM_STATUS_OK;
}

static VM_Status VM_CALL types(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    results[0] = VM_ValueF64(args[0].of.i32 + (double)(uint64_t)args[1].of.i64 + (double)args[2].of.f32 + args[3].of.f64);
    results[1] = VM_ValueI32(!args[4].of.i32);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL nothing(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    (void)results;
    return VM_STATUS_OK;
}

static VM_Status VM_CALL greet(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Probe *probe = instance;
    VM_Buffer name = args[0].of.buffer, out = args[1].of.buffer;
    char text[200];
    int64_t counted = 0;
    int length;
    if (VM_HostGetStateService(probe->host)->increment(probe->self, "greeted", 1, &counted) != VM_STATUS_OK)
        return VM_CallerTrap(caller, "the greeting could not be counted");
    if (counted > probe->limit)
        return VM_CallerTrap(caller, "that is enough greeting");
    length = snprintf(text, sizeof text, "%s, %.*s (%lld)", probe->greeting, (int)name.size, (const char *)name.data, (long long)counted);
    if (length < 0 || (size_t)length > out.size)
        return VM_CallerTrap(caller, "the buffer is too small");
    memcpy(out.data, text, (size_t)length);
    results[0] = VM_ValueI32(length);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL copy(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Buffer from = args[0].of.buffer, to = args[1].of.buffer;
    size_t size = from.size < to.size ? from.size : to.size;
    (void)instance;
    (void)caller;
    if (size)
        memmove(to.data, from.data, size);
    results[0] = VM_ValueI32((int32_t)size);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL count(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(++((Probe *)instance)->count);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL calls(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    return VM_CallerCall(caller, "back", args, 1, results, 1);
}

static VM_Status VM_CALL settings(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const char *name = (const char *)args[0].of.buffer.data, *text = NULL, *const *items = NULL;
    const VM_PluginHost *host = ((Probe *)instance)->host;
    int64_t integer = 0;
    double number = 0;
    bool yes = false;
    size_t length = 0;
    if (VM_HostGetOptionInteger(host, caller->self, "limit", &integer) == VM_STATUS_OK && strcmp(name, "limit") == 0)
        number = (double)integer;
    else if (strcmp(name, "polite") == 0 && VM_HostGetOptionBool(host, caller->self, name, &yes) == VM_STATUS_OK)
        number = yes;
    else if (strcmp(name, "share") == 0)
        VM_HostGetOptionFloat(host, caller->self, name, &number);
    else if (strcmp(name, "names") == 0 && VM_HostGetOptionList(host, caller->self, name, &items, &length) == VM_STATUS_OK)
        number = (double)length;
    else if (strcmp(name, "optimize-for") == 0 && VM_HostGetOptionString(host, caller->self, name, &text) == VM_STATUS_OK)
        number = (double)strlen(text);
    else
        return VM_CallerFail(caller, VM_STATUS_NOT_FOUND, name);
    results[0] = VM_ValueF64(number);
    return VM_STATUS_OK;
}

static bool VM_CALL count_key(void *user, const char *key)
{
    (void)key;
    ++*(int32_t *)user;
    return true;
}

static VM_Status VM_CALL state(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const VM_StateService *service = VM_HostGetStateService(((Probe *)instance)->host);
    VM_Buffer key = args[0].of.buffer;
    char name[80], *value = malloc(1000 * key.size + 1);
    size_t size = 0, i;
    int32_t keys = 0;
    VM_Status status = VM_STATUS_OUT_OF_MEMORY;
    snprintf(name, sizeof name, "%.*s", (int)key.size, (const char *)key.data);
    if (value && service->get(caller->self, name, value, 1000 * key.size, &size) == VM_STATUS_OK) {
        status = service->remove(caller->self, name);
        results[0] = VM_ValueI32((int32_t)size);
    } else if (value) {
        for (i = 0; i < 1000; i++)
            memcpy(value + i * key.size, key.data, key.size);
        status = service->put(caller->self, name, value, 1000 * key.size);
        service->list_keys(caller->self, NULL, count_key, &keys);
        results[0] = VM_ValueI32(keys);
    }
    free(value);
    return status;
}

typedef struct Later {
    const VM_PluginHost *host;
    VM_Token token;
    int32_t value;
} Later;

static void *complete(void *user)
{
    Later *later = user;
    VM_Value result = VM_ValueI32(later->value * 2);
    if (later->value == 0)
        VM_HostCompleteWithFailure(later->host, later->token, VM_STATUS_TRAP, "the plug-in has dropped the call without completing it");
    else if (later->value == 1)
        VM_HostCompleteWithFailure(later->host, later->token, VM_STATUS_USER - 2, "no answer");
    else
        VM_HostComplete(later->host, later->token, &result, 1);
    free(later);
    return NULL;
}

static VM_Status VM_CALL later(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    Later *later = malloc(sizeof *later);
    pthread_t thread;
    (void)results;
    if (!later)
        return VM_STATUS_OUT_OF_MEMORY;
    later->host = ((Probe *)instance)->host;
    later->value = args[0].of.i32;
    if (VM_CallerSuspend(caller, NULL, &later->token) != VM_STATUS_PENDING || pthread_create(&thread, NULL, complete, later) != 0) {
        free(later);
        return VM_CallerTrap(caller, "the guest could not be suspended");
    }
    pthread_detach(thread);
    return VM_STATUS_PENDING;
}

static VM_Status VM_CALL fails(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)results;
    return VM_CallerFail(caller, args[0].of.i32 < 0 ? args[0].of.i32 : VM_STATUS_BAD_ANSWER, "so it is");
}

static VM_Status VM_CALL parses(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    char text[80], *end;
    long value;
    (void)instance;
    snprintf(text, sizeof text, "%.*s", (int)args[0].of.buffer.size, (const char *)args[0].of.buffer.data);
    value = strtol(text, &end, 10);
    if (end == text || *end)
        return VM_CallerTrap(caller, "invalid digit found in string");
    results[0] = VM_ValueI32((int32_t)value);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL panics(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)args;
    (void)results;
    return VM_CallerTrap(caller, "help");
}

static VM_Status VM_CALL secret(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(42);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL says(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const VM_PluginHost *host = ((Probe *)instance)->host;
    int size = (int)args[0].of.buffer.size;
    const char *text = (const char *)args[0].of.buffer.data;
    char line[100];
    VM_Status status;
    (void)results;
    snprintf(line, sizeof line, "sdk:say:%.*s", size, text);
    status = VM_HostRequirePermission(host, caller, line);
    if (status != VM_STATUS_OK)
        return status;
    snprintf(line, sizeof line, "%.*s", size, text);
    VM_HostLog(host, caller->self, VM_LOG_WARNING, line);
    snprintf(line, sizeof line, "%.*s!", size, text);
    VM_HostLog(host, caller->self, VM_LOG_ERROR, line);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL peek(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    uint64_t size = 0;
    uint8_t byte = 0, next;
    VM_Status status = VM_CallerReadMemory(caller, (uint32_t)args[0].of.i32, &byte, 1);
    (void)instance;
    if (status != VM_STATUS_OK)
        return VM_CallerFail(caller, status, "reading the guest's memory failed");
    next = (uint8_t)(byte + 1);
    VM_CallerWriteMemory(caller, (uint32_t)args[0].of.i32, &next, 1);
    VM_CallerGetMemorySize(caller, &size);
    results[0] = VM_ValueI64((int64_t)(size + byte));
    return VM_STATUS_OK;
}

static VM_Status VM_CALL directory(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    const char *path = NULL;
    struct stat status;
    (void)caller;
    (void)args;
    if (VM_HostGetDirectory(((Probe *)instance)->host, ((Probe *)instance)->self, VM_DIRECTORY_TEMP, &path) != VM_STATUS_OK)
        return VM_CallerTrap(caller, "no directory");
    results[0] = VM_ValueI32(stat(path, &status) == 0 && S_ISDIR(status.st_mode));
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_DESCRIBED("add", "(ii)i", add, "Adds"),
    VM_FUNCTION("types", "(iIfFi)Fi", types),
    VM_FUNCTION("nothing", "()", nothing),
    VM_FUNCTION("greet", "(<~*~)i", greet),
    VM_FUNCTION("copy", "(<~*~)i", copy),
    VM_FUNCTION("count", "()i", count),
    VM_FUNCTION_WITH("calls", "(i)i", calls, NULL, VM_FUNCTION_REENTERS, NULL, NULL),
    VM_FUNCTION_WITH("calls_mut", "(i)i", calls, NULL, VM_FUNCTION_REENTERS, NULL, NULL),
    VM_FUNCTION("settings", "($)F", settings),
    VM_FUNCTION("state", "(<~)i", state),
    VM_FUNCTION_WITH("later", "(i)i", later, NULL, VM_FUNCTION_MAY_SUSPEND, NULL, NULL),
    VM_FUNCTION("fails", "(i)", fails),
    VM_FUNCTION("parses", "(<~)i", parses),
    VM_FUNCTION("panics", "(<~)i", panics),
    VM_FUNCTION_PERMITTED("secret", "()i", secret, "sdk:secret"),
    VM_FUNCTION("says", "(<~)", says),
    VM_FUNCTION("peek", "(i)I", peek),
    VM_FUNCTION("directory", "()i", directory),
};
static const VM_ModuleDescriptor modules[] = { VM_MODULE_DESCRIBED("sdk", functions, "Everything") };
static const VM_OptionDescriptor options[] = {
    VM_OPTION_STRING("greeting", "Hello", "What to say before the name"),
    VM_OPTION_INTEGER_IN("limit", 100, 1, 1000, "How often"),
    VM_OPTION_BOOL("polite", true, NULL),
    VM_OPTION_FLOAT_IN("share", 0.5, 0, 1, NULL),
    VM_OPTION_LIST("names", "a\nb", NULL),
    VM_OPTION_ENUM("optimize-for", "fast,small", "fast", NULL),
};

static VM_Status VM_CALL save(void *instance, VM_SnapshotWrite write, void *user)
{
    return write(user, &((Probe *)instance)->count, sizeof(int32_t));
}

static VM_Status VM_CALL restore(void *instance, const void *data, size_t size)
{
    if (size != sizeof(int32_t))
        return VM_STATUS_PLUGIN_FAILED;
    memcpy(&((Probe *)instance)->count, data, size);
    return VM_STATUS_OK;
}

static const VM_SnapshotExtension snapshot = { sizeof snapshot, 0, save, restore };

static const void *VM_CALL get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_SNAPSHOT_EXTENSION) ? &snapshot : NULL;
}

static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .options = VM_TABLE(options), .create = create, .destroy = free,
    .get_extension = get_extension,
};
VM_PLUGIN_DESCRIPTOR("sdk", "1.2.0", "A plug-in in C for the tests of the SDK", descriptor);
