/**
 * @file libvm/hooks.h
 * Hooks: functions that a host calls at named points with an event, in the order in which the plug-ins were loaded; see docs/hooks.md.
 *
 * <libvm.h> and <libvm/plugin.h> both include this file. As in <libvm/types.h> the small functions in it are inline over a table that
 * the event carries, so that a plug-in links nothing, and the library exports the same names for VM_NO_INLINE.
 */
#ifndef LIBVM_HOOKS_H
#define LIBVM_HOOKS_H

#include <libvm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct VM_EventTable VM_EventTable;

/**
 * An event: what a host tells the hooks of a point, and what they tell the host, as values by key.
 *
 * The host's own event is valid until VM_EventDelete. A hook receives another pointer to the same event, which is valid until the hook
 * returns, on its thread: afterwards its functions return VM_STATUS_STALE, on another thread VM_STATUS_WRONG_THREAD. While hooks are
 * called with the event, and while it waits for one of them, the host's functions return VM_STATUS_BUSY.
 */
typedef struct VM_Event {
    const VM_EventTable *table; /**< The functions of the event; use the inline functions below. */
    void *data;                 /**< The hook's own data, from its descriptor; NULL for a hook of the host. */
    uint64_t id;                /**< The number of the call; 0 after it. */
    VM_PluginInstance *self;    /**< The plug-in's presence in the context; NULL for a hook of the host. */
    const char *point;          /**< The name of the point, UTF-8; valid as long as the event. */
    uint64_t reserved;          /**< 0. */
} VM_Event;

/** The type of an event's value. */
typedef uint32_t VM_EventType;

enum {
    VM_EVENT_TYPE_STRING = 1,  /**< A UTF-8 string. */
    VM_EVENT_TYPE_BYTES = 2,   /**< Bytes. */
    VM_EVENT_TYPE_INTEGER = 3, /**< int64_t */
    VM_EVENT_TYPE_POINTER = 4  /**< A pointer, whose meaning the host defines. */
};

/**
 * A hook. No C++ exception, Rust panic or longjmp may leave it. It cannot use the context that calls it.
 * @param instance_or_user the instance made by the plug-in's create, or the `user` pointer of a host's hook
 * @param event the event, valid until the hook returns
 * @return VM_STATUS_OK: the next hook is called; VM_STATUS_COMPLETE: the hooks after this one are not called; VM_STATUS_RETRY: all hooks
 * are called again, from the first one; VM_STATUS_PENDING after VM_EventSuspend: one of the others comes later; or a failure (see
 * VM_EventFail), which ends the invocation
 */
typedef VM_Status(VM_CALL *VM_HookCallback)(void *instance_or_user, VM_Event *event);

/**
 * Goes on with a suspended event after its completion. The rules of VM_HookCallback apply; it may suspend the event again.
 * @param user the pointer of the suspension
 * @param event the event; another pointer than the hook's, valid until the function returns
 * @param answer what the event was completed with: VM_STATUS_OK, VM_STATUS_COMPLETE, VM_STATUS_RETRY or a failure
 * @param text the text of the completion, UTF-8, valid until the function returns; NULL for none
 * @return as a VM_HookCallback
 */
typedef VM_Status(VM_CALL *VM_EventResume)(void *user, VM_Event *event, VM_Status answer, const char *text);

/**
 * How a suspended event goes on. Exactly one of `resume` and `cancel` is called, then `release`, each once; every one may be NULL.
 * It may grow at its end.
 */
typedef struct VM_EventSuspension {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    void *user;        /**< Passed to the functions below. */

    /** Called after the completion, on a thread that uses the context. Without it the completion is the hook's answer. */
    VM_EventResume resume;

    /**
     * Called instead of resume if the event is no longer waited for: it was cancelled or not answered in time, or its context was reset
     * or deleted. The token is stale by then. It may be called on any thread, also while the context is in use, and must not use the
     * context.
     */
    void(VM_CALL *cancel)(void *user);

    /** Called last: frees `user`. As cancel. */
    void(VM_CALL *release)(void *user);
} VM_EventSuspension;

/** Initializes a VM_EventSuspension without functions. */
#define VM_EVENTSUSPENSION_INIT { (uint32_t)sizeof(VM_EventSuspension), 0, NULL, NULL, NULL, NULL }

