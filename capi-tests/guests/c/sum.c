/* A guest that names its plug-ins; together with sum_too.c, which names one of them again and another one. */
#include <libvm/guest.h>

VM_REQUIRE_PLUGIN("calc", ">=1 <2", "plugins/calc");

__attribute__((import_module("calc"), import_name("add"))) int add(int a, int b);
int times(int a, int b);

__attribute__((export_name("sum"))) int sum(int a, int b) { return add(a, b) + times(a, 0); }
