#include <libvm/plugin.h>
#include "hooks.c"
