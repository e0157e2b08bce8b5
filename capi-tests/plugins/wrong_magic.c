/* Bad: the magic of its manifest is another one. */
#define MARK "wrong_magic"
#define SIMPLE_NAME "wrong_magic"
#include "marked.h"
#include "simple.h"

#undef VM_PLUGIN_MAGIC
#define VM_PLUGIN_MAGIC "notvmpl"
VM_PLUGIN("wrong_magic", "1.0.0", "Is something else", modules);
