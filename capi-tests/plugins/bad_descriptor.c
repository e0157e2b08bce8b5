/* Bad in the way that -DWRONG_<what> says. */
#define MARK "bad_descriptor"
#define SIMPLE_NAME "bad_descriptor"
#include "marked.h"
#include "simple.h"

#define SIZE (uint32_t)sizeof(VM_FunctionDescriptor)
#define GOOD VM_FUNCTION("same", "(i)i", same)

static const VM_FunctionDescriptor bad_functions[] = {
    GOOD,
#if defined(WRONG_CALLBACK)
    { SIZE, 0, "wrong", "(i)i", NULL, NULL, NULL, NULL },
#elif defined(WRONG_NAME)
    { SIZE, 0, NULL, "(i)i", same, NULL, NULL, NULL },
#elif defined(WRONG_UTF8)
    { SIZE, 0, "\xff", "(i)i", same, NULL, NULL, NULL },
#elif defined(WRONG_SIGNATURE)
    { SIZE, 0, "wrong", NULL, same, NULL, NULL, NULL },
#elif defined(WRONG_FLAGS)
    { SIZE, 0x100, "wrong", "(i)i", same, NULL, NULL, NULL },
#elif defined(WRONG_TWICE)
    GOOD,
#elif defined(WRONG_SIZE)
    { SIZE + 1, 0, "wrong", "(i)i", same, NULL, NULL, NULL },
#elif defined(WRONG_SMALL)
    { 4, 0, "wrong", "(i)i", same, NULL, NULL, NULL },
#endif
};

#if defined(WRONG_STRIDE)
#define TABLE { bad_functions, 1, 4 }
#elif defined(WRONG_COUNT)
#define TABLE { bad_functions, 1000000, SIZE }
#elif defined(WRONG_NULL)
#define TABLE { NULL, 1, SIZE }
#else
#define TABLE VM_TABLE(bad_functions)
#endif

#define MODULE { (uint32_t)sizeof(VM_ModuleDescriptor), 0, "bad_descriptor", NULL, NULL, TABLE }

static const VM_ModuleDescriptor bad_modules[] = {
    MODULE,
#if defined(WRONG_MODULE_TWICE)
    MODULE,
#endif
};

static const VM_OptionDescriptor options[] = {
    VM_OPTION_BOOL("good", 1, NULL),
#if defined(WRONG_OPTION_TYPE)
    VM_OPTION_WITH(77, "wrong", NULL, NULL, 0, 0, NULL),
#elif defined(WRONG_OPTION_TWICE)
    VM_OPTION_BOOL("good", 0, NULL),
#elif defined(WRONG_OPTION_KEY)
    VM_OPTION_BOOL(NULL, 0, NULL),
#endif
};

static const VM_PluginDescriptor descriptor = {
#if defined(WRONG_DESCRIPTOR_FLAGS)
    (uint32_t)sizeof(VM_PluginDescriptor), 4,
#else
    VM_PLUGIN_DESCRIPTOR_INIT,
#endif
    VM_TABLE(bad_modules), VM_TABLE(options), NULL, NULL, NULL, NULL, NULL
};

VM_EXTERN const void *bad_descriptor_unused[];
const void *bad_descriptor_unused[] = { modules, bad_functions };
VM_PLUGIN_DESCRIPTOR("bad_descriptor", "1.0.0", "Is wrong somewhere", descriptor);
