//! Hooks: events, and the extension of plug-ins with hooks. The Rust side of `include/libvm/hooks.h`.
use crate::{Bytes, Free, PluginInstance, Status, Table, Token};
use core::ffi::{c_char, c_void};

/// An event of a point, as its hooks and the host see it.
#[repr(C)]
#[derive(Debug)]
pub struct Event {
    /// Its functions.
    pub table: *const EventTable,
    /// The hook's own data, from its descriptor.
    pub data: *mut c_void,
    /// The number of the call; 0 after it.
    pub id: u64,
    /// The plug-in's presence in the context; null for a hook of the host.
    pub myself: *mut PluginInstance,
    /// The name of the point.
    pub point: *const c_char,
    /// 0.
    pub reserved: u64,
}

/// The type of an event's value.
pub type EventType = u32;
/// A UTF-8 string.
pub const EVENT_TYPE_STRING: EventType = 1;
/// Bytes.
pub const EVENT_TYPE_BYTES: EventType = 2;
/// An integer of 64 bits.
pub const EVENT_TYPE_INTEGER: EventType = 3;
/// A pointer.
pub const EVENT_TYPE_POINTER: EventType = 4;

/// A hook: instance or user, event.
pub type HookCallback = unsafe extern "C-unwind" fn(*mut c_void, *mut Event) -> Status;

/// Goes on with a suspended event: user, event, answer, text.
pub type EventResume = unsafe extern "C-unwind" fn(*mut c_void, *mut Event, Status, *const c_char) -> Status;

/// How a suspended event goes on.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct EventSuspension {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Passed to the functions below.
    pub user: *mut c_void,
    /// Called after the completion; without it the completion is the hook's answer.
    pub resume: Option<EventResume>,
    /// Called instead if the event is no longer waited for.
    pub cancel: Option<Free>,
    /// Called last, once.
    pub release: Option<Free>,
}

impl EventSuspension {
    /// A suspension without functions: the completion is the answer.
    pub const NONE: Self = Self {
        size: size_of::<Self>() as u32,
        reserved: 0,
        user: core::ptr::null_mut(),
        resume: None,
        cancel: None,
        release: None,
    };
}

/// The functions of an event.
#[repr(C)]
#[derive(Debug)]
pub struct EventTable {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// `VM_EventGetString`
    pub get_string: unsafe extern "C" fn(*const Event, *const c_char, *mut *const c_char) -> Status,
    /// `VM_EventSetString`
    pub set_string: unsafe extern "C" fn(*mut Event, *const c_char, *const c_char) -> Status,
    /// `VM_EventGetBytes`
    pub get_bytes: unsafe extern "C" fn(*const Event, *const c_char, *mut Bytes) -> Status,
    /// `VM_EventSetBytes`
    pub set_bytes: unsafe extern "C" fn(*mut Event, *const c_char, *const c_void, usize) -> Status,
    /// `VM_EventGetInteger`
    pub get_integer: unsafe extern "C" fn(*const Event, *const c_char, *mut i64) -> Status,
    /// `VM_EventSetInteger`
    pub set_integer: unsafe extern "C" fn(*mut Event, *const c_char, i64) -> Status,
    /// `VM_EventGetPointer`
    pub get_pointer: unsafe extern "C" fn(*const Event, *const c_char, *mut *mut c_void) -> Status,
    /// `VM_EventSetPointer`
    pub set_pointer: unsafe extern "C" fn(*mut Event, *const c_char, *mut c_void) -> Status,
    /// `VM_EventGetType`
    pub get_type: unsafe extern "C" fn(*const Event, *const c_char, *mut EventType) -> Status,
    /// `VM_EventGetKey`
    pub get_key: unsafe extern "C" fn(*const Event, usize, *mut *const c_char) -> Status,
    /// `VM_EventRemove`
    pub remove: unsafe extern "C" fn(*mut Event, *const c_char) -> Status,
    /// `VM_EventFail`
    pub fail: unsafe extern "C" fn(*mut Event, Status, *const c_char) -> Status,
    /// `VM_EventSuspend`
    pub suspend: unsafe extern "C" fn(*mut Event, *const EventSuspension, *mut Token) -> Status,
}

/// The id of the extension of plug-ins with hooks.
pub const HOOKS_EXTENSION: &str = "libvm.hooks/1";

/// A hook of a plug-in.
#[repr(C)]
#[derive(Debug)]
pub struct Hook {
    /// 0.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
    /// The name of the point.
    pub point: *const c_char,
    /// The hook.
    pub callback: Option<HookCallback>,
    /// Passed to the hook as `event->data`.
    pub data: *mut c_void,
    /// One line, or null.
    pub description: *const c_char,
}

/// The extension of plug-ins with hooks.
#[repr(C)]
#[derive(Debug)]
pub struct HooksExtension {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// The hooks.
    pub hooks: Table<Hook>,
}

const _: () = {
    let pointer = size_of::<*const ()>();
    assert!(size_of::<Event>() == 4 * pointer + 16);
    assert!(core::mem::offset_of!(Event, id) == 2 * pointer);
    assert!(core::mem::offset_of!(Event, point) == 3 * pointer + 8);
    assert!(size_of::<EventTable>() == 8 + 13 * pointer);
    assert!(size_of::<EventSuspension>() == 8 + 4 * pointer);
    assert!(size_of::<Hook>() == 8 + 4 * pointer);
    assert!(size_of::<Table<Hook>>() == 8 + pointer);
    assert!(size_of::<HooksExtension>() == 16 + pointer);
};
