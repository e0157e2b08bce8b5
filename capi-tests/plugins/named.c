/* Valid: the command line sets its name and version (-DNAME='"a"' -DVERSION='"1.0.0"'). */
#ifndef MARK
#define MARK NAME
#endif
#define SIMPLE_NAME NAME
#include "marked.h"
#include "simple.h"

VM_PLUGIN(NAME, VERSION, "Gives back what it gets", modules);
