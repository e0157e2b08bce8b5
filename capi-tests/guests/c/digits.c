/* The second file, with a parameter of its own. */
#include <libvm/guest.h>

VM_PARAM("regex.regex", 3, "(?P<sign>[-+])?[0-9]+");

__attribute__((import_module("regex"), import_name("is_match"))) int is_match(unsigned id, const char *text, unsigned size);

int digits(const char *text, unsigned size) { return is_match(3, text, size); }
