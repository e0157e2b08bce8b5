#include "guide.h"
#include <pthread.h>
#include "threads.c"

int main(void)
{
    pthread_t threads[4];
    int numbers[] = { 0, 1, 2, 3 };

    begin();
    load("guest.wasm");
    for (int i = 0; i < 4; i++)
        CHECK(!pthread_create(&threads[i], NULL, serve, &numbers[i]));
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK(numbers[i] == 2 * i);
    }
    end();
}
