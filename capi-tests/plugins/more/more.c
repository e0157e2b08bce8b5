/* The plug-in: its instance, its functions, and the list of what it extends. */
#define VM_PLUGIN_PERMISSIONS "more:secret"
#include "more.h"
#include <stdlib.h>
#include <string.h>

void more_say(const VM_PluginHost *host, VM_PluginInstance *self, const char *text) { VM_HostLog(host, self, VM_LOG_INFO, text); }

static void VM_CALL call_cancelled(void *user)
{
    const More *more = user;
    more_say(more->host, more->self, "call cancelled");
}

VM_Status VM_CALL more_wait(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    More *more = instance;
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    VM_Value answer = VM_ValueI32(42);
    VM_Token token;
    VM_Status status;
    (void)results;
    suspension.user = more;
    suspension.cancel = call_cancelled;
    status = VM_CallerSuspend(caller, &suspension, &token);
    if (status != VM_STATUS_PENDING)
        return status;
    if (args[0].of.i32 == 0)
        return VM_HostComplete(more->host, token, &answer, 1) == VM_STATUS_OK ? status : VM_STATUS_INTERNAL;
    if (more->call)
        VM_HostCompleteWithFailure(more->host, more->call, VM_STATUS_TRAP, "the plug-in has dropped the call without completing it");
    more->call = token;
    return status;
}

static VM_Status VM_CALL words(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(more_words);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL provided(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(more_provided);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    More *more = calloc(1, sizeof *more);
    VM_Status status = VM_STATUS_OUT_OF_MEMORY;
    if (!more)
        return status;
    more->host = host;
    more->self = self;
    status = VM_HostGetOptionString(host, self, "prefix", &more->prefix);
    if (status == VM_STATUS_OK && strcmp(more->prefix, "bad") == 0) {
        VM_HostFail(host, "a bad prefix");
        status = VM_STATUS_USER - 1;
    }
    if (status == VM_STATUS_OK)
        *instance = more;
    else
        free(more);
    return status;
}

static VM_Status VM_CALL initialize(const VM_PluginHost *host, void **data)
{
    *data = (void *)host;
    return VM_STATUS_OK;
}

static const void *VM_CALL get_extension(void *data, const char *id)
{
    (void)data;
    if (VM_ExtensionMatches(id, VM_HOOKS_EXTENSION))
        return &more_hooks;
    if (VM_ExtensionMatches(id, VM_STREAM_EXTENSION))
        return &more_streams;
    if (VM_ExtensionMatches(id, VM_COMPILER_EXTENSION))
        return &more_compilers;
    return VM_ExtensionMatches(id, VM_DEPENDENCIES_EXTENSION) ? &more_dependencies : NULL;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_WITH("wait", "(i)i", more_wait, NULL, VM_FUNCTION_MAY_SUSPEND, NULL, NULL),
    VM_FUNCTION("length", "(i)i", more_length),
    VM_FUNCTION("letter", "(ii)i", more_letter),
    VM_FUNCTION("number", "(i)I", more_number),
    VM_FUNCTION("both", "(ii)I", more_both),
    VM_FUNCTION("words", "()i", words),
    VM_FUNCTION("provided", "()i", provided),
};
static const VM_ModuleDescriptor modules[] = { VM_MODULE("more", functions) };
static const VM_OptionDescriptor options[] = { VM_OPTION_STRING("prefix", "", "What comes before") };

static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT, .modules = VM_TABLE(modules), .options = VM_TABLE(options), .create = create, .destroy = free,
    .initialize = initialize, .get_extension = get_extension,
};
VM_PLUGIN_DESCRIPTOR("more", "1.0.0", "What a plug-in can extend, in C, for the tests of the SDK", descriptor);
