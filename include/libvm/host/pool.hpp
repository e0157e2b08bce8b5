/**
 * @file libvm/host/pool.hpp
 * Part of <libvm.hpp>: pools of contexts.
 */
#ifndef LIBVM_HOST_POOL_HPP
#define LIBVM_HOST_POOL_HPP

#include <libvm/host/context.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {

/** A pool of contexts, which are prepared once and used many times, on any thread. */
class ContextPool : public host_detail::Handle<VM_ContextPool> {
public:
    /** Takes ownership of a C object. */
    explicit ContextPool(VM_ContextPool *raw) : Handle(raw) {}
    /**
     * Creates a pool of at most `limit` contexts (0 for any number). `prepare(vm::Context &)` is called once with each new one, on any thread and
     * on several at once; it returns nothing or a vm::Result of that, and what it throws is what take() fails with.
     */
    template <class F> static host_detail::Returns<ContextPool> create(const Engine &engine, const ContextConfig &config, size_t limit, F prepare)
    {
        if (config.failure())
            return host_detail::fail<ContextPool>(*config.failure());
        using Box = host_detail::Boxed<F>;
        VM_Error *error = nullptr;
        VM_ContextPool *made = nullptr;
        VM_Status status = VM_ContextPoolCreate(engine.get(), config.get(), limit, &made, call_prepare<F>, Box::make(std::move(prepare)), Box::free, &error);
        return host_detail::answer<ContextPool>(status, error, [&] { return ContextPool(made); });
    }
    /** Takes a context. Return it, or close it, which makes room for another one. */
    host_detail::Returns<Context> take() { return host_detail::make<Context>(VM_ContextPoolTake, get()); }
    /** Returns a context, which is reset. */
    host_detail::Returns<void> give_back(Context &&context)
    {
        VM_Error *error = nullptr;
        VM_Status status = VM_ContextPoolReturn(get(), context.get(), &error);
        if (status == VM_STATUS_OK)
            context.release();
        return host_detail::answer(status, error);
    }
    /** Creates contexts in advance, until the pool has so many, taken ones included. */
    host_detail::Returns<void> fill(size_t count) { return host_detail::run(VM_ContextPoolFill, get(), count); }
    /** Number of contexts that are not taken. */
    size_t idle_count() const { return VM_ContextPoolGetIdleCount(get()); }
    /** Number of contexts that are taken. */
    size_t taken_count() const { return VM_ContextPoolGetTakenCount(get()); }

private:
    template <class F> static VM_Status VM_CALL call_prepare(void *user, VM_Context *raw, VM_Error **out)
    {
        auto failed = [out](Error error) {
            if (out && error.get())
                *out = error.release();
            return error.status();
        };
        auto run = [&]() -> VM_Status {
            Context context(raw, false);
            using Given = std::invoke_result_t<F &, Context &>;
            if constexpr (std::is_void<Given>::value) {
                host_detail::Boxed<F>::of(user)(context);
            } else {
                Given result = host_detail::Boxed<F>::of(user)(context);
                if (!result.ok())
                    return failed(result.error());
            }
            std::optional<Error> error = context.flush_error();
            return error ? failed(*error) : VM_STATUS_OK;
        };
#if VM_CPP_HAS_EXCEPTIONS
        try {
            return run();
        } catch (const Error &error) {
            return failed(error);
        } catch (const Failure &failure) {
            return failure.status();
        } catch (...) {
            return VM_STATUS_BAD_ANSWER;
        }
#else
        return run();
#endif
    }
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
