/* A fault on purpose, for `cargo xtask sanitize`: libvm's own code reads an error that was deleted, which must be reported. */
#include <libvm.h>
#include <stdio.h>

int main(void)
{
    VM_Error *error = NULL;
    VM_Engine *engine = NULL;
    if (VM_EngineCreate(NULL, NULL, &error) == VM_STATUS_OK || !error)
        return 1;
    VM_ErrorDelete(error);
    printf("status %d after the error was deleted\n", (int)VM_ErrorGetStatus(error));
    VM_EngineDelete(engine);
    return 0;
}
