/* Valid: the command line sets the versions of another plug-in that it requires, and its own. */
#ifndef NEEDS_VERSION
#define NEEDS_VERSION 1
#endif
#define TEXT_OF(number) #number ".0.0"
#define VERSION_TEXT(number) TEXT_OF(number)
#define SIMPLE_NAME "needs"
#include "simple.h"

VM_PLUGIN("needs", VERSION_TEXT(NEEDS_VERSION), "Needs another one", modules);
