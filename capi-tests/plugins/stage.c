/* Functions that are stages of streams, without a guest. */
#define VM_PLUGIN_PERMISSIONS "stage:secret"
#include <libvm/plugin.h>

/* Emits the event with its metadata, and a last key. */
static VM_Status VM_CALL mark(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_StreamEvent event = VM_STREAMEVENT_INIT;
    VM_StreamField fields[8];
    VM_Status status = VM_CallerGetEvent(caller, &event);
    size_t index;
    (void)instance, (void)args, (void)results;
    if (status)
        return status;
    for (index = 0; index < event.metadata_count && index < 7; index++)
        fields[index] = event.metadata[index];
    fields[index].key = "mark";
    fields[index++].value = "set";
    event.metadata = fields;
    event.metadata_count = index;
    return VM_CallerEmitEvent(caller, &event);
}

/* Emits the events of the call that are longer than one byte. */
static VM_Status VM_CALL longer(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    VM_StreamEvent event = VM_STREAMEVENT_INIT;
    bool is_next = true;
    (void)instance, (void)args, (void)results;
    while (is_next) {
        VM_Status status = VM_CallerGetEvent(caller, &event);
        if (!status && event.payload.size > 1)
            status = VM_CallerEmitEvent(caller, &event);
        if (!status)
            status = VM_CallerNextEvent(caller, &is_next);
        if (status)
            return status;
    }
    return VM_STATUS_OK;
}

static VM_Status VM_CALL fail(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance, (void)args, (void)results;
    return VM_CallerFail(caller, VM_STATUS_IO, "there is no paper");
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION("mark", "()", mark),
    VM_FUNCTION("longer", "()", longer),
    VM_FUNCTION("fail", "()", fail),
    VM_FUNCTION("takes", "(i)", fail),
    VM_FUNCTION_PERMITTED("secret", "()", mark, "stage:secret"),
};
static const VM_ModuleDescriptor modules[] = { VM_MODULE("stage", functions) };

VM_PLUGIN(NAME, VERSION, "Stages of streams.", modules);
