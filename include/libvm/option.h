/**
 * @file libvm/option.h
 * The options of plug-ins, and of their sources and sinks: typed values that the host, its configuration or a command line may set.
 * <libvm/plugin.h> includes this file.
 */
#ifndef LIBVM_OPTION_H
#define LIBVM_OPTION_H

#include <libvm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An option, which the host, its configuration or a command line may set. */
typedef struct VM_OptionDescriptor {
    VM_OptionType type;      /**< VM_OPTION_TYPE_*; tells which of the defaults below is used. */
    uint32_t flags;          /**< VM_OPTION_REQUIRED, VM_OPTION_SECRET, VM_OPTION_RANGED */
    const char *key;         /**< Its name. */
    const char *description; /**< One line, or NULL. */
    const char *text;        /**< Default of a string or enum; of a list, one item per line. */
    const char *choices;     /**< Of an enum, separated by commas; otherwise NULL. */
    int64_t integer;         /**< Default of a bool (0 or 1) or integer. */
    int64_t minimum;         /**< Smallest integer. */
    int64_t maximum;         /**< Largest integer. */
    double number;           /**< Default of a float. */
    double minimum_number;   /**< Smallest float. */
    double maximum_number;   /**< Largest float. */
} VM_OptionDescriptor;

/** An array of option descriptors. */
typedef struct VM_OptionTable {
    const VM_OptionDescriptor *items; /**< The first element; NULL if there is none. */
    uint32_t count;                   /**< Number of elements. */
    uint32_t stride;                  /**< Size of an element in bytes, as the plug-in was built. */
} VM_OptionTable;

/** An option with everything; `text`, `choices`, `integer` and `number` as its type needs them, else NULL and 0. */
#define VM_OPTION_WITH(type, flags, key, text, choices, integer, number, description) \
    { type, flags, key, description, text, choices, integer, 0, 0, number, 0, 0 }
/** A bool option. */
#define VM_OPTION_BOOL(key, fallback, description) VM_OPTION_WITH(VM_OPTION_TYPE_BOOL, 0, key, NULL, NULL, fallback, 0, description)
/** An integer option. */
#define VM_OPTION_INTEGER(key, fallback, description) \
    VM_OPTION_WITH(VM_OPTION_TYPE_INTEGER, 0, key, NULL, NULL, fallback, 0, description)
/** An integer option from `least` to `most`. */
#define VM_OPTION_INTEGER_IN(key, fallback, least, most, description) \
    { VM_OPTION_TYPE_INTEGER, VM_OPTION_RANGED, key, description, NULL, NULL, fallback, least, most, 0, 0, 0 }
/** A float option. */
#define VM_OPTION_FLOAT(key, fallback, description) VM_OPTION_WITH(VM_OPTION_TYPE_FLOAT, 0, key, NULL, NULL, 0, fallback, description)
/** A float option from `least` to `most`. */
#define VM_OPTION_FLOAT_IN(key, fallback, least, most, description) \
    { VM_OPTION_TYPE_FLOAT, VM_OPTION_RANGED, key, description, NULL, NULL, 0, 0, 0, fallback, least, most }
/** A string option. */
#define VM_OPTION_STRING(key, fallback, description) \
    VM_OPTION_WITH(VM_OPTION_TYPE_STRING, 0, key, fallback, NULL, 0, 0, description)
/** A list of strings; `fallback` has one item per line. */
#define VM_OPTION_LIST(key, fallback, description) VM_OPTION_WITH(VM_OPTION_TYPE_LIST, 0, key, fallback, NULL, 0, 0, description)
/** One of several choices, which are separated by commas. */
#define VM_OPTION_ENUM(key, choices, fallback, description) \
    VM_OPTION_WITH(VM_OPTION_TYPE_ENUM, 0, key, fallback, choices, 0, 0, description)

#ifndef VM_NO_INLINE
/* The layout is part of the ABI: a compiler with another layout fails here. */
typedef char VM_AssertOptionSize[sizeof(VM_OptionDescriptor) == 56 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertOptionInteger[offsetof(VM_OptionDescriptor, integer) == 8 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertOptionTableSize[sizeof(VM_OptionTable) == 8 + sizeof(void *) ? 1 : -1];
#endif

#ifdef __cplusplus
}
#endif

#endif
