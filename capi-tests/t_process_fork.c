/* The plug-in process: a child of `fork` of the host deletes its copy of the context. The command is that of the parent, and goes on. */
#include "process.h"
#include <sys/wait.h>

int main(void)
{
    VM_Context *guest;
    VM_Execution *execution;
    int status = -1;
    pid_t child;
    begin_with(true);
    guest = new_guest();
    COMMAND(guest, "sh", "-c", "sleep 0.3; echo done");
    execution = start(guest, NULL);
    child = fork();
    SURE(child != -1);
    if (child == 0) {
        VM_ContextDelete(guest);
        _exit(0);
    }
    SURE(waitpid(child, &status, 0) == child);
    CHECK_INT(status, 0);
    CHECK_OK(VM_ExecutionWait(execution, 60000, &error));
    CHECK_INT(VM_ExecutionGetState(execution), VM_EXECUTION_DONE);
    VM_ExecutionDelete(execution);
    CHECK_RESULT(guest, 0, "done\n", "");
    VM_ContextDelete(guest);
    return end();
}
