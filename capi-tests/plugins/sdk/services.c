/* The functions that use services of the host. */
#define _XOPEN_SOURCE 700
#include "sdk.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

VM_Status VM_CALL sdk_settings(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
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

VM_Status VM_CALL sdk_state(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
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

VM_Status VM_CALL sdk_says(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
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

VM_Status VM_CALL sdk_directory(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
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

VM_Status VM_CALL sdk_later(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
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

typedef struct Held {
    Probe *probe;
    VM_Token token;
} Held;

static void VM_CALL on_cancel(void *user)
{
    VM_HostLog(((Held *)user)->probe->host, ((Held *)user)->probe->self, VM_LOG_INFO, "cancelled");
}

static void VM_CALL on_release(void *user)
{
    VM_HostLog(((Held *)user)->probe->host, ((Held *)user)->probe->self, VM_LOG_INFO, "released");
    free(user);
}

VM_Status VM_CALL sdk_waits(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    VM_Value seven = VM_ValueI32(7);
    Held *held = malloc(sizeof *held);
    VM_Status status;
    (void)results;
    if (!held)
        return VM_STATUS_OUT_OF_MEMORY;
    held->probe = instance;
    suspension.user = held;
    suspension.cancel = on_cancel;
    suspension.release = on_release;
    status = VM_CallerSuspend(caller, &suspension, &held->token);
    if (status == VM_STATUS_PENDING && args[0].of.i32 == 1)
        VM_HostComplete(held->probe->host, held->token, &seven, 1);
    return args[0].of.i32 == 2 ? VM_CallerTrap(caller, "it does not wait") : status;
}
