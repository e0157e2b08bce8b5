/* The version of the library and of its header. */
#include "test.h"

int main(void)
{
    char text[40];
    snprintf(text, sizeof text, "%d.%d.%d", VM_VERSION_MAJOR, VM_VERSION_MINOR, VM_VERSION_PATCH);
    CHECK_TEXT(VM_VERSION_STRING, text);
    CHECK_TEXT(VM_VersionGetString(), text);
    CHECK_INT(VM_VersionGetNumber(), VM_VERSION_NUMBER);
    CHECK_INT(VM_VERSION_NUMBER, VM_VERSION_MAJOR * 1000000 + VM_VERSION_MINOR * 1000 + VM_VERSION_PATCH);
    return finish();
}
