//! The interface of the compiler's library, which is private to libvm and has C types: [`Id`], [`Compile`], [`Free`].

/// Result of a compilation: code if its status is [`Status::Ok`], else a message in UTF-8. It belongs to the compiler, which frees it.
#[repr(C)]
#[derive(Debug)]
pub struct Output {
    /// The first byte, or NULL.
    pub bytes: *mut u8,
    /// Number of bytes.
    pub size: usize,
    /// Number of bytes that are allocated.
    pub capacity: usize,
}

impl Output {
    /// An output without bytes.
    pub const EMPTY: Self = Self { bytes: std::ptr::null_mut(), size: 0, capacity: 0 };
}

/// Status of a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    /// The module was compiled.
    Ok = 0,
    /// The module is not valid, or the compiler does not support it.
    Module = 1,
    /// The settings are not those of this version, or contradict each other.
    Settings = 2,
    /// The module exceeds a limit of the compiler.
    Limit = 3,
    /// The system does not have what compiling takes.
    System = 4,
    /// A fault in the compiler.
    Internal = 5,
}

impl Status {
    /// Returns the status with this number; a number that is not known is a fault.
    pub fn from_number(number: i32) -> Self {
        let all = [Self::Ok, Self::Module, Self::Settings, Self::Limit, Self::System];
        all.into_iter().find(|&status| status as i32 == number).unwrap_or(Self::Internal)
    }
}

/// Name of the function [`Id`].
pub const ID: &str = "libvm_compiler_id";

/// Name of the function [`Compile`].
pub const COMPILE: &str = "libvm_compiler_compile";

/// Name of the function [`Free`].
pub const FREE: &str = "libvm_compiler_free";

/// Returns what must be equal to [`id`](crate::id), and writes its size; it has no NUL at its end. Called once, before the other functions.
///
/// # Safety
/// The size can be written.
pub type Id = unsafe extern "C" fn(size: *mut usize) -> *const u8;

/// Compiles a module on threads of its own, which have ended when it returns: as many as are asked for, at least one, and at most as many as
/// there are processors. Writes the output and returns a [`Status`]. Any thread may call it at any time.
///
/// # Safety
/// The module and the settings have as many bytes as their sizes say; the output can be written.
pub type Compile = unsafe extern "C" fn(
    wasm: *const u8,
    wasm_size: usize,
    settings: *const u8,
    settings_size: usize,
    threads: usize,
    out: *mut Output,
) -> i32;

/// Frees what a call has written. The output is empty afterwards.
///
/// # Safety
/// The output is NULL, empty, or was written by [`Compile`] of the same library.
pub type Free = unsafe extern "C" fn(out: *mut Output);

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn statuses_have_numbers() {
        for status in [Status::Ok, Status::Module, Status::Settings, Status::Limit, Status::System, Status::Internal] {
            assert_eq!(Status::from_number(status as i32), status);
        }
        assert_eq!(Status::from_number(77), Status::Internal);
        assert_eq!(Status::from_number(-1), Status::Internal);
    }
}
