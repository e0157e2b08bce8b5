//! Values, buffers, references, the caller.
use crate::{PluginInstance, Status};
use core::ffi::{c_char, c_void};

/// The type of a value.
pub type ValType = u32;

/// No value; always refused.
pub const VALTYPE_NONE: ValType = 0;
/// 32-bit integer.
pub const VALTYPE_I32: ValType = 1;
/// 64-bit integer.
pub const VALTYPE_I64: ValType = 2;
/// 32-bit float.
pub const VALTYPE_F32: ValType = 3;
/// 64-bit float.
pub const VALTYPE_F64: ValType = 4;
/// 128-bit vector.
pub const VALTYPE_V128: ValType = 5;
/// Reference to a function, or null.
pub const VALTYPE_FUNCREF: ValType = 6;
/// Reference to a host object, or null.
pub const VALTYPE_EXTERNREF: ValType = 7;
/// A checked range of guest memory.
pub const VALTYPE_BUFFER: ValType = 8;

/// A writable range of bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Buffer {
    /// First byte; may be null when `size` is 0.
    pub data: *mut u8,
    /// In bytes.
    pub size: usize,
}

// SAFETY: a buffer is two numbers; reading its bytes is unsafe, and the reader is responsible for the rest.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

/// A read-only range of bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Bytes {
    /// First byte; may be null when `size` is 0.
    pub data: *const u8,
    /// In bytes.
    pub size: usize,
}

/// A reference, as an index into the root table of its context.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ref {
    /// The context's id; 0 for the null reference.
    pub context: u64,
    /// Index in the context's root table.
    pub slot: u32,
    /// Distinguishes successive uses of a slot.
    pub generation: u32,
}

/// The value itself.
#[repr(C)]
#[derive(Clone, Copy)]
pub union ValueOf {
    /// `VALTYPE_I32`
    pub i32: i32,
    /// `VALTYPE_I64`
    pub i64: i64,
    /// `VALTYPE_F32`
    pub f32: f32,
    /// `VALTYPE_F64`
    pub f64: f64,
    /// `VALTYPE_V128`, little-endian
    pub v128: [u8; 16],
    /// `VALTYPE_BUFFER`
    pub buffer: Buffer,
    /// `VALTYPE_FUNCREF`, `VALTYPE_EXTERNREF`
    pub reference: Ref,
}

/// A number without its type: 16 bytes everywhere, of which those of the type count.
#[repr(C)]
#[derive(Clone, Copy)]
pub union RawValue {
    /// An i32.
    pub i32: i32,
    /// An i64.
    pub i64: i64,
    /// An f32.
    pub f32: f32,
    /// An f64.
    pub f64: f64,
    /// A v128, little-endian.
    pub v128: [u8; 16],
}

impl RawValue {
    /// Zero of every type.
    pub const ZERO: Self = Self { v128: [0; 16] };

    /// Returns the number in a value. At least 8 bytes are written.
    #[inline(always)]
    pub const fn from_value(value: &Value) -> Self {
        match value.kind {
            VALTYPE_V128 => Self { v128: value.bits_128().to_le_bytes() },
            VALTYPE_I32 | VALTYPE_F32 => Self { i64: value.bits_32() as i64 },
            _ => Self { i64: value.bits_64() as i64 },
        }
    }

    /// Returns it as a value of a type, which is that of a number.
    #[inline(always)]
    pub const fn to_value(&self, kind: ValType) -> Value {
        match kind {
            VALTYPE_I32 => Value::i32(self.bits_32() as i32),
            VALTYPE_F32 => Value::f32_bits(self.bits_32()),
            VALTYPE_F64 => Value::f64_bits(self.bits_64()),
            // SAFETY: it is the number of a v128, of which all bytes are written.
            VALTYPE_V128 => Value::v128(u128::from_le_bytes(unsafe { self.v128 })),
            _ => Value::i64(self.bits_64() as i64),
        }
    }

    /// Returns the bits of an i32 or f32.
    #[inline(always)]
    pub const fn bits_32(&self) -> u32 {
        // SAFETY: at least 8 bytes are written, and any bits make a number.
        unsafe { self.i32 as u32 }
    }

    /// Returns the bits of an i64 or f64.
    #[inline(always)]
    pub const fn bits_64(&self) -> u64 {
        // SAFETY: as above.
        unsafe { self.i64 as u64 }
    }
}

