/* A guest in C, the first of two files: searches what the host writes into its buffer. */
#include <libvm/guest.h>

#define PATTERN_MAIL 1

VM_PARAM("regex", PATTERN_MAIL, "^[a-z]+@[a-z]+\\.(com|org)$");
VM_PARAM("regex", 4000000000, "\"(\\w+)\"" " % [;]#\t\xe2\x82\xac$1");

__attribute__((import_module("regex"), import_name("is_match"))) int is_match(unsigned id, const char *text, unsigned size);
__attribute__((import_module("regex"), import_name("find"))) int find(unsigned id, const char *text, unsigned size, unsigned start,
                                                                      unsigned *groups, unsigned groups_size);
int digits(const char *text, unsigned size);

char buffer[256];
unsigned groups[16];

__attribute__((export_name("buffer_address"))) char *buffer_address(void) { return buffer; }
__attribute__((export_name("matches"))) int matches(unsigned id, unsigned size) { return is_match(id, buffer, size); }
__attribute__((export_name("is_address"))) int is_address(unsigned size) { return is_match(PATTERN_MAIL, buffer, size); }
__attribute__((export_name("has_digits"))) int has_digits(unsigned size) { return digits(buffer, size); }

/* Group `group` of the first match, as begin * 1000 + end; -1 if there is none, -2 if it did not take part. */
__attribute__((export_name("group"))) int group(unsigned id, unsigned size, unsigned start, unsigned group, unsigned room)
{
    int count = find(id, buffer, size, start, groups, room);
    if (count <= (int)group)
        return -1;
    return groups[2 * group] == 0xffffffff ? -2 : (int)(groups[2 * group] * 1000 + groups[2 * group + 1]);
}
