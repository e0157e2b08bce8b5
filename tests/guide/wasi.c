#include "guide.h"
#include <pthread.h>
#include <unistd.h>

static VM_Wasi *wasi;
static bool there;

static VM_Status read_input(void *user, uint8_t *data, size_t size, size_t *count)
{
    *count = there;
    if (there)
        *data = 7;
    return there ? VM_STATUS_OK : VM_STATUS_PENDING;
}

static void *notify(void *given)
{
    usleep(5000);
    __atomic_store_n(&there, true, __ATOMIC_SEQ_CST);
    VM_WasiNotify(wasi, VM_WASI_STDIN, NULL);
    return NULL;
}

int main(void)
{
    void *connection = NULL;
    pthread_t thread;
    int32_t code;

    begin();
    VM_WasiCreate(&wasi, &error);
#include "waiting.c"
    VM_ContextRegisterWasi(context, wasi, &error);
    CHECK(!pthread_create(&thread, NULL, notify, NULL));
    VM_ContextRunWasiFromFile(context, "guest.wasm", &code, &error);
    WELL();
    CHECK(code == 7);
    pthread_join(thread, NULL);
    VM_WasiDelete(wasi);
    end();
}
