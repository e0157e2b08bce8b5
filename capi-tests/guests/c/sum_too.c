/* The second file, with plug-ins of its own. */
#include <libvm/guest.h>

VM_REQUIRE_PLUGIN("calc", ">=1 <2", "plugins/calc");
VM_REQUIRE_PLUGIN("template", "", "");

int times(int a, int b);
int times(int a, int b) { return a * b; }
