/* The hooks. */
#include "more.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static VM_Status VM_CALL decide(void *instance, VM_Event *event)
{
    More *more = instance;
    const char *what;
    int64_t number;
    char text[100];
    VM_EventSetInteger(event, "seen", ++more->seen);
    if (VM_EventGetString(event, "do", &what) != VM_STATUS_OK || strcmp(what, "continue") == 0)
        return VM_STATUS_OK;
    if (strcmp(what, "complete") == 0)
        return VM_STATUS_COMPLETE;
    if (strcmp(what, "retry") == 0)
        return more->seen % 3 ? VM_STATUS_RETRY : VM_STATUS_OK;
    if (strcmp(what, "status") == 0)
        return VM_EventFail(event, VM_STATUS_USER - 5, "the stamp is missing");
    if (strcmp(what, "plain") == 0)
        return VM_EventFail(event, VM_STATUS_PLUGIN_FAILED, "no stamp at all");
    if (strcmp(what, "panic") == 0)
        return VM_EventFail(event, VM_STATUS_PLUGIN_FAILED, "help");
    if (strcmp(what, "absent") == 0)
        return VM_EventGetInteger(event, "absent", &number);
    if (strcmp(what, "type") == 0)
        return VM_EventGetInteger(event, "do", &number);
    snprintf(text, sizeof text, "do what: %s", what);
    return VM_EventFail(event, VM_STATUS_INVALID_ARGUMENT, text);
}

static VM_Status VM_CALL second(void *instance, VM_Event *event)
{
    (void)instance;
    return VM_EventSetInteger(event, "second", 1);
}

static void list(VM_Event *event, char *text, size_t size)
{
    static const char letters[] = "?sbip";
    const char *key;
    VM_EventType type = 0;
    size_t i, used = 0;
    *text = '\0';
    for (i = 0; VM_EventGetKey(event, i, &key) == VM_STATUS_OK && used < size; i++) {
        VM_EventGetType(event, key, &type);
        used += (size_t)snprintf(text + used, size - used, "%s%s:%c", i ? "," : "", key, letters[type < 5 ? type : 0]);
    }
}

static VM_Status VM_CALL values(void *instance, VM_Event *event)
{
    const More *more = instance;
    char keys[200], text[200];
    const char *string;
    VM_Bytes bytes;
    int64_t integer;
    void *pointer;
    list(event, keys, sizeof keys);
    if (VM_EventGetString(event, "text", &string) == VM_STATUS_OK) {
        snprintf(text, sizeof text, "%s%s!", more->prefix, string);
        VM_EventSetString(event, "text", text);
    }
    if (VM_EventGetBytes(event, "bytes", &bytes) == VM_STATUS_OK && bytes.size <= sizeof text) {
        size_t i;
        for (i = 0; i < bytes.size; i++)
            text[i] = (char)bytes.data[bytes.size - 1 - i];
        VM_EventSetBytes(event, "bytes", text, bytes.size);
    }
    if (VM_EventGetInteger(event, "integer", &integer) == VM_STATUS_OK)
        VM_EventSetInteger(event, "integer", integer * 2);
    if (VM_EventGetPointer(event, "pointer", &pointer) == VM_STATUS_OK)
        VM_EventSetPointer(event, "pointer too", pointer);
    VM_EventRemove(event, "gone");
    VM_EventSetString(event, "list", keys);
    return VM_EventSetString(event, "point", event->point);
}

static void VM_CALL event_cancelled(void *user)
{
    const More *more = user;
    more_say(more->host, more->self, "event cancelled");
}

/* An event that a thread completes. */
typedef struct Later {
    const VM_PluginHost *host;
    VM_Token token;
    VM_Status answer;
    const char *text;
} Later;

static void *answer_event(void *user)
{
    Later *later = user;
    VM_HostCompleteEvent(later->host, later->token, later->answer, later->text);
    free(later);
    return NULL;
}

static bool answer_in_thread(const Later *later)
{
    Later *own = malloc(sizeof *own);
    pthread_t thread;
    if (!own)
        return false;
    *own = *later;
    if (pthread_create(&thread, NULL, answer_event, own) != 0) {
        free(own);
        return false;
    }
    pthread_detach(thread);
    return true;
}

static const char dropped[] = "the plug-in has dropped the event without completing it";

static VM_Status VM_CALL answers_later(void *instance, VM_Event *event)
{
    More *more = instance;
    VM_EventSuspension suspension = VM_EVENTSUSPENSION_INIT;
    Later later = { more->host, 0, VM_STATUS_OK, NULL };
    int64_t tries = 0;
    char what[20];
    const char *text;
    VM_Status status = VM_EventGetString(event, "do", &text);
    if (status != VM_STATUS_OK)
        return status;
    snprintf(what, sizeof what, "%s", text);
    if (strcmp(what, "no") == 0)
        return VM_STATUS_COMPLETE;
    suspension.user = more;
    suspension.cancel = event_cancelled;
    status = VM_EventSuspend(event, &suspension, &later.token);
    if (status != VM_STATUS_PENDING)
        return status;
    if (strcmp(what, "complete") == 0)
        later.answer = VM_STATUS_COMPLETE;
    if (strcmp(what, "retry") == 0 && VM_EventGetInteger(event, "tries", &tries) != VM_STATUS_OK) {
        VM_EventSetInteger(event, "tries", 1);
        later.answer = VM_STATUS_RETRY;
    }
    if (strcmp(what, "status") == 0) {
        later.answer = VM_STATUS_USER - 6;
        later.text = "no answer";
    }
    if (strcmp(what, "drop") == 0) {
        later.answer = VM_STATUS_PLUGIN_FAILED;
        later.text = dropped;
    }
    if (strcmp(what, "forget") == 0)
        return VM_EventFail(event, VM_STATUS_USER - 7, "changed its mind");
    if (strcmp(what, "keep") == 0) {
        if (more->event)
            VM_HostCompleteEvent(more->host, more->event, VM_STATUS_PLUGIN_FAILED, dropped);
        more->event = later.token;
        return status;
    }
    return answer_in_thread(&later) ? status : VM_EventFail(event, VM_STATUS_PLUGIN_FAILED, "no thread could be started");
}

static VM_Status VM_CALL finish(void *instance, VM_Event *event)
{
    More *more = instance;
    VM_Value seven = VM_ValueI32(7);
    if (more->event)
        VM_EventSetInteger(event, "event", VM_HostCompleteEvent(more->host, more->event, VM_STATUS_COMPLETE, NULL));
    if (more->call)
        VM_EventSetInteger(event, "call", VM_HostComplete(more->host, more->call, &seven, 1));
    more->event = 0;
    more->call = 0;
    return VM_STATUS_OK;
}

static const VM_Hook hooks[] = {
    VM_HOOK_WITH("more.decide", decide, NULL, "Decides"),
    VM_HOOK("more.decide", second),
    VM_HOOK_WITH("more.values", values, NULL, "Changes values"),
    VM_HOOK_WITH("more.later", answers_later, NULL, "Answers later"),
    VM_HOOK_WITH("more.finish", finish, NULL, "Finishes"),
};
const VM_HooksExtension more_hooks = VM_HOOKS(hooks);