/**
 * The functions of an event, described at the inline functions below, which should be used instead. The struct only grows at its end.
 */
struct VM_EventTable {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *get_string)(const VM_Event *event, const char *key, const char **value);           /**< VM_EventGetString */
    VM_Status(VM_CALL *set_string)(VM_Event *event, const char *key, const char *value);                  /**< VM_EventSetString */
    VM_Status(VM_CALL *get_bytes)(const VM_Event *event, const char *key, VM_Bytes *value);               /**< VM_EventGetBytes */
    VM_Status(VM_CALL *set_bytes)(VM_Event *event, const char *key, const void *data, size_t size);       /**< VM_EventSetBytes */
    VM_Status(VM_CALL *get_integer)(const VM_Event *event, const char *key, int64_t *value);              /**< VM_EventGetInteger */
    VM_Status(VM_CALL *set_integer)(VM_Event *event, const char *key, int64_t value);                     /**< VM_EventSetInteger */
    VM_Status(VM_CALL *get_pointer)(const VM_Event *event, const char *key, void **value);                /**< VM_EventGetPointer */
    VM_Status(VM_CALL *set_pointer)(VM_Event *event, const char *key, void *value);                       /**< VM_EventSetPointer */
    VM_Status(VM_CALL *get_type)(const VM_Event *event, const char *key, VM_EventType *type);             /**< VM_EventGetType */
    VM_Status(VM_CALL *get_key)(const VM_Event *event, size_t index, const char **key);                   /**< VM_EventGetKey */
    VM_Status(VM_CALL *remove)(VM_Event *event, const char *key);                                         /**< VM_EventRemove */
    VM_Status(VM_CALL *fail)(VM_Event *event, VM_Status status, const char *text);                        /**< VM_EventFail */
    VM_Status(VM_CALL *suspend)(VM_Event *event, const VM_EventSuspension *suspension, VM_Token *token);  /**< VM_EventSuspend */
};

