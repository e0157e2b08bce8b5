/**
 * @file libvm/host/value.hpp
 * Part of <libvm.hpp>: values of wasm, and how types of C++ become values and back.
 */
#ifndef LIBVM_HOST_VALUE_HPP
#define LIBVM_HOST_VALUE_HPP

#include <libvm/host/handle.hpp>

#include <array>
#include <tuple>

namespace vm {
inline namespace VM_CPP_STYLE {

/** A vector of 128 bits, little-endian as in linear memory. */
struct V128 {
    std::array<uint8_t, 16> bytes; /**< Its bytes. */
};
/** A reference to an object of the host, borrowed: valid while a callback runs, or as long as the vm::OwnedRef that it is of. */
struct ExternRef {
    VM_Ref raw = {}; /**< The C value. */
};
/** A reference to a function, borrowed as a vm::ExternRef. */
struct FuncRef {
    VM_Ref raw = {}; /**< The C value. */
};

namespace host_detail {

/** How a type becomes a value: every integer that fits in 32 bits is an i32, every other an i64. */
template <class T, class = void> struct Convert {
    static constexpr bool exists = false;
};

template <class T> struct Convert<T, std::enable_if_t<std::is_integral<T>::value && (sizeof(T) <= 4)>> {
    static constexpr bool exists = true;
    static constexpr VM_ValType type = VM_VALTYPE_I32;
    static constexpr const char *letter() { return "i"; }
    static VM_Value to(T value) { return VM_ValueI32(static_cast<int32_t>(value)); }
    static T from(const VM_Value &value)
    {
        if constexpr (std::is_same<T, bool>::value)
            return value.of.i32 != 0;
        else
            return static_cast<T>(value.of.i32);
    }
};
template <class T> struct Convert<T, std::enable_if_t<std::is_integral<T>::value && sizeof(T) == 8>> {
    static constexpr bool exists = true;
    static constexpr VM_ValType type = VM_VALTYPE_I64;
    static constexpr const char *letter() { return "I"; }
    static VM_Value to(T value) { return VM_ValueI64(static_cast<int64_t>(value)); }
    static T from(const VM_Value &value) { return static_cast<T>(value.of.i64); }
};

#define VM_CPP_CONVERT(cpp_type, value_type, character, make, read)   \
    template <> struct Convert<cpp_type> {                            \
        static constexpr bool exists = true;                          \
        static constexpr VM_ValType type = value_type;                \
        static constexpr const char *letter() { return character; }   \
        static VM_Value to(const cpp_type &value) { return make; }    \
        static cpp_type from(const VM_Value &value) { return read; }  \
    };
VM_CPP_CONVERT(float, VM_VALTYPE_F32, "f", VM_ValueF32(value), value.of.f32)
VM_CPP_CONVERT(double, VM_VALTYPE_F64, "F", VM_ValueF64(value), value.of.f64)
VM_CPP_CONVERT(ExternRef, VM_VALTYPE_EXTERNREF, "r", VM_ValueExternRef(value.raw), ExternRef{ value.of.ref })
VM_CPP_CONVERT(FuncRef, VM_VALTYPE_FUNCREF, "c", VM_ValueFuncRef(value.raw), FuncRef{ value.of.ref })
#undef VM_CPP_CONVERT
template <> struct Convert<V128> {
    static constexpr bool exists = true;
    static constexpr VM_ValType type = VM_VALTYPE_V128;
    static constexpr const char *letter() { return "v"; }
    static VM_Value to(const V128 &value) { return VM_ValueV128(value.bytes.data()); }
    static V128 from(const VM_Value &value)
    {
        V128 vector;
        std::memcpy(vector.bytes.data(), value.of.v128, 16);
        return vector;
    }
};

/** Whether a type is that of a number: nothing, a number, vm::V128, or a std::tuple of them. */
template <class T, class = void> struct IsNumber : std::false_type {};
template <class T> struct IsNumber<T, std::enable_if_t<Convert<T>::exists>>
    : std::integral_constant<bool, Convert<T>::type != VM_VALTYPE_EXTERNREF && Convert<T>::type != VM_VALTYPE_FUNCREF> {};
template <> struct IsNumber<void> : std::true_type {};
template <class... T> struct IsNumber<std::tuple<T...>> : std::integral_constant<bool, (IsNumber<T>::value && ...)> {};

/** How a number becomes a value without its type. */
template <class T> struct Raw {
    static_assert(IsNumber<T>::value, "a value without its type is a number or vm::V128; references are passed with their types: vm::Func::call");
    static constexpr size_t count = 1;
    static std::string signature() { return Convert<T>::letter(); }
    static VM_RawValue to(const T &value)
    {
        VM_RawValue raw = {};
        const VM_Value typed = Convert<T>::to(value);
        std::memcpy(&raw, &typed.of, sizeof raw);
        return raw;
    }
    static void put(VM_RawValue *values, const T &value) { *values = to(value); }
    static T from(const VM_RawValue *values)
    {
        VM_Value typed = {};
        typed.type = Convert<T>::type;
        std::memcpy(&typed.of, values, sizeof *values);
        return Convert<T>::from(typed);
    }
};
static_assert(sizeof(VM_RawValue) == sizeof(VM_Value::of), "both are the numbers");
template <> struct Raw<void> {
    static constexpr size_t count = 0;
    static std::string signature() { return ""; }
};
template <class... R> struct Raw<std::tuple<R...>> {
    static constexpr size_t count = sizeof...(R);
    static std::string signature() { return (std::string() + ... + Raw<R>::signature()); }
    template <size_t... I> static std::tuple<R...> all(const VM_RawValue *values, std::index_sequence<I...>) { return { Raw<R>::from(values + I)... }; }
    static void put(VM_RawValue *values, const std::tuple<R...> &results)
    {
        std::apply([values](const R &...each) mutable { ((*values++ = Raw<R>::to(each)), ...); }, results);
    }
    static std::tuple<R...> from(const VM_RawValue *values) { return all(values, std::index_sequence_for<R...>()); }
};

inline const char *type_name(VM_ValType type)
{
    static const char *const names[] = { "none", "i32", "i64", "f32", "f64", "v128", "funcref", "externref", "buffer" };
    return type < sizeof names / sizeof names[0] ? names[type] : "unknown";
}

} // namespace host_detail

/** A reference that calls of guests return and contexts make: it is released with this object, on any thread. */
class OwnedRef {
public:
    /** The null reference. */
    OwnedRef() = default;
    /** Takes ownership of a reference: VM_VALTYPE_EXTERNREF or VM_VALTYPE_FUNCREF. */
    OwnedRef(VM_ValType type, VM_Ref raw) : type_(type), raw_(raw) {}
    /** Leaves the other one null. */
    OwnedRef(OwnedRef &&other) noexcept : type_(other.type_), raw_(std::exchange(other.raw_, VM_Ref{})) {}
    /** Releases the own reference, and leaves the other one null. */
    OwnedRef &operator=(OwnedRef &&other) noexcept
    {
        if (this != &other) {
            VM_RefRelease(raw_);
            type_ = other.type_;
            raw_ = std::exchange(other.raw_, VM_Ref{});
        }
        return *this;
    }
    ~OwnedRef() { VM_RefRelease(raw_); }
    /** Returns whether it is not null. */
    explicit operator bool() const noexcept { return raw_.context != 0; }
    /** Its type. */
    VM_ValType type() const noexcept { return type_; }
    /** The C value. */
    VM_Ref get() const noexcept { return raw_; }
    /** The reference to an object. */
    ExternRef extern_ref() const { return { raw_ }; }
    /** The reference to a function. */
    FuncRef func_ref() const { return { raw_ }; }

private:
    VM_ValType type_ = VM_VALTYPE_EXTERNREF;
    VM_Ref raw_ = {};
};

/** A value of wasm whose type is not known when the program is compiled. */
class Value {
public:
    /** No value. */
    Value() : raw_{} {}
    /** A value of the C API. */
    Value(const VM_Value &raw) : raw_(raw) {}
    /** A number, a vector or a reference. */
    template <class T, class = std::enable_if_t<host_detail::Convert<T>::exists>> Value(T value) : raw_(host_detail::Convert<T>::to(value)) {}
    /** Its type. */
    VM_ValType type() const noexcept { return raw_.type; }
    /** The value as T, if it has the type of wasm that T becomes. */
    template <class T> std::optional<T> as() const
    {
        static_assert(host_detail::Convert<T>::exists, "a number, vm::V128, vm::ExternRef or vm::FuncRef");
        return raw_.type == host_detail::Convert<T>::type ? std::optional<T>(host_detail::Convert<T>::from(raw_)) : std::nullopt;
    }
    /** The C value. */
    const VM_Value &raw() const noexcept { return raw_; }
    /** The C value. */
    VM_Value &raw() noexcept { return raw_; }

private:
    VM_Value raw_;
};
static_assert(sizeof(Value) == sizeof(VM_Value), "arrays of values are passed to the C API");

namespace host_detail {

template <class T> VM_Value to_value(const T &value)
{
    if constexpr (std::is_same<T, Value>::value)
        return value.raw();
    else if constexpr (std::is_same<T, VM_Value>::value)
        return value;
    else if constexpr (std::is_same<T, OwnedRef>::value)
        return value.type() == VM_VALTYPE_FUNCREF ? VM_ValueFuncRef(value.get()) : VM_ValueExternRef(value.get());
    else {
        static_assert(Convert<T>::exists, "an argument is a number, vm::V128, vm::ExternRef, vm::FuncRef or vm::Value; strings and bytes take a vm::Allocator");
        return Convert<T>::to(value);
    }
}

inline bool is_reference(const VM_Value &value) { return value.type == VM_VALTYPE_EXTERNREF || value.type == VM_VALTYPE_FUNCREF; }

/** What a call returns: nothing, a value, or a std::tuple of them. */
template <class R> struct Results {
    static constexpr size_t count = 1;
    static bool fits(const VM_Value *values)
    {
        if constexpr (std::is_same<R, Value>::value)
            return true;
        else if constexpr (std::is_same<R, OwnedRef>::value)
            return is_reference(*values);
        else
            return values->type == Convert<R>::type;
    }
    static R from(const VM_Value *values)
    {
        if constexpr (std::is_same<R, Value>::value) {
            return Value(*values);
        } else if constexpr (std::is_same<R, OwnedRef>::value) {
            return OwnedRef(values->type, values->of.ref);
        } else {
            static_assert(Convert<R>::exists, "a result is void, a number, vm::V128, vm::Value, a reference, or a std::tuple of them");
            return Convert<R>::from(*values);
        }
    }
    static std::string wanted()
    {
        if constexpr (std::is_same<R, Value>::value)
            return "any";
        else if constexpr (std::is_same<R, OwnedRef>::value)
            return "a reference";
        else
            return type_name(Convert<R>::type);
    }
};
template <> struct Results<void> {
    static constexpr size_t count = 0;
    static bool fits(const VM_Value *) { return true; }
    static std::string wanted() { return "nothing"; }
};
template <class... R> struct Results<std::tuple<R...>> {
    static constexpr size_t count = sizeof...(R);
    template <size_t... I> static bool fit(const VM_Value *values, std::index_sequence<I...>) { return (Results<R>::fits(values + I) && ...); }
    static bool fits(const VM_Value *values) { return fit(values, std::index_sequence_for<R...>()); }
    template <size_t... I> static std::tuple<R...> all(const VM_Value *values, std::index_sequence<I...>) { return { Results<R>::from(values + I)... }; }
    static std::tuple<R...> from(const VM_Value *values) { return all(values, std::index_sequence_for<R...>()); }
    static std::string wanted()
    {
        std::string all;
        ((all += (all.empty() ? "" : " ") + Results<R>::wanted()), ...);
        return all;
    }
};

/** Whether results contain a type. */
template <class T, class R> struct Contains : std::is_same<T, R> {};
template <class T, class... R> struct Contains<T, std::tuple<R...>> {
    static constexpr bool value = (std::is_same<T, R>::value || ...);
};

/** The error of results of other types than the program asks for, whose references are released if they are owned. */
template <class R> Error wrong_results(const VM_Value *values, bool owned)
{
    std::string found;
    for (size_t i = 0; i < Results<R>::count; i++) {
        found += (i ? " " : "") + std::string(type_name(values[i].type));
        if (owned && is_reference(values[i]))
            VM_RefRelease(values[i].of.ref);
    }
    return Error(VM_STATUS_WRONG_TYPE, "the function returns " + found + "; the program asks for " + Results<R>::wanted());
}

/** Calls a guest: `call` passes arguments and results to the C API. */
template <class R, class Call, class... Args> Returns<R> call_guest(Call call, const Args &...args)
{
    static_assert(!Contains<ExternRef, R>::value && !Contains<FuncRef, R>::value, "references in results of guests are owned: vm::OwnedRef");
    const VM_Value values[sizeof...(Args) + 1] = { to_value(args)..., VM_Value{} };
    VM_Value results[Results<R>::count + 1];
    VM_Error *error = nullptr;
    VM_Status status = call(values, sizeof...(Args), results, Results<R>::count, &error);
    if (status != VM_STATUS_OK)
        return fail<R>(Error::of(status, error));
    if (!Results<R>::fits(results))
        return fail<R>(wrong_results<R>(results, true));
    if constexpr (std::is_void<R>::value)
        return Returns<void>();
    else
        return Results<R>::from(results);
}

inline const uint8_t *bytes_of(std::string_view text) { return reinterpret_cast<const uint8_t *>(text.data()); }
inline std::string_view view_of(VM_Bytes bytes) { return { reinterpret_cast<const char *>(bytes.data), bytes.size }; }
inline std::string_view view_of(const char *text) { return text ? std::string_view(text) : std::string_view(); }

/** A function object of the program that the C API keeps and frees. */
template <class F> struct Boxed {
    F function;
    static Boxed *make(F given) { return new Boxed{ std::move(given) }; }
    static User user(F given) { return User(make(std::move(given)), free); }
    static void VM_CALL free(void *user) { delete static_cast<Boxed *>(user); }
    static F &of(void *user) { return static_cast<Boxed *>(user)->function; }
};

/** Runs a callback that cannot fail: what it throws is dropped. */
template <class F> void quietly(F run) noexcept
{
#if VM_CPP_HAS_EXCEPTIONS
    try {
        run();
    } catch (...) {
    }
#else
    run();
#endif
}

/** Runs a callback whose failures have a status and a text: `report` gets them, and returns the status. */
template <class F, class Report> VM_Status guarded(F run, Report report) noexcept
{
#if VM_CPP_HAS_EXCEPTIONS
    try {
        return run();
    } catch (const Error &error) {
        return error.is_known() ? error.status() : report(error.status(), error.what());
    } catch (const Failure &failure) {
        return report(failure.status(), failure.what());
    } catch (const std::exception &exception) {
        return report(VM_STATUS_TRAP, exception.what());
    } catch (...) {
        return report(VM_STATUS_TRAP, "the host has thrown an exception that is not a std::exception");
    }
#else
    (void)report;
    return run();
#endif
}

/** A boxed object with its type, for pointers that the C API keeps. */
template <class T> struct Tagged {
    const void *tag;
    T value;
    static const void *own_tag()
    {
        static const char tag = 0;
        return &tag;
    }
    static void *make(T value) { return new Tagged{ own_tag(), std::move(value) }; }
    static void VM_CALL free(void *data) { delete static_cast<Tagged *>(data); }
    static T *of(void *data)
    {
        auto *tagged = static_cast<Tagged *>(data);
        return tagged && tagged->tag == own_tag() ? &tagged->value : nullptr;
    }
};

} // namespace host_detail

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
