/**
 * @file libvm/host/allocator.hpp
 * Part of <libvm.hpp>: calls of guests with strings and bytes, through an allocator that the guest exports.
 */
#ifndef LIBVM_HOST_ALLOCATOR_HPP
#define LIBVM_HOST_ALLOCATOR_HPP

#include <libvm/host/instance.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {

/**
 * The memory of a guest, its `alloc(size) -> address`, and its `free(address)` or `free(address, size)`. Addresses and sizes are i32, or
 * i64 in a 64-bit memory. It is a small value, which may be copied.
 *
 *     auto guest = vm::Allocator::create(instance, "alloc", "free");
 *     std::string answer = guest.call<std::string>("greet", "Ada");
 */
class Allocator {
public:
    /** Finds the functions and the memory. */
    static host_detail::Returns<Allocator> create(const Instance &instance, const Text &alloc, const Text &free, const Text &memory = "memory")
    {
        if (std::optional<Error> refused = host_detail::refusal(alloc, free, memory))
            return host_detail::fail<Allocator>(*refused);
        VM_Context *context = instance.context();
        VM_Error *error = nullptr;
        Allocator made(instance, alloc, free);
        VM_FuncType *type = nullptr;
        VM_MemoryType memory_type = VM_MEMORYTYPE_INIT;
        VM_Status status = VM_InstanceFindFunction(context, instance.get(), alloc.c_str(), &made.alloc_, &error);
        if (status == VM_STATUS_OK)
            status = VM_InstanceFindFunction(context, instance.get(), free.c_str(), &made.free_, &error);
        if (status == VM_STATUS_OK)
            status = VM_InstanceFindMemory(context, instance.get(), memory.c_str(), &made.memory_, &error);
        if (status == VM_STATUS_OK)
            status = VM_MemoryGetType(context, made.memory_, &memory_type, &error);
        if (status == VM_STATUS_OK)
            status = VM_FuncTypeCreateFromFunc(context, made.free_, &type, &error);
        made.is_64_ = memory_type.is_64;
        made.free_takes_size_ = FuncType(type).params().size() == 2;
        return host_detail::answer<Allocator>(status, error, [&] { return std::move(made); });
    }
    /**
     * Calls an export. A string, or a std::vector or vm::Span of bytes, becomes two arguments, address and size, in a block that is freed after
     * the call, also after one that failed. R may be std::string or std::vector<uint8_t>: the function then returns address and size, as two results or
     * as an i64 with the address in its upper half; the bytes are copied, and freed in the guest.
     */
    template <class R = void, class... Args> host_detail::Returns<R> call(const Text &name, const Args &...args) const
    {
        std::vector<VM_Value> values;
        std::vector<Block> blocks;
        std::optional<Error> failure = host_detail::refusal(name);
        (pass(values, blocks, failure, args), ...);
        VM_Error *error = nullptr;
        VM_Status status = failure ? failure->status() : VM_STATUS_OK;
        constexpr bool bytes = returns_bytes<R>;
        VM_Value results[host_detail::Results<std::conditional_t<bytes, void, R>>::count + 3] = {};
        size_t wanted = 0;
        VM_Func function = {};
        if (status == VM_STATUS_OK)
            status = VM_InstanceFindFunction(instance_.context(), instance_.get(), name.c_str(), &function, &error);
        if constexpr (bytes) {
            VM_FuncType *type = nullptr;
            if (status == VM_STATUS_OK)
                status = VM_FuncTypeCreateFromFunc(instance_.context(), function, &type, &error);
            const FuncType owner(type);
            wanted = status == VM_STATUS_OK ? owner.results().size() : 0;
            if (status == VM_STATUS_OK && (wanted < 1 || wanted > 2 || (wanted == 1 && (owner.results()[0] != VM_VALTYPE_I64 || is_64_)))) {
                failure = Error(VM_STATUS_WRONG_TYPE, std::string("`") + name.c_str() + "` does not return bytes: an address and a size, or an i64 of both");
                status = VM_STATUS_WRONG_TYPE;
            }
        } else {
            wanted = host_detail::Results<R>::count;
        }
        if (status == VM_STATUS_OK)
            status = VM_FuncCall(instance_.context(), function, values.data(), values.size(), results, wanted, &error);
        if (status != VM_STATUS_OK && !failure)
            failure = Error::of(status, error);
        BytesOrNothing<R> copy{};
        if constexpr (bytes) {
            if (status == VM_STATUS_OK)
                failure = take(results, wanted, copy, blocks);
        }
        // A guest that has exited is not called again; what freeing fails with after a failure is not the reason.
        for (auto block = blocks.rbegin(); block != blocks.rend() && status != VM_STATUS_EXIT; ++block) {
            std::optional<Error> freeing = free_block(*block);
            if (freeing && !failure)
                failure = std::move(freeing);
        }
        if constexpr (bytes) {
            if (failure)
                return host_detail::fail<R>(*failure);
            return copy;
        } else {
            if (!failure && !host_detail::Results<R>::fits(results))
                failure = host_detail::wrong_results<R>(results, true);
            if (failure)
                return host_detail::fail<R>(*failure);
            if constexpr (std::is_void<R>::value)
                return host_detail::Returns<void>();
            else
                return host_detail::Results<R>::from(results);
        }
    }
    /** The instance. */
    const Instance &instance() const noexcept { return instance_; }

private:
    struct Block {
        uint64_t address, size;
    };
    struct Nothing {};
    template <class R> static constexpr bool returns_bytes = std::is_same<R, std::string>::value || std::is_same<R, std::vector<uint8_t>>::value;
    template <class R> using BytesOrNothing = std::conditional_t<returns_bytes<R>, R, Nothing>;

