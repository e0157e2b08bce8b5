/* What the module `libvm._native` has besides the functions of <libvm.h>. cffi reads it as it is, without a preprocessor. */

/* Guards an object of libvm: it is freed when it was closed and no thread uses it any more. */
typedef struct vmpy_Handle vmpy_Handle;

/* What a handle owns. */
enum {
    VMPY_ENGINE_CONFIG, VMPY_ENGINE, VMPY_MODULE, VMPY_HOST_MODULE, VMPY_CONTEXT_CONFIG, VMPY_CONTEXT, VMPY_POOL, VMPY_EXECUTION,
    VMPY_QUEUE, VMPY_STREAM, VMPY_REGISTRY, VMPY_PLUGIN, VMPY_CONFIG, VMPY_WASI, VMPY_LOOP, VMPY_PACKAGES, VMPY_EVENT, VMPY_BORROWED_CONTEXT
};

/* The result of entering a handle. */
enum { VMPY_ENTERED, VMPY_CLOSED, VMPY_VIEWED, VMPY_BUSY };

void vmpy_handle_open(vmpy_Handle *handle, int kind, void *object);
void vmpy_handle_set_pool(vmpy_Handle *handle, vmpy_Handle *pool);
bool vmpy_handle_close(vmpy_Handle *handle);
bool vmpy_handle_is_closed(vmpy_Handle *handle);
int vmpy_enter(vmpy_Handle *handle);
void vmpy_leave(vmpy_Handle *handle);
int vmpy_enter_run(vmpy_Handle *handle);
void vmpy_leave_run(vmpy_Handle *handle);
int vmpy_enter_view(vmpy_Handle *handle);
void vmpy_leave_view(vmpy_Handle *handle);
VM_Caller *vmpy_caller(vmpy_Handle *handle);
vmpy_Handle *vmpy_home(VM_Caller *caller);

/* A function of a guest as the call paths need it. */
typedef struct vmpy_Site {
    vmpy_Handle *home;
    VM_Func func;
    uint8_t params[64];
    uint8_t count; /* of the parameters */
    uint8_t result;
    bool interruptible;
} vmpy_Site;

/* Calls with any number of integers and floats: 8 bytes for each, an int64_t or a double. */
int64_t vmpy_call_packed(vmpy_Site *site, const char *args);
double vmpy_number_packed(vmpy_Site *site, const char *args);

/* Why a call path returned no result, or a result that its encoding has no room for. */
enum { VMPY_FAILED, VMPY_RANGE, VMPY_INTERRUPTIBLE, VMPY_REFUSED, VMPY_INTEGER, VMPY_FLOAT };
typedef struct vmpy_Failure {
    int kind;
    int index;
    VM_Status status;
    VM_Error *error;
    int64_t integer;
    double number;
    VM_Execution *execution;
} vmpy_Failure;

vmpy_Failure *vmpy_failure_of_integer(int64_t code);
vmpy_Failure *vmpy_failure_of_number(double code);
void vmpy_failure_delete(vmpy_Failure *failure);

/* Called by Python when the function that a callback runs has raised. */
void vmpy_fail(VM_Status status, const char *text);

VM_Caller *vmpy_current_caller(void);

VM_Callback vmpy_callback(const char *params, char result);

/* Goes on with a suspended host function: the `resume` of its suspension. */
VM_Status vmpy_go_on(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results);

/* The text format. */
int32_t vmpy_wat_convert(const uint8_t *text, size_t size, uint8_t **output, size_t *output_size);
void vmpy_wat_free(uint8_t *output, size_t size);

void vmpy_set_main_thread(void);

/* The version of the header that this module was compiled with. */
uint32_t vmpy_header_version(void);
