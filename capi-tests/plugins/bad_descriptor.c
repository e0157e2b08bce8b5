/* Invalid: -DWRONG_<name> selects how. */
#define MARK "bad_descriptor"
#define SIMPLE_NAME "bad_descriptor"
#include "marked.h"
#include "simple.h"

#define GOOD VM_FUNCTION_WITH("same", "(i)i", same, NULL, 0x8002 /* hints */, NULL, NULL)

static const VM_FunctionDescriptor bad_functions[] = {
    GOOD,
#if defined(WRONG_CALLBACK)
    { 0, 0, "wrong", "(i)i", NULL, NULL, NULL, NULL },
#elif defined(WRONG_NAME)
    { 0, 0, NULL, "(i)i", same, NULL, NULL, NULL },
#elif defined(WRONG_UTF8)
    { 0, 0, "\xff", "(i)i", same, NULL, NULL, NULL },
#elif defined(WRONG_SIGNATURE)
    { 0, 0, "wrong", NULL, same, NULL, NULL, NULL },
#elif defined(WRONG_FLAGS)
    { 0x100000, 0, "wrong", "(i)i", same, NULL, NULL, NULL },
#elif defined(WRONG_TWICE)
    GOOD,
#endif
};

#if defined(WRONG_STRIDE)
#define TABLE { bad_functions, 1, 4 }
#elif defined(WRONG_COUNT)
#define TABLE { bad_functions, 1000000, sizeof(VM_FunctionDescriptor) }
#elif defined(WRONG_NULL)
#define TABLE { NULL, 1, sizeof(VM_FunctionDescriptor) }
#else
#define TABLE VM_TABLE(bad_functions)
#endif

#ifdef WRONG_MODULE_FLAGS
#define MODULE_FLAGS 0x20000
#else
#define MODULE_FLAGS 0x3 /* hints */
#endif
#define MODULE { MODULE_FLAGS, 0, "bad_descriptor", NULL, TABLE }

static const VM_ModuleDescriptor bad_modules[] = {
    MODULE,
#if defined(WRONG_MODULE_TWICE)
    MODULE,
#endif
};

static const VM_OptionDescriptor options[] = {
    VM_OPTION_WITH(VM_OPTION_TYPE_BOOL, 0xffff /* hints */, "good", NULL, NULL, 1, 0, NULL),
#if defined(WRONG_OPTION_TYPE)
    VM_OPTION_WITH(77, 0, "wrong", NULL, NULL, 0, 0, NULL),
#elif defined(WRONG_OPTION_FLAGS)
    VM_OPTION_WITH(VM_OPTION_TYPE_BOOL, 0x80000, "wrong", NULL, NULL, 0, 0, NULL),
#elif defined(WRONG_OPTION_TWICE)
    VM_OPTION_BOOL("good", 0, NULL),
#elif defined(WRONG_OPTION_KEY)
    VM_OPTION_BOOL(NULL, 0, NULL),
#endif
};

#ifdef WRONG_DESCRIPTOR_FLAGS
#define FLAGS 0x800000
#else
#define FLAGS 0x8004 /* hints */
#endif
static const VM_PluginDescriptor descriptor = VM_PLUGIN_DESCRIPTOR_OF(FLAGS, VM_TABLE(bad_modules), VM_TABLE(options), NULL, NULL,
                                                                      NULL, NULL, NULL);

VM_EXTERN const void *bad_descriptor_unused[];
const void *bad_descriptor_unused[] = { modules, bad_functions };
VM_PLUGIN_DESCRIPTOR("bad_descriptor", "1.0.0", "Is wrong somewhere", descriptor);
