//! A plug-in in Zig: the same as `examples/c/plugin_smallest.c`.
//!
//!     echo '#include <libvm/plugin.h>' > libvm.h
//!     zig translate-c -lc $(pkg-config --cflags libvm) libvm.h > libvm.zig
//!     zig build-lib -dynamic -O ReleaseSafe --dep libvm -Mroot=calc.zig -Mlibvm=libvm.zig -femit-bin=calc.so
const vm = @import("libvm");
const plugin = @import("plugin.zig");

fn add(instance: ?*anyopaque, caller: [*c]vm.VM_Caller, args: [*c]const vm.VM_Value, results: [*c]vm.VM_Value) callconv(.c) vm.VM_Status {
    _ = instance;
    _ = caller;
    results[0] = vm.VM_ValueI32(args[0].of.i32 +% args[1].of.i32);
    return vm.VM_STATUS_OK;
}

const functions = [_]vm.VM_FunctionDescriptor{.{ .name = "add", .signature = "(ii)i", .callback = add }};
const modules = [_]vm.VM_ModuleDescriptor{.{ .name = "calc", .functions = plugin.table(vm.VM_FunctionTable, &functions) }};
const descriptor = vm.VM_PluginDescriptor{
    .size = @sizeOf(vm.VM_PluginDescriptor),
    .modules = plugin.table(vm.VM_ModuleTable, &modules),
};

export const libvm_plugin_manifest = plugin.manifest("calc", "1.0.0", "Adds numbers");

export fn libvm_plugin_entry(host: ?*const vm.VM_PluginHost) *const vm.VM_PluginDescriptor {
    _ = host;
    return &descriptor;
}