/// A wasm value: 24 bytes everywhere.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    /// Which member of `of` holds the value.
    pub kind: ValType,
    /// 0.
    pub reserved: u32,
    /// The value itself.
    pub of: ValueOf,
}

impl From<i32> for Value {
    #[inline(always)]
    fn from(value: i32) -> Self {
        Self::i32(value)
    }
}

impl From<i64> for Value {
    #[inline(always)]
    fn from(value: i64) -> Self {
        Self::i64(value)
    }
}

impl Value {
    /// No value.
    pub const NONE: Self = Self::new(VALTYPE_NONE, ValueOf { v128: [0; 16] });

    /// Creates a value of type `kind`, which `of` must contain.
    #[inline(always)]
    pub const fn new(kind: ValType, of: ValueOf) -> Self {
        Self { kind, reserved: 0, of }
    }

    /// Sets `count` values at `place` to no value, writing only as much as necessary.
    ///
    /// # Safety
    /// There is room for `count` values.
    #[inline(always)]
    pub unsafe fn clear(place: *mut Self, count: usize) {
        // Type and reserve in one piece of 8 bytes.
        const NONE: [u32; 2] = [VALTYPE_NONE, 0];
        #[cold]
        unsafe fn rest(place: *mut Value, count: usize) {
            for index in 1..count {
                // SAFETY: promised by the caller.
                unsafe { place.add(index).cast::<[u32; 2]>().write(NONE) };
            }
        }
        if count > 0 {
            // SAFETY: promised by the caller.
            unsafe { place.cast::<[u32; 2]>().write(NONE) };
        }
        if count > 1 {
            // SAFETY: promised by the caller.
            unsafe { rest(place, count) };
        }
    }

    /// Creates an i32. The slot is filled to 8 bytes: a narrower store would stall a callee that copies the whole value.
    #[inline(always)]
    pub const fn i32(value: i32) -> Self {
        Self::new(VALTYPE_I32, ValueOf { i64: value as u32 as i64 })
    }

    /// Creates an i64.
    #[inline(always)]
    pub const fn i64(value: i64) -> Self {
        Self::new(VALTYPE_I64, ValueOf { i64: value })
    }

    /// Creates an f32 from its bits, so that no NaN is changed.
    #[inline(always)]
    pub const fn f32_bits(bits: u32) -> Self {
        Self::new(VALTYPE_F32, ValueOf { i64: bits as i64 })
    }

    /// Creates an f64 from its bits, so that no NaN is changed.
    #[inline(always)]
    pub const fn f64_bits(bits: u64) -> Self {
        Self::new(VALTYPE_F64, ValueOf { i64: bits as i64 })
    }

    /// Creates a v128.
    #[inline(always)]
    pub const fn v128(value: u128) -> Self {
        Self::new(VALTYPE_V128, ValueOf { v128: value.to_le_bytes() })
    }

    /// Creates a funcref.
    pub const fn func_ref(reference: Ref) -> Self {
        Self::new(VALTYPE_FUNCREF, ValueOf { reference })
    }

    /// Creates an externref.
    pub const fn extern_ref(reference: Ref) -> Self {
        Self::new(VALTYPE_EXTERNREF, ValueOf { reference })
    }

    /// Returns the bits of an i32 or f32.
    #[inline(always)]
    pub const fn bits_32(&self) -> u32 {
        // SAFETY: every kind fills at least 8 bytes, and any bits make a number.
        unsafe { self.of.i32 as u32 }
    }

    /// Returns the bits of an i64 or f64.
    #[inline(always)]
    pub const fn bits_64(&self) -> u64 {
        // SAFETY: as above.
        unsafe { self.of.i64 as u64 }
    }

    /// Returns the bits of a v128; 0 in a value of another kind.
    #[inline(always)]
    pub const fn bits_128(&self) -> u128 {
        match self.kind {
            // SAFETY: a v128 fills all 16 bytes, and any bits make a number.
            VALTYPE_V128 => u128::from_le_bytes(unsafe { self.of.v128 }),
            _ => 0,
        }
    }

    /// Returns the reference of a funcref or externref; null in a value of another kind.
    pub const fn reference(&self) -> Ref {
        match self.kind {
            // SAFETY: a reference fills all 16 bytes, and any bits make its numbers.
            VALTYPE_FUNCREF | VALTYPE_EXTERNREF => unsafe { self.of.reference },
            _ => Ref { context: 0, slot: 0, generation: 0 },
        }
    }
}

