/* Good: its name and version come from the command line (-DNAME='"a"' -DVERSION='"1.0.0"'), and so may the rest of it. */
#ifndef MARK
#define MARK NAME
#endif
#define SIMPLE_NAME NAME
#include "marked.h"
#include "simple.h"

VM_PLUGIN(NAME, VERSION, "Gives back what it gets", modules);
