//! The functions of the C API, compared with this API.