impl core::fmt::Debug for Value {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.kind {
            VALTYPE_I32 => write!(f, "i32({})", self.bits_32() as i32),
            VALTYPE_I64 => write!(f, "i64({})", self.bits_64() as i64),
            VALTYPE_F32 => write!(f, "f32({})", f32::from_bits(self.bits_32())),
            VALTYPE_F64 => write!(f, "f64({})", f64::from_bits(self.bits_64())),
            VALTYPE_V128 => write!(f, "v128({:#034x})", self.bits_128()),
            VALTYPE_FUNCREF => write!(f, "funcref({:?})", self.reference()),
            VALTYPE_EXTERNREF => write!(f, "externref({:?})", self.reference()),
            kind => write!(f, "value of type {kind}"),
        }
    }
}

/// The call that a host function was called for.
#[repr(C)]
#[derive(Debug)]
pub struct Caller {
    /// Its functions.
    pub table: *const CallerTable,
    /// The function's own data, from its descriptor.
    pub data: *mut c_void,
    /// The call's number; 0 outside of any call.
    pub id: u64,
    /// Number of arguments.
    pub arg_count: u32,
    /// Number of results to write.
    pub result_count: u32,
    /// The plug-in's presence in the calling context; null for a host's function.
    pub myself: *mut PluginInstance,
    /// Null.
    pub reserved: *mut c_void,
}

/// A host function: instance or user, caller, arguments, results.
pub type Callback = unsafe extern "C-unwind" fn(*mut c_void, *mut Caller, *const Value, *mut Value) -> Status;

/// A host function of numbers: user, caller, and the arguments, in whose place the results are written.
pub type RawCallback = unsafe extern "C-unwind" fn(*mut c_void, *mut Caller, *mut RawValue) -> Status;

/// Frees a pointer.
pub type Free = unsafe extern "C" fn(*mut c_void);

/// Names a suspension; never 0.
pub type Token = u64;

/// What a suspended call was completed with.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Completion {
    /// Size of this struct in bytes.
    pub size: u32,
    /// `STATUS_OK`, or the failure that it was completed with.
    pub status: Status,
    /// The values; null when there are none.
    pub values: *const Value,
    /// Number of values.
    pub count: usize,
    /// The text of a failure; null for none.
    pub text: *const c_char,
}

/// Goes on with a suspended call: user, caller, completion, arguments, results.
pub type Resume = unsafe extern "C-unwind" fn(*mut c_void, *mut Caller, *const Completion, *const Value, *mut Value) -> Status;

/// How a suspended call goes on.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Suspension {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// Passed to the functions below.
    pub user: *mut c_void,
    /// Called when the call was completed; without it the completion's values are the results.
    pub resume: Option<Resume>,
    /// Called instead if the call was cancelled or its context goes.
    pub cancel: Option<Free>,
    /// Called last, once.
    pub release: Option<Free>,
}

impl Suspension {
    /// A suspension without functions: the completion has the results.
    pub const NONE: Self = Self {
        size: core::mem::size_of::<Self>() as u32,
        reserved: 0,
        user: core::ptr::null_mut(),
        resume: None,
        cancel: None,
        release: None,
    };
}