/**
 * Returns a string of an event.
 * @param event the event
 * @param key of the value, UTF-8
 * @param value receives the string, UTF-8; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND (the event has no such key), VM_STATUS_WRONG_TYPE (the value is not a
 * string), VM_STATUS_BUSY (the host's event, while hooks are called with it), VM_STATUS_STALE, VM_STATUS_WRONG_THREAD
 * @par Ownership
 * The event owns the string: it is valid until the key is set again or removed. In a hook it is valid no longer than until the hook
 * returns, outside of hooks no longer than until the event is passed to hooks or deleted.
 * @par Threads
 * a hook's event: [inside a callback only]; a host's: any thread, one at a time
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventGetString(const VM_Event *event, const char *key, const char **value)
VM_BODY(return event ? event->table->get_string(event, key, value) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Sets a value of an event to a string. A former value of the key is replaced, whatever its type.
 * @param event the event
 * @param key of the value, UTF-8, 1 to 255 bytes; copied
 * @param value the string, UTF-8; copied
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the length of the key), VM_STATUS_LIMIT (more than 1,000
 * keys), VM_STATUS_OUT_OF_MEMORY, VM_STATUS_BUSY, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD
 * @par Threads
 * a hook's event: [inside a callback only]; a host's: any thread, one at a time
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventSetString(VM_Event *event, const char *key, const char *value)
VM_BODY(return event ? event->table->set_string(event, key, value) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Returns bytes of an event.
 * @param event the event
 * @param key of the value, UTF-8
 * @param value receives the bytes; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_EventGetString
 * @par Ownership
 * as for VM_EventGetString
 * @par Threads
 * a hook's event: [inside a callback only]; a host's: any thread, one at a time
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventGetBytes(const VM_Event *event, const char *key, VM_Bytes *value)
VM_BODY(return event ? event->table->get_bytes(event, key, value) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Sets a value of an event to bytes.
 * @param event the event
 * @param key of the value, UTF-8, 1 to 255 bytes; copied
 * @param data the bytes; copied; may be NULL if size is 0
 * @param size number of bytes
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_EventSetString
 * @par Threads
 * a hook's event: [inside a callback only]; a host's: any thread, one at a time
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventSetBytes(VM_Event *event, const char *key, const void *data, size_t size)
VM_BODY(return event ? event->table->set_bytes(event, key, data, size) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Returns an integer of an event.
 * @param event the event
 * @param key of the value, UTF-8
 * @param value receives the integer; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_EventGetString
 * @par Threads
 * a hook's event: [inside a callback only]; a host's: any thread, one at a time
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventGetInteger(const VM_Event *event, const char *key, int64_t *value)
VM_BODY(return event ? event->table->get_integer(event, key, value) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Sets a value of an event to an integer.
 * @param event the event
 * @param key of the value, UTF-8, 1 to 255 bytes; copied
 * @param value the integer
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_EventSetString
 * @par Threads
 * a hook's event: [inside a callback only]; a host's: any thread, one at a time
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventSetInteger(VM_Event *event, const char *key, int64_t value)
VM_BODY(return event ? event->table->set_integer(event, key, value) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Returns a pointer of an event. The host's documentation of the point says what it points to.
 * @param event the event
 * @param key of the value, UTF-8
 * @param value receives the pointer; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_EventGetString
 * @par Ownership
 * The event does not own what the pointer points to.
 * @par Threads
 * a hook's event: [inside a callback only]; a host's: any thread, one at a time
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventGetPointer(const VM_Event *event, const char *key, void **value)
VM_BODY(return event ? event->table->get_pointer(event, key, value) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Sets a value of an event to a pointer.
 * @param event the event
 * @param key of the value, UTF-8, 1 to 255 bytes; copied
 * @param value the pointer; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_EventSetString
 * @par Ownership
 * The event does not own what the pointer points to.
 * @par Threads
 * a hook's event: [inside a callback only]; a host's: any thread, one at a time
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventSetPointer(VM_Event *event, const char *key, void *value)
VM_BODY(return event ? event->table->set_pointer(event, key, value) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Returns the type of a value of an event.
 * @param event the event
 * @param key of the value, UTF-8
 * @param type receives VM_EVENT_TYPE_*; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_EventGetString, except VM_STATUS_WRONG_TYPE
 * @par Threads
 * a hook's event: [inside a callback only]; a host's: any thread, one at a time
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventGetType(const VM_Event *event, const char *key, VM_EventType *type)
VM_BODY(return event ? event->table->get_type(event, key, type) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Returns a key of an event, to list them.
 * @param event the event
 * @param index of the key, from 0, in the order of the keys' bytes
 * @param key receives the key, UTF-8; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND (the event has no more keys), VM_STATUS_BUSY, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD
 * @par Ownership
 * The event owns the key: it is valid until it is removed; otherwise as for VM_EventGetString.
 * @par Threads
 * a hook's event: [inside a callback only]; a host's: any thread, one at a time
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventGetKey(const VM_Event *event, size_t index, const char **key)
VM_BODY(return event ? event->table->get_key(event, index, key) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Removes a value from an event.
 * @param event the event
 * @param key of the value, UTF-8
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND (the event has no such key), VM_STATUS_BUSY, VM_STATUS_STALE,
 * VM_STATUS_WRONG_THREAD
 * @par Threads
 * a hook's event: [inside a callback only]; a host's: any thread, one at a time
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventRemove(VM_Event *event, const char *key)
VM_BODY(return event ? event->table->remove(event, key) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Makes a hook fail with a status and a message: return the result of this function from the hook. The invocation ends with an error that
 * has this status, and whose message names the plug-in and the point and contains the text.
 * @param event the event that the hook was passed
 * @param status a failure: one of VM_STATUS_*, or a status of your own (VM_STATUS_USER and below)
 * @param text the message, UTF-8, copied; NULL for none
 * @return `status`
 * @par Errors
 * VM_STATUS_INVALID_ARGUMENT (the status is not a failure, or the event is the host's), VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE,
 * VM_STATUS_WRONG_THREAD: the text is then dropped
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventFail(VM_Event *event, VM_Status status, const char *text)
VM_BODY(return event ? event->table->fail(event, status, text) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Suspends an event until it is completed, with VM_CompleteEvent in a host and with VM_HostCompleteEvent in a plug-in: return the result
 * of this function from the hook. The context is free meanwhile. The completion may come from any thread, and before the hook has
 * returned. A hook that suspends the event and then returns another status than VM_STATUS_PENDING cancels the suspension; unless that
 * status is a failure, the invocation fails with VM_STATUS_BAD_ANSWER.
 * @param event the event that the hook was passed
 * @param suspension how the event goes on, copied; NULL if the completion is the hook's answer
 * @param token receives the token; not NULL
 * @return VM_STATUS_PENDING or a failure
 * @par Errors
 * VM_STATUS_UNSUPPORTED (a point of libvm, whose hooks cannot suspend), VM_STATUS_WOULD_BLOCK (VM_ContextInvokeHooks in a context that
 * may not block), VM_STATUS_ALREADY_EXISTS (the event is suspended already), VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the
 * size of the suspension, or the event is the host's), VM_STATUS_STALE, VM_STATUS_WRONG_THREAD
 * @par Ownership
 * The suspension owns `user`. Also if this function fails, `cancel` and `release` are called; but nothing if the size is wrong.
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_INLINE VM_Status VM_CALL VM_EventSuspend(VM_Event *event, const VM_EventSuspension *suspension, VM_Token *token)
VM_BODY(if (event) return event->table->suspend(event, suspension, token);
        if (suspension && VM_HAS(suspension, release)) {
            if (suspension->cancel) suspension->cancel(suspension->user);
            if (suspension->release) suspension->release(suspension->user);
        }
        return VM_STATUS_NULL_ARGUMENT;)

/** The id of the extension of plug-ins with hooks. */
#define VM_HOOKS_EXTENSION "libvm.hooks/1"