    Allocator(const Instance &instance, const Text &alloc, const Text &free) : instance_(instance), alloc_name_(alloc.c_str()), free_name_(free.c_str()) {}

    VM_Value number(uint64_t value) const
    {
        return is_64_ ? VM_ValueI64(static_cast<int64_t>(value)) : VM_ValueI32(static_cast<int32_t>(static_cast<uint32_t>(value)));
    }
    uint64_t number_of(const VM_Value &value) const { return is_64_ ? static_cast<uint64_t>(value.of.i64) : static_cast<uint32_t>(value.of.i32); }

    template <class T> static constexpr bool is_bytes()
    {
        return std::is_convertible<const T &, std::string_view>::value || std::is_same<T, std::vector<uint8_t>>::value ||
               std::is_same<T, Span<uint8_t>>::value || std::is_same<T, Span<const uint8_t>>::value || std::is_same<T, Span<char>>::value ||
               std::is_same<T, Span<const char>>::value;
    }
    template <class T> void pass(std::vector<VM_Value> &values, std::vector<Block> &blocks, std::optional<Error> &failure, const T &arg) const
    {
        if constexpr (std::is_convertible<const T &, std::string_view>::value) {
            pass_bytes(values, blocks, failure, arg);
        } else if constexpr (is_bytes<T>()) {
            pass_bytes(values, blocks, failure, std::string_view(reinterpret_cast<const char *>(arg.data()), arg.size()));
        } else {
            values.push_back(host_detail::to_value(arg));
        }
    }
    void pass_bytes(std::vector<VM_Value> &values, std::vector<Block> &blocks, std::optional<Error> &failure, std::string_view bytes) const
    {
        Block block = { 0, bytes.size() };
        if (!failure && !bytes.empty())
            failure = place(block, bytes, blocks);
        values.push_back(number(block.address));
        values.push_back(number(block.size));
    }
    std::optional<Error> place(Block &block, std::string_view bytes, std::vector<Block> &blocks) const
    {
        VM_Error *error = nullptr;
        VM_Value result = {};
        const VM_Value size = number(block.size);
        if (!is_64_ && block.size > UINT32_MAX)
            return Error(VM_STATUS_OUT_OF_MEMORY, "the bytes do not fit in a 32-bit memory");
        VM_Status status = VM_FuncCall(instance_.context(), alloc_, &size, 1, &result, 1, &error);
        if (status != VM_STATUS_OK)
            return Error::of(status, error);
        if (result.type != size.type)
            return Error(VM_STATUS_WRONG_TYPE, "the guest's `" + alloc_name_ + "` does not return an address");
        block.address = number_of(result);
        if (!block.address)
            return Error(VM_STATUS_OUT_OF_MEMORY, "the guest's `" + alloc_name_ + "` returned 0 for " + std::to_string(block.size) + " bytes");
        blocks.push_back(block);
        status = VM_MemoryWrite(instance_.context(), memory_, block.address, bytes.data(), bytes.size(), &error);
        return status == VM_STATUS_OK ? std::optional<Error>() : Error::of(status, error);
    }
    std::optional<Error> free_block(const Block &block) const
    {
        VM_Error *error = nullptr;
        const VM_Value args[] = { number(block.address), number(block.size) };
        VM_Status status = VM_FuncCall(instance_.context(), free_, args, free_takes_size_ ? 2 : 1, nullptr, 0, &error);
        return status == VM_STATUS_OK ? std::optional<Error>() : Error::of(status, error);
    }
    template <class R> std::optional<Error> take(const VM_Value *results, size_t count, R &copy, std::vector<Block> &blocks) const
    {
        uint64_t packed = static_cast<uint64_t>(results[0].of.i64);
        Block block = count == 1 ? Block{ packed >> 32, packed & UINT32_MAX } : Block{ number_of(results[0]), number_of(results[1]) };
        if (!block.size)
            return std::nullopt;
        for (size_t i = 0; i < count; i++)
            if (count == 2 && results[i].type != number(0).type)
                return Error(VM_STATUS_WRONG_TYPE, "the function does not return an address and a size");
        VM_Error *error = nullptr;
        VM_Buffer part = { nullptr, 0 };
        // Checked before anything is allocated.
        VM_Status status = VM_MemoryGetSpan(instance_.context(), memory_, block.address, block.size, &part, &error);
        if (status != VM_STATUS_OK)
            return Error::of(status, error);
        const auto *data = reinterpret_cast<const typename R::value_type *>(part.data);
        copy.assign(data, data + part.size);
        // It may be a block of an argument.
        for (const Block &other : blocks)
            if (other.address == block.address)
                return std::nullopt;
        blocks.push_back(block);
        return std::nullopt;
    }

    Instance instance_;
    std::string alloc_name_, free_name_;
    VM_Func alloc_ = {}, free_ = {};
    VM_Memory memory_ = {};
    bool is_64_ = false, free_takes_size_ = false;
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
