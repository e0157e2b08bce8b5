/* Invalid: its manifest has another magic. */
#define MARK "wrong_magic"
#define SIMPLE_NAME "wrong_magic"
#include "marked.h"
#include "simple.h"

#undef VM_PLUGIN_MAGIC
#define VM_PLUGIN_MAGIC "notvmpl"
VM_PLUGIN("wrong_magic", "1.0.0", "Is something else", modules);
