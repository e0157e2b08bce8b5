//! The signatures that are measured, and the guests that use them.

/// A signature: what the host function and the guest's function have in common.
pub struct Signature {
    /// As a reader knows it.
    pub name: &'static str,
    /// As the text format has it.
    wat: &'static str,
    /// What the guest's own function of this signature does; the host's does the same.
    body: &'static str,
    /// Type of the number that the guest's loop sums up in `$x`.
    sum: &'static str,
    /// The loop's call of the host, which leaves the new `$x` on the stack, if any.
    call: &'static str,
    /// `$x` as an i64.
    result: &'static str,
    /// Whether libvm has a trampoline for exactly this signature.
    pub typed: bool,
}

/// All of them, in the order of `c/bench.h`.
pub const ALL: [Signature; 7] = [
    Signature { name: "() → ()", wat: "", body: "", sum: "i32", call: "(call $host)", result: "(i64.const 0)", typed: true },
    Signature {
        name: "(i32) → i32",
        wat: "(param i32) (result i32)",
        body: "(i32.add (local.get 0) (i32.const 1))",
        sum: "i32",
        call: "(local.set $x (call $host (local.get $x)))",
        result: "(i64.extend_i32_s (local.get $x))",
        typed: true,
    },
    Signature {
        name: "(i32, i32) → i32",
        wat: "(param i32 i32) (result i32)",
        body: "(i32.add (local.get 0) (local.get 1))",
        sum: "i32",
        call: "(local.set $x (call $host (local.get $x) (local.get $i)))",
        result: "(i64.extend_i32_s (local.get $x))",
        typed: true,
    },
    Signature {
        name: "(i64 × 6) → i64",
        wat: "(param i64 i64 i64 i64 i64 i64) (result i64)",
        body: "(i64.add (i64.add (i64.add (local.get 0) (local.get 1)) (i64.add (local.get 2) (local.get 3))) \
               (i64.add (local.get 4) (local.get 5)))",
        sum: "i64",
        call: "(local.set $l (i64.extend_i32_u (local.get $i))) (local.set $x (call $host (local.get $x) (local.get $l) \
               (local.get $l) (local.get $l) (local.get $l) (local.get $l)))",
        result: "(local.get $x)",
        typed: true,
    },
    Signature {
        name: "(f64, f64) → f64",
        wat: "(param f64 f64) (result f64)",
        body: "(f64.add (local.get 0) (local.get 1))",
        sum: "f64",
        call: "(local.set $x (call $host (local.get $x) (f64.const 1.5)))",
        result: "(i64.reinterpret_f64 (local.get $x))",
        typed: true,
    },
    Signature {
        name: "(i32 × 3, f32) → i32",
        wat: "(param i32 i32 i32 f32) (result i32)",
        body: "(i32.add (i32.add (local.get 0) (local.get 1)) (i32.add (local.get 2) (i32.trunc_f32_u (local.get 3))))",
        sum: "i32",
        call: "(local.set $x (call $host (local.get $x) (local.get $i) (local.get $i) (f32.const 1)))",
        result: "(i64.extend_i32_s (local.get $x))",
        typed: false,
    },
    Signature {
        name: "(v128) → v128",
        wat: "(param v128) (result v128)",
        body: "(i64x2.add (local.get 0) (v128.const i64x2 1 0))",
        sum: "v128",
        call: "(local.set $x (call $host (local.get $x)))",
        result: "(i64x2.extract_lane 0 (local.get $x))",
        typed: false,
    },
];

impl Signature {
    /// A guest that exports `f`, which is of this signature, and `loop`, which calls the import `host.f` as often as it is told.
    pub fn guest(&self) -> Vec<u8> {
        self.module(self.call)
    }

    /// The same guest, whose loop calls nothing.
    pub fn empty_guest(&self) -> Vec<u8> {
        self.module("")
    }

    fn module(&self, call: &str) -> Vec<u8> {
        let Self { wat, body, sum, result, .. } = self;
        let text = format!(
            r#"(module
                 (import "host" "f" (func $host {wat}))
                 (func (export "f") {wat} {body})
                 (func (export "loop") (param $n i32) (result i64)
                   (local $i i32) (local $l i64) (local $x {sum})
                   (loop $next
                     {call}
                     (br_if $next (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
                   {result}))"#
        );
        wat::parse_str(text).expect("the guest is well-formed")
    }
}
