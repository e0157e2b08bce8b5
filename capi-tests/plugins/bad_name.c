/* Invalid: its name is a path. */
#define MARK "bad_name"
#define SIMPLE_NAME "bad_name"
#include "marked.h"
#include "simple.h"

VM_PLUGIN("../bad_name", "1.0.0", "Wants to be elsewhere", modules);
