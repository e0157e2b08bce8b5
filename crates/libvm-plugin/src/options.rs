//! Typed options.
use crate::error::c_string;
use crate::services::Services;
use crate::{Error, Result};
use libvm_abi::{self as abi, Status};
use std::ffi::{CStr, CString, c_char};

/// The options of a plug-in: derive it for a struct, whose fields are options. See [`derive(Options)`](macro@crate::Options).
pub trait Options: Sized {
    /// Describes the options.
    fn describe() -> Vec<OptionInfo>;

    /// Reads their values, which the host has checked.
    ///
    /// # Errors
    /// If the host has no options.
    fn read(values: &Values<'_>) -> Result<Self>;
}

impl Options for () {
    fn describe() -> Vec<OptionInfo> {
        Vec::new()
    }

    fn read(_: &Values<'_>) -> Result<Self> {
        Ok(())
    }
}

/// The type of a field that is an option: `bool`, `i64`, `f64`, `String` or `Vec<String>`.
pub trait OptionType: Sized {
    /// Describes it with a default.
    fn describe(self, info: &mut OptionInfo);

    /// Reads its value.
    ///
    /// # Errors
    /// If there is no such option.
    fn read(values: &Values<'_>, key: &str) -> Result<Self>;
}

/// The description of an option.
#[derive(Default)]
pub struct OptionInfo {
    kind: u32,
    flags: u32,
    key: CString,
    description: CString,
    text: Option<CString>,
    choices: Option<CString>,
    integer: i64,
    range: (i64, i64),
    number: f64,
    range_of_numbers: (f64, f64),
}

impl OptionInfo {
    /// Describes an option with a default.
    pub fn new<T: OptionType>(key: &str, default: T, description: &str) -> Self {
        let mut info = Self { key: c_string(key), description: c_string(description), ..Self::default() };
        default.describe(&mut info);
        info
    }

    /// Describes an option that has no default and must be set.
    pub fn required<T: OptionType + Default>(key: &str, description: &str) -> Self {
        let mut info = Self::new(key, T::default(), description);
        info.flags |= abi::OPTION_REQUIRED;
        info.text = None;
        info
    }

    /// Marks it as secret: it is never shown or logged.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.flags |= abi::OPTION_SECRET;
        self
    }

    /// Bounds an integer.
    #[must_use]
    pub fn range(mut self, least: i64, most: i64) -> Self {
        self.flags |= abi::OPTION_RANGED;
        self.range = (least, most);
        self
    }

    /// Bounds a float.
    #[must_use]
    pub fn range_of_numbers(mut self, least: f64, most: f64) -> Self {
        self.flags |= abi::OPTION_RANGED;
        self.range_of_numbers = (least, most);
        self
    }

    /// Restricts a string to several choices.
    #[must_use]
    pub fn choices(mut self, choices: &[&str]) -> Self {
        self.kind = abi::OPTION_TYPE_ENUM;
        self.choices = Some(c_string(&choices.join(",")));
        self
    }

    pub(crate) fn descriptor(&self) -> abi::OptionDescriptor {
        let pointer = |text: &Option<CString>| text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr());
        abi::OptionDescriptor {
            kind: self.kind,
            flags: self.flags,
            key: self.key.as_ptr(),
            description: self.description.as_ptr(),
            text: pointer(&self.text),
            choices: pointer(&self.choices),
            integer: self.integer,
            minimum: self.range.0,
            maximum: self.range.1,
            number: self.number,
            minimum_number: self.range_of_numbers.0,
            maximum_number: self.range_of_numbers.1,
        }
    }
}

/// The values of the options of an instance.
pub struct Values<'a> {
    services: Services,
    service: &'a abi::OptionsService,
}

impl Values<'_> {
    pub(crate) fn new(services: Services) -> Result<Self> {
        // SAFETY: the service of this id; the host is valid as long as the plug-in.
        let service = unsafe { services.get::<abi::OptionsService>(abi::OPTIONS_SERVICE) };
        let service = service.ok_or_else(|| Error::with_status(abi::STATUS_UNSUPPORTED, "this host has no options"))?;
        Ok(Self { services, service })
    }

    fn get<T>(&self, key: &str, value: &mut T, get: impl FnOnce(*const c_char, &mut T) -> Status) -> Result<()> {
        match get(c_string(key).as_ptr(), value) {
            abi::STATUS_OK => Ok(()),
            status => Err(Error::of_host(status, &format!("reading the option `{key}`"))),
        }
    }
}

macro_rules! plain {
    ($($ty:ty, $kind:ident, $get:ident, $field:ident, |$value:ident| $default:expr;)*) => {$(
        impl OptionType for $ty {
            fn describe(self, info: &mut OptionInfo) {
                let $value = self;
                info.kind = abi::$kind;
                info.$field = $default;
            }

            fn read(values: &Values<'_>, key: &str) -> Result<Self> {
                let Services { host, myself } = values.services;
                let mut value = Self::default();
                // SAFETY: valid host and presence.
                values.get(key, &mut value, |key, value| unsafe { (values.service.$get)(host, myself, key, value) })?;
                Ok(value)
            }
        }
    )*};
}

plain! {
    bool, OPTION_TYPE_BOOL, get_bool, integer, |value| i64::from(value);
    i64, OPTION_TYPE_INTEGER, get_integer, integer, |value| value;
    f64, OPTION_TYPE_FLOAT, get_float, number, |value| value;
}

impl OptionType for String {
    fn describe(self, info: &mut OptionInfo) {
        info.kind = abi::OPTION_TYPE_STRING;
        info.text = Some(c_string(&self));
    }

    fn read(values: &Values<'_>, key: &str) -> Result<Self> {
        let Services { host, myself } = values.services;
        let mut text: *const c_char = std::ptr::null();
        // SAFETY: valid host and presence.
        values.get(key, &mut text, |key, text| unsafe { (values.service.get_string)(host, myself, key, text) })?;
        // SAFETY: a string that is valid as long as the instance.
        Ok(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
    }
}

impl OptionType for Vec<String> {
    fn describe(self, info: &mut OptionInfo) {
        info.kind = abi::OPTION_TYPE_LIST;
        info.text = Some(c_string(&self.join("\n")));
    }

    fn read(values: &Values<'_>, key: &str) -> Result<Self> {
        let Services { host, myself } = values.services;
        let mut list: (*const *const c_char, usize) = (std::ptr::null(), 0);
        values.get(key, &mut list, |key, list| {
            // SAFETY: valid host and presence.
            unsafe { (values.service.get_list)(host, myself, key, &mut list.0, &mut list.1) }
        })?;
        // SAFETY: an array of this many strings, valid as long as the instance.
        Ok((0..list.1).map(|index| unsafe { CStr::from_ptr(*list.0.add(index)) }.to_string_lossy().into_owned()).collect())
    }
}
