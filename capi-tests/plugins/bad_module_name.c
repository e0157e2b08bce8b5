/* Invalid: its module has another name than in the manifest. */
#define MARK "bad_module_name"
#define SIMPLE_NAME "surprise"
#include "marked.h"
#include "simple.h"

VM_PLUGIN("bad_module_name", "1.0.0", "Hides a module", modules);
