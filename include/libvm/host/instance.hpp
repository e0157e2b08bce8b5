/**
 * @file libvm/host/instance.hpp
 * Part of <libvm.hpp>: instances in a context, and their functions, memories, tables and globals. These are small values, which may be
 * copied, and which fail once their context is closed.
 */
#ifndef LIBVM_HOST_INSTANCE_HPP
#define LIBVM_HOST_INSTANCE_HPP

#include <libvm/host/execution.hpp>
#include <libvm/host/host_module.hpp>

#include <deque>

namespace vm {
inline namespace VM_CPP_STYLE {
namespace host_detail {

/** A context, as everything that refers to it shares it: `raw` is NULL when it is closed. */
struct ContextCell {
    VM_Context *raw = nullptr;
    bool owned = true;
    /* Modules of the host that are registered when the context is used next. */
    std::deque<HostModule> pending;

    /** Registers them. */
    std::optional<Error> flush()
    {
        while (!pending.empty()) {
            HostModule &module = pending.front();
            VM_Error *error = nullptr;
            if (module.failure())
                return *module.failure();
            VM_Status status = VM_ContextRegisterModule(raw, module.get(), &error);
            if (status != VM_STATUS_OK)
                return Error::of(status, error);
            pending.pop_front();
        }
        return std::nullopt;
    }
    ~ContextCell()
    {
        if (owned)
            VM_ContextDelete(raw);
    }
};
using Cell = std::shared_ptr<ContextCell>;

/** A handle of a context. */
template <class C> class InContext {
public:
    /** The handle of the C API. */
    C get() const noexcept { return raw_; }
    /** The context of the C API; NULL if it is closed. */
    VM_Context *context() const noexcept { return cell_ ? cell_->raw : nullptr; }
    /** Used by contexts. */
    InContext(Cell cell, C raw) : cell_(std::move(cell)), raw_(raw) {}

protected:
    const Cell &cell() const noexcept { return cell_; }
    template <class Function, class... Args> Returns<void> run(Function function, const Args &...args) const { return host_detail::run(function, context(), raw_, args...); }
    template <class T, class Function, class... Args> Returns<T> read(Function function, Args... args) const
    {
        return host_detail::read<T>(function, context(), raw_, args...);
    }
    /** A struct of a type, which begins with its size. */
    template <class T, class Function> Returns<T> read_type(T initial, Function function) const
    {
        VM_Error *error = nullptr;
        VM_Status status = function(context(), raw_, &initial, &error);
        return host_detail::answer<T>(status, error, [&] { return initial; });
    }

private:
    Cell cell_;
    C raw_;
};

} // namespace host_detail

/** A function of a guest whose type was compared once, to be called with numbers without their types. */
class PreparedCall : public host_detail::Handle<VM_PreparedCall> {
public:
    /** Takes ownership of a C object. */
    explicit PreparedCall(VM_PreparedCall *raw) : Handle(raw) {}
    /** Calls the function: the first values are the arguments, in whose place the results are written. */
    host_detail::Returns<void> run(VM_RawValue *values) const { return host_detail::run(VM_PreparedCallRun, get(), values); }
};

/** A vm::PreparedCall with its types: `F` is a function type of numbers and vm::V128, as in `int32_t(int32_t, double)`; the result may be a
 * std::tuple. */
template <class F> class PreparedFunction;
template <class R, class... Args> class PreparedFunction<R(Args...)> : public PreparedCall {
public:
    using PreparedCall::PreparedCall;
    /** Calls the function. */
    host_detail::Returns<R> operator()(Args... args) const
    {
        constexpr size_t results = host_detail::Raw<R>::count, most = sizeof...(Args) > results ? sizeof...(Args) : results;
        VM_RawValue values[most + 1] = { host_detail::Raw<Args>::to(args)... };
        if constexpr (std::is_void<R>::value) {
            return run(values);
        } else {
            VM_Error *error = nullptr;
            VM_Status status = VM_PreparedCallRun(get(), values, &error);
            return host_detail::answer<R>(status, error, [&] { return host_detail::Raw<R>::from(values); });
        }
    }
    /** The signature of the C API, as in "(iF)i". */
    static std::string signature() { return (std::string("(") + ... + host_detail::Raw<Args>::signature()) + ")" + host_detail::Raw<R>::signature(); }
};

/** A function of a context. */
class Func : public host_detail::InContext<VM_Func> {
public:
    using InContext::InContext;
    /** Calls it: numbers, vectors, references and vm::Value become arguments, R is void, one of them, or a std::tuple. */
    template <class R = void, class... Args> host_detail::Returns<R> call(const Args &...args) const
    {
        return host_detail::call_guest<R>([this](const VM_Value *values, size_t count, VM_Value *results, size_t wanted, VM_Error **error) {
            return VM_FuncCall(context(), get(), values, count, results, wanted, error);
        }, args...);
    }
    /** Calls it with arguments that are known at run time only. References in the results are the caller's: VM_RefRelease. */
    host_detail::Returns<std::vector<Value>> call_values(const std::vector<Value> &args) const
    {
        VM_Error *error = nullptr;
        VM_FuncType *made = nullptr;
        VM_Status status = VM_FuncTypeCreateFromFunc(context(), get(), &made, &error);
        std::vector<Value> results(status == VM_STATUS_OK ? FuncType(made).results().size() : 0);
        if (status == VM_STATUS_OK)
            status = VM_FuncCall(context(), get(), raw_of(args.data()), args.size(), raw_of(results.data()), results.size(), &error);
        return host_detail::answer<std::vector<Value>>(status, error, [&] { return std::move(results); });
    }
    /** Prepares calls without types; it must have this signature of numbers, as in "(ii)i". */
    host_detail::Returns<PreparedCall> prepare(const Text &signature) const
    {
        return host_detail::make<PreparedCall>(VM_PreparedCallCreate, context(), get(), signature);
    }
    /** The same for a function type, as in `prepare<int32_t(int32_t, int32_t)>()`. */
    template <class F> host_detail::Returns<PreparedFunction<F>> prepare() const
    {
        const std::string signature = PreparedFunction<F>::signature();
        return host_detail::make<PreparedFunction<F>>(VM_PreparedCallCreate, context(), get(), signature.c_str());
    }
    /** Starts a call. */
    template <class... Args> host_detail::Returns<Execution> start(const Args &...args) const { return start_in(nullptr, args...); }
    /** Starts a call that is in a queue while it can go on. */
    template <class... Args> host_detail::Returns<Execution> start(Queue &queue, const Args &...args) const { return start_in(queue.get(), args...); }
    /** Its type. */
    host_detail::Returns<FuncType> type() const
    {
        return host_detail::make<FuncType>(VM_FuncTypeCreateFromFunc, static_cast<const VM_Context *>(context()), get());
    }
    /** A reference to it, as long as its instance exists. */
    FuncRef ref() const { return { VM_FuncToRef(get()) }; }

private:
    static const VM_Value *raw_of(const Value *values) { return values ? &values->raw() : nullptr; }
    static VM_Value *raw_of(Value *values) { return values ? &values->raw() : nullptr; }
    template <class... Args> host_detail::Returns<Execution> start_in(VM_Queue *queue, const Args &...args) const
    {
        const VM_Value values[sizeof...(Args) + 1] = { host_detail::to_value(args)..., VM_Value{} };
        return host_detail::make<Execution>(VM_FuncStart, context(), get(), static_cast<const VM_Value *>(values), sizeof...(Args), queue);
    }
};

/** A linear memory of a context. */
class Memory : public host_detail::InContext<VM_Memory> {
public:
    using InContext::InContext;
    /** Its size in bytes. */
    host_detail::Returns<uint64_t> size() const { return read<uint64_t>(VM_MemoryGetSize); }
    /** Copies from it. */
    host_detail::Returns<void> read_into(uint64_t address, void *data, size_t size) const { return run(VM_MemoryRead, address, data, size); }
    /** Copies a string from it. */
    host_detail::Returns<std::string> read_text(uint64_t address, uint64_t size) const
    {
        return copy<std::string>(address, size, [](const uint8_t *data, size_t count) { return std::string(reinterpret_cast<const char *>(data), count); });
    }
    /** Copies bytes from it. */
    host_detail::Returns<std::vector<uint8_t>> read_bytes(uint64_t address, uint64_t size) const
    {
        return copy<std::vector<uint8_t>>(address, size, [](const uint8_t *data, size_t count) { return std::vector<uint8_t>(data, data + count); });
    }
    /** Copies into it. */
    host_detail::Returns<void> write(uint64_t address, std::string_view bytes) const { return write(address, bytes.data(), bytes.size()); }
    /** Copies into it. */
    host_detail::Returns<void> write(uint64_t address, const void *data, size_t size) const { return run(VM_MemoryWrite, address, data, size); }
    /** A part of it, valid until the memory grows or the context runs wasm. */
    host_detail::Returns<Span<uint8_t>> span(uint64_t address, uint64_t size) const
    {
        VM_Error *error = nullptr;
        VM_Buffer part = { nullptr, 0 };
        VM_Status status = VM_MemoryGetSpan(context(), get(), address, size, &part, &error);
        return host_detail::answer<Span<uint8_t>>(status, error, [&] { return Span<uint8_t>(part.data, part.size); });
    }
    /** Grows it by pages; returns the number that it had. */
    host_detail::Returns<uint64_t> grow(uint64_t pages) const { return read<uint64_t>(VM_MemoryGrow, pages); }
    /** Its type. */
    host_detail::Returns<VM_MemoryType> type() const { return read_type<VM_MemoryType>(VM_MEMORYTYPE_INIT, VM_MemoryGetType); }

private:
    template <class T, class Make> host_detail::Returns<T> copy(uint64_t address, uint64_t size, Make make) const
    {
        // The span has been checked before anything is allocated.
        VM_Error *error = nullptr;
        VM_Buffer part = { nullptr, 0 };
        VM_Status status = VM_MemoryGetSpan(context(), get(), address, size, &part, &error);
        return host_detail::answer<T>(status, error, [&] { return make(part.data, part.size); });
    }
};

/** A table of a context. */
class Table : public host_detail::InContext<VM_Table> {
public:
    using InContext::InContext;
    /** Number of its elements. */
    host_detail::Returns<uint64_t> size() const { return read<uint64_t>(VM_TableGetSize); }
    /** Reads an element. */
    host_detail::Returns<OwnedRef> get_element(uint64_t index) const
    {
        VM_Error *error = nullptr;
        VM_Value value = {};
        VM_Status status = VM_TableRead(context(), get(), index, &value, &error);
        return host_detail::answer<OwnedRef>(status, error, [&] { return OwnedRef(value.type, value.of.ref); });
    }
    /** Writes an element. */
    template <class T> host_detail::Returns<void> set_element(uint64_t index, const T &reference) const
    {
        const VM_Value value = host_detail::to_value(reference);
        return run(VM_TableWrite, index, &value);
    }
    /** Grows it, with a reference in the new elements; returns the number that it had. */
    template <class T> host_detail::Returns<uint64_t> grow(uint64_t elements, const T &reference) const
    {
        const VM_Value value = host_detail::to_value(reference);
        return read<uint64_t>(VM_TableGrow, elements, &value);
    }
    /** Its type. */
    host_detail::Returns<VM_TableType> type() const { return read_type<VM_TableType>(VM_TABLETYPE_INIT, VM_TableGetType); }
};

/** A global of a context. */
class Global : public host_detail::InContext<VM_Global> {
public:
    using InContext::InContext;
    /** Its value as T: a number, vm::V128, vm::OwnedRef or vm::Value. */
    template <class T> host_detail::Returns<T> value() const
    {
        return host_detail::call_guest<T>([this](const VM_Value *, size_t, VM_Value *results, size_t, VM_Error **error) {
            return VM_GlobalRead(context(), get(), results, error);
        });
    }
    /** Sets its value. */
    template <class T> host_detail::Returns<void> set_value(const T &value) const
    {
        const VM_Value raw = host_detail::to_value(value);
        return run(VM_GlobalWrite, &raw);
    }
    /** Its type. */
    host_detail::Returns<VM_GlobalType> type() const { return read_type<VM_GlobalType>(VM_GLOBALTYPE_INIT, VM_GlobalGetType); }
};

/** An instance of a module in a context. */
class Instance : public host_detail::InContext<VM_Instance> {
public:
    using InContext::InContext;
    /** Calls an export: as Func::call. */
    template <class R = void, class... Args> host_detail::Returns<R> call(const Text &name, const Args &...args) const
    {
        if (std::optional<Error> refused = host_detail::refusal(name))
            return host_detail::fail<R>(*refused);
        return host_detail::call_guest<R>([&](const VM_Value *values, size_t count, VM_Value *results, size_t wanted, VM_Error **error) {
            return VM_ContextExecute(context(), get(), name.c_str(), values, count, results, wanted, error);
        }, args...);
    }
    /** Starts a call of an export. */
    template <class... Args> host_detail::Returns<Execution> start(const Text &name, const Args &...args) const
    {
        return start_in(nullptr, name, args...);
    }
    /** Starts a call of an export that is in a queue while it can go on. */
    template <class... Args> host_detail::Returns<Execution> start(Queue &queue, const Text &name, const Args &...args) const
    {
        return start_in(queue.get(), name, args...);
    }
    /** An exported function. */
    host_detail::Returns<Func> function(const Text &name) const { return find<Func, VM_Func>(VM_InstanceFindFunction, name); }
    /** A function by the index of its export. */
    host_detail::Returns<Func> function_at(size_t index) const { return find<Func, VM_Func>(VM_InstanceGetFunction, index); }
    /** An exported memory. */
    host_detail::Returns<Memory> memory(const Text &name = "memory") const { return find<Memory, VM_Memory>(VM_InstanceFindMemory, name); }
    /** An exported table. */
    host_detail::Returns<Table> table(const Text &name) const { return find<Table, VM_Table>(VM_InstanceFindTable, name); }
    /** An exported global. */
    host_detail::Returns<Global> global(const Text &name) const { return find<Global, VM_Global>(VM_InstanceFindGlobal, name); }

private:
    template <class T, class C, class Function, class... Args> host_detail::Returns<T> find(Function call_of, const Args &...args) const
    {
        if (std::optional<Error> refused = host_detail::refusal(args...))
            return host_detail::fail<T>(*refused);
        VM_Error *error = nullptr;
        C found = {};
        VM_Status status = call_of(context(), get(), host_detail::pass(args)..., &found, &error);
        return host_detail::answer<T>(status, error, [&] { return T(cell(), found); });
    }
    template <class... Args> host_detail::Returns<Execution> start_in(VM_Queue *queue, const Text &name, const Args &...args) const
    {
        const VM_Value values[sizeof...(Args) + 1] = { host_detail::to_value(args)..., VM_Value{} };
        return host_detail::make<Execution>(VM_ContextStart, context(), get(), name, static_cast<const VM_Value *>(values), sizeof...(Args), queue);
    }
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