/// The functions of a caller.
#[repr(C)]
#[derive(Debug)]
pub struct CallerTable {
    /// Size of this struct in bytes.
    pub size: u32,
    /// 0.
    pub reserved: u32,
    /// `VM_CallerTrap`
    pub trap: unsafe extern "C" fn(*mut Caller, *const c_char) -> Status,
    /// `VM_CallerGetMemorySize`
    pub get_memory_size: unsafe extern "C" fn(*mut Caller, *mut u64) -> Status,
    /// `VM_CallerReadMemory`
    pub read_memory: unsafe extern "C" fn(*mut Caller, u64, *mut c_void, usize) -> Status,
    /// `VM_CallerWriteMemory`
    pub write_memory: unsafe extern "C" fn(*mut Caller, u64, *const c_void, usize) -> Status,
    /// `VM_CallerGetMemorySpan`
    pub get_memory_span: unsafe extern "C" fn(*mut Caller, u64, u64, *mut Buffer) -> Status,
    /// `VM_CallerCall`
    pub call: unsafe extern "C" fn(*mut Caller, *const c_char, *const Value, usize, *mut Value, usize) -> Status,
    /// `VM_CallerCallRef`
    pub call_ref: unsafe extern "C" fn(*mut Caller, Ref, *const Value, usize, *mut Value, usize) -> Status,
    /// `VM_CallerGetContextData`
    pub get_context_data: unsafe extern "C" fn(*mut Caller, *mut *mut c_void) -> Status,
    /// `VM_CallerCreateExternRef`
    pub create_extern_ref: unsafe extern "C" fn(*mut Caller, *mut c_void, Option<Free>, *mut Ref) -> Status,
    /// `VM_CallerGetExternRef`
    pub get_extern_ref: unsafe extern "C" fn(*mut Caller, Ref, *mut *mut c_void) -> Status,
    /// `VM_CallerRetainRef`
    pub retain_ref: unsafe extern "C" fn(*mut Caller, Ref) -> Status,
    /// `VM_CallerReleaseRef`
    pub release_ref: unsafe extern "C" fn(*mut Caller, Ref) -> Status,
    /// `VM_CallerFail`
    pub fail: unsafe extern "C" fn(*mut Caller, Status, *const c_char) -> Status,
    /// `VM_CallerSuspend`
    pub suspend: unsafe extern "C" fn(*mut Caller, *const Suspension, *mut Token) -> Status,
    /// `VM_CallerStartCall`
    pub start_call: unsafe extern "C" fn(*mut Caller, Ref, *const Value, usize, *const Suspension, *mut Token) -> Status,
    /// `VM_CallerGetExport`
    pub get_export: unsafe extern "C" fn(*mut Caller, *const c_char, *mut Ref) -> Status,
    /// `VM_CallerGetTimeLeft`
    pub get_time_left: unsafe extern "C" fn(*mut Caller, *mut u64) -> Status,
    /// `VM_CallerExtendTime`
    pub extend_time: unsafe extern "C" fn(*mut Caller, u64) -> Status,
    /// `VM_CallerConsumeFuel`
    pub consume_fuel: unsafe extern "C" fn(*mut Caller, u64) -> Status,
    /// `VM_CallerGetEvent`
    pub get_event: unsafe extern "C" fn(*mut Caller, *mut crate::StreamEvent) -> Status,
    /// `VM_CallerNextEvent`
    pub next_event: unsafe extern "C" fn(*mut Caller, *mut bool) -> Status,
    /// `VM_CallerEmitEvent`
    pub emit_event: unsafe extern "C" fn(*mut Caller, *const crate::StreamEvent) -> Status,
    /// `VM_CallerGetErrorMessage`
    pub get_error_message: unsafe extern "C" fn(*mut Caller, *mut *const c_char) -> Status,
    /// `VM_CallerGetSignature`
    pub get_signature: unsafe extern "C" fn(*mut Caller, Ref, *mut *const c_char) -> Status,
}

const _: () = {
    let pointer = size_of::<*const ()>();
    assert!(size_of::<Value>() == 24);
    assert!(size_of::<RawValue>() == 16);
    assert!(core::mem::offset_of!(Value, of) == 8);
    assert!(size_of::<Ref>() == 16);
    assert!(size_of::<Caller>() == 4 * pointer + 16);
    assert!(core::mem::offset_of!(Caller, id) == 2 * pointer);
    assert!(core::mem::offset_of!(Caller, myself) == 2 * pointer + 16);
    assert!(size_of::<Completion>() == 8 + 3 * pointer);
    assert!(core::mem::offset_of!(Completion, values) == 8);
    assert!(size_of::<Suspension>() == 8 + 4 * pointer);
    assert!(core::mem::offset_of!(Suspension, resume) == 8 + pointer);
    assert!(size_of::<CallerTable>() == 8 + 24 * pointer);
    assert!(core::mem::offset_of!(CallerTable, fail) == 8 + 12 * pointer);
    assert!(core::mem::offset_of!(CallerTable, suspend) == 8 + 13 * pointer);
    assert!(core::mem::offset_of!(CallerTable, consume_fuel) == 8 + 18 * pointer);
    assert!(core::mem::offset_of!(CallerTable, emit_event) == 8 + 21 * pointer);
    assert!(core::mem::offset_of!(CallerTable, get_signature) == 8 + 23 * pointer);
};
