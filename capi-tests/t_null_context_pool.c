/* NULL for pools of contexts. */
#include "null.h"

int main(void)
{
    VM_Engine *engine = new_engine();
    VM_ContextPool *pool = NULL;
    VM_Context *context = NULL;
    atomic_int freed = 0;
    IS_NULL(VM_ContextPoolCreate(NULL, NULL, 0, &pool, NULL, &freed, count_free, &error), "engine");
    IS_NULL(VM_ContextPoolCreate(engine, NULL, 0, NULL, NULL, &freed, count_free, &error), "pool");
    CHECK_INT(freed, 2);
    CHECK(pool == NULL);
    CHECK_OK(VM_ContextPoolCreate(engine, NULL, 0, &pool, NULL, NULL, NULL, NULL));
    IS_NULL(VM_ContextPoolTake(NULL, &context, &error), "pool");
    IS_NULL(VM_ContextPoolTake(pool, NULL, &error), "context");
    CHECK_OK(VM_ContextPoolTake(pool, &context, NULL));
    IS_NULL(VM_ContextPoolReturn(NULL, context, &error), "pool");
    IS_NULL(VM_ContextPoolReturn(pool, NULL, &error), "context");
    CHECK_OK(VM_ContextPoolReturn(pool, context, NULL));
    IS_NULL(VM_ContextPoolFill(NULL, 1, &error), "pool");
    CHECK_OK(VM_ContextPoolFill(pool, 2, NULL));
    CHECK_INT(VM_ContextPoolGetIdleCount(pool), 2);
    CHECK_INT(VM_ContextPoolGetIdleCount(NULL), 0);
    CHECK_INT(VM_ContextPoolGetTakenCount(NULL), 0);
    VM_ContextPoolDelete(NULL);
    VM_ContextPoolDelete(pool);
    VM_EngineDelete(engine);
    return finish();
}
