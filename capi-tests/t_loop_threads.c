/* An event loop and threads: posts, timers and their ends on other threads; a loop in its own callbacks; deletion. */
#include "test.h"
#include <pthread.h>

static VM_Loop *loop;
static atomic_int freed, calls;
static uint64_t ids[1];

static VM_Loop *new_loop(void)
{
    VM_Loop *made = NULL;
    NEED(VM_LoopCreate(&made, &error));
    return made;
}

static void VM_CALL count_timer(void *user, uint64_t id)
{
    (void)user;
    (void)id;
    calls++;
}

static void VM_CALL count_post(void *user)
{
    (void)user;
    calls++;
}

static void VM_CALL reenter(void *user)
{
    (void)user;
    calls++;
    CHECK_STATUS(VM_LoopRunOnce(loop, 0, &error), VM_STATUS_REENTRANT, "a callback of the event loop cannot run the loop");
    forget_error();
}

static void *post_from_thread(void *unused)
{
    for (int i = 0; i < 100; i++)
        NEED(VM_LoopPost(loop, count_post, NULL, NULL, &error));
    CHECK_OK(VM_LoopStartTimer(loop, 1, 0, count_timer, &freed, count_free, NULL, &error)); /* the loop waits without a bound */
    forget_error();
    return unused;
}

static atomic_bool inside, leave;

static void VM_CALL stay(void *user, uint64_t id)
{
    (void)user;
    (void)id;
    inside = true;
    while (!leave)
        continue;
}

static void *cancel_from_thread(void *unused)
{
    while (!inside)
        continue;
    CHECK_STATUS(VM_LoopRunOnce(loop, 0, &error), VM_STATUS_BUSY, "another thread is running the event loop");
    CHECK_INT(freed, 0);
    leave = true;
    CHECK_OK(VM_LoopCancelTimer(loop, ids[0], &error)); /* when it returns, the callback has returned and everything is freed */
    CHECK_INT(freed, 1);
    NEED(VM_LoopPost(loop, count_post, NULL, NULL, &error));
    forget_error();
    return unused;
}

static void threads(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, post_from_thread, NULL);
    while (calls < 101)
        NEED(VM_LoopRunOnce(loop, UINT64_MAX, &error));
    pthread_join(thread, NULL);
    CHECK_INT(freed, 1);
    freed = 0;
    calls = 0;
    NEED(VM_LoopStartTimer(loop, 0, 1, stay, &freed, count_free, &ids[0], &error));
    pthread_create(&thread, NULL, cancel_from_thread, NULL);
    while (calls < 1)
        NEED(VM_LoopRunOnce(loop, UINT64_MAX, &error));
    pthread_join(thread, NULL);
    calls = freed = 0;
}

static void VM_CALL delete_loop(void *user, uint64_t id)
{
    (void)id;
    calls++;
    VM_LoopDelete(loop);
    CHECK_INT(*(atomic_int *)user, 2); /* the post's, and the other timer's; this one is running */
}

static void deletion(void)
{
    NEED(VM_LoopPost(loop, reenter, NULL, NULL, &error));
    CHECK_OK(VM_LoopRunOnce(loop, 0, &error));
    CHECK_INT(calls, 1);
    calls = 0;
    NEED(VM_LoopStartTimer(loop, 0, 5, delete_loop, &freed, count_free, NULL, &error));
    NEED(VM_LoopStartTimer(loop, 0, 0, count_timer, &freed, count_free, NULL, &error));
    NEED(VM_LoopPost(loop, reenter, &freed, count_free, &error));
    CHECK_OK(VM_LoopRunOnce(loop, 0, &error));
    CHECK_INT(calls, 2);
    CHECK_INT(freed, 3);
    loop = new_loop();
    NEED(VM_LoopStartTimer(loop, 5, 5, count_timer, &freed, count_free, NULL, &error));
    NEED(VM_LoopPost(loop, reenter, &freed, count_free, &error));
    VM_LoopDelete(loop);
    CHECK_INT(freed, 5);
}

int main(void)
{
    loop = new_loop();
    threads();
    deletion();
    return finish();
}