/** A hook of a plug-in. */
typedef struct VM_Hook {
    uint32_t flags;           /**< 0. */
    uint32_t reserved;        /**< 0. */
    const char *point;        /**< The name of the point, UTF-8, 1 to 255 bytes. */
    VM_HookCallback callback; /**< The hook. */
    void *data;               /**< Passed to the hook as `event->data`, so that one C function can serve several points. */
    const char *description;  /**< One line, or NULL. */
} VM_Hook;

/** An array of hooks. */
typedef struct VM_HookTable {
    const VM_Hook *items; /**< The first element; NULL if there is none. */
    uint32_t count;       /**< Number of elements. */
    uint32_t stride;      /**< Size of an element in bytes, as the plug-in was built. */
} VM_HookTable;

/** The extension of plug-ins with hooks. It only grows at its end. */
typedef struct VM_HooksExtension {
    uint32_t size;      /**< Size of this struct in bytes. */
    uint32_t reserved;  /**< 0. */
    VM_HookTable hooks; /**< The hooks; those at one point are called in this order. */
} VM_HooksExtension;

/** A hook: point, callback. */
#define VM_HOOK(point, callback) VM_HOOK_WITH(point, callback, NULL, NULL)
/** A hook with everything: the data for `event->data` and a description (or NULL). */
#define VM_HOOK_WITH(point, callback, data, description) { 0, 0, point, callback, data, description }
/** The extension with an array of hooks. */
#define VM_HOOKS(array) \
    { (uint32_t)sizeof(VM_HooksExtension), 0, { array, (uint32_t)(sizeof(array) / sizeof((array)[0])), (uint32_t)sizeof((array)[0]) } }

#ifndef VM_NO_INLINE
/* The layout is part of the ABI: a compiler with another layout fails here. */
typedef char VM_AssertEventSize[sizeof(VM_Event) == 4 * sizeof(void *) + 16 ? 1 : -1];
typedef char VM_AssertEventId[offsetof(VM_Event, id) == 2 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertEventPoint[offsetof(VM_Event, point) == 3 * sizeof(void *) + 8 ? 1 : -1];
typedef char VM_AssertEventTableSize[sizeof(VM_EventTable) == 8 + 13 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertEventSuspensionSize[sizeof(VM_EventSuspension) == 8 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertHookSize[sizeof(VM_Hook) == 8 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertHookTableSize[sizeof(VM_HookTable) == 8 + sizeof(void *) ? 1 : -1];
typedef char VM_AssertHooksExtensionSize[sizeof(VM_HooksExtension) == 16 + sizeof(void *) ? 1 : -1];
#endif

#ifdef __cplusplus
}
#endif

#endif
