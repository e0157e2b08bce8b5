//! A plug-in in Zig with options, an instance in each context, and a guest buffer: the same as `examples/c/plugin_options.c`.
//! It is built like `calc.zig`, with `-lc`.
const std = @import("std");
const vm = @import("libvm");
const plugin = @import("plugin.zig");

extern "c" fn printf(format: [*:0]const u8, ...) c_int;

const Greeter = struct {
    greeting: [*:0]const u8, // the host keeps the string until destroy
    times: i64,
};

fn create(host: [*c]const vm.VM_PluginHost, self: ?*vm.VM_PluginInstance, instance: [*c]?*anyopaque) callconv(.c) vm.VM_Status {
    var greeting: [*c]const u8 = undefined;
    var times: i64 = undefined;
    var status = vm.VM_HostGetOptionString(host, self, "greeting", &greeting);
    if (status == vm.VM_STATUS_OK) status = vm.VM_HostGetOptionInteger(host, self, "times", &times);
    if (status != vm.VM_STATUS_OK) return status; // the host's error contains the reason
    const greeter = std.heap.c_allocator.create(Greeter) catch return vm.VM_HostFail(host, "no memory for a greeter");
    greeter.* = .{ .greeting = greeting, .times = times };
    instance.* = greeter;
    return vm.VM_STATUS_OK;
}

fn destroy(instance: ?*anyopaque) callconv(.c) void {
    const greeter: *Greeter = @ptrCast(@alignCast(instance));
    std.heap.c_allocator.destroy(greeter);
}

/// A failure of Zig's functions becomes a trap with its name.
fn greet(instance: ?*anyopaque, caller: [*c]vm.VM_Caller, args: [*c]const vm.VM_Value, results: [*c]vm.VM_Value) callconv(.c) vm.VM_Status {
    _ = results;
    const greeter: *const Greeter = @ptrCast(@alignCast(instance));
    const buffer = args[0].of.buffer;
    const name: []const u8 = if (buffer.size == 0) &.{} else buffer.data[0..buffer.size];
    greetByName(greeter, name) catch |failure| return vm.VM_CallerTrap(caller, @errorName(failure));
    return vm.VM_STATUS_OK;
}

fn greetByName(greeter: *const Greeter, name: []const u8) !void {
    if (name.len == 0) return error.ThereIsNoNameToGreet;
    const size = std.math.cast(c_int, name.len) orelse return error.TheNameIsTooLong;
    var i: i64 = 0;
    while (i < greeter.times) : (i += 1) _ = printf("%s, %.*s!\n", greeter.greeting, size, name.ptr);
}

const functions = [_]vm.VM_FunctionDescriptor{.{ .name = "greet", .signature = "(<~)", .callback = greet }};
const modules = [_]vm.VM_ModuleDescriptor{.{ .name = "greeter", .functions = plugin.table(vm.VM_FunctionTable, &functions) }};
const options = [_]vm.VM_OptionDescriptor{
    .{ .type = vm.VM_OPTION_TYPE_STRING, .key = "greeting", .text = "Hello", .description = "what to say before the name" },
    .{ .type = vm.VM_OPTION_TYPE_INTEGER, .flags = vm.VM_OPTION_RANGED, .key = "times", .integer = 1, .minimum = 1, .maximum = 9, .description = "number of repetitions" },
};
const descriptor = vm.VM_PluginDescriptor{
    .size = @sizeOf(vm.VM_PluginDescriptor),
    .modules = plugin.table(vm.VM_ModuleTable, &modules),
    .options = plugin.table(vm.VM_OptionTable, &options),
    .create = create,
    .destroy = destroy,
};

export const libvm_plugin_manifest = plugin.manifest("greeter", "1.0.0", "Greets by name");

export fn libvm_plugin_entry(host: ?*const vm.VM_PluginHost) *const vm.VM_PluginDescriptor {
    _ = host;
    return &descriptor;
}
