//! Constants of a section: what becomes an enum in C.
use super::section::comment_of;
use crate::Result;
use std::fmt::Write;
use syn::{Expr, Field, Item, ItemConst, Lit, Type, UnOp};

/// Consecutive constants of the same type.
pub struct Group {
    /// The type's name in Rust.
    pub of: String,
    constants: Vec<(String, i64, String)>,
}

/// Returns the groups of a file.
pub fn groups(items: &[Item]) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    let mut adjacent = false;
    for item in items {
        let Some(constant) = public_constant(item).filter(|constant| !is_initializer(constant)) else {
            adjacent = false;
            continue;
        };
        let of = type_name(&constant.ty);
        let name = constant.ident.to_string();
        let value =
            number(&constant.expr).ok_or_else(|| format!("constant {name} needs a literal number (see cbindgen.toml)"))?;
        let entry = (name, value, comment_of(&constant.attrs).join(" "));
        match groups.last_mut() {
            Some(group) if adjacent && group.of == of => group.constants.push(entry),
            _ => groups.push(Group { of, constants: vec![entry] }),
        }
        adjacent = true;
    }
    Ok(groups)
}

fn public_constant(item: &Item) -> Option<&ItemConst> {
    match item {
        Item::Const(constant) if matches!(constant.vis, syn::Visibility::Public(_)) => Some(constant),
        _ => None,
    }
}

/// `MEMORYTYPE_INIT`, which initializes a struct that begins with its size.
fn is_initializer(constant: &ItemConst) -> bool {
    constant.ident.to_string().ends_with("_INIT")
}

/// Returns the macros that initialize structs, by the struct's name in C.
pub fn initializers(items: &[Item]) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for constant in items.iter().filter_map(public_constant).filter(|constant| is_initializer(constant)) {
        let (of, name) = (type_name(&constant.ty), &constant.ident);
        let of_that_name = |item: &Item| matches!(item, Item::Struct(item) if item.ident == of);
        let Some(Item::Struct(wanted)) = items.iter().find(|item| of_that_name(item)) else {
            return Err(format!("constant {name} initializes {of}, which is not a struct of its file"));
        };
        let zero = |field: &Field| match &field.ty {
            Type::Array(_) => "{ 0 }".to_owned(),
            ty if type_name(ty) == "bool" => "false".to_owned(),
            _ if field.ident.as_ref().is_some_and(|name| name == "size") => format!("(uint32_t)sizeof(VM_{of})"),
            _ => "0".to_owned(),
        };
        let fields = wanted.fields.iter().map(zero).collect::<Vec<_>>().join(", ");
        let comment = comment_of(&constant.attrs).join(" ");
        found.push((format!("VM_{of}"), format!("/** {comment} */\n#define VM_{name} {{ {fields} }}\n\n")));
    }
    Ok(found)
}

fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}

fn number(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => number(&unary.expr).map(|number| -number),
        _ => None,
    }
}

impl Group {
    /// Formats the anonymous enum.
    pub fn to_c(&self) -> String {
        let mut out = String::from("enum {\n");
        let width = self.constants.iter().map(|(name, value, _)| format!("{name} = {value}").len()).max().unwrap_or(0) + 1;
        for (index, (name, value, comment)) in self.constants.iter().enumerate() {
            let comma = if index + 1 < self.constants.len() { "," } else { "" };
            let _ = writeln!(out, "    VM_{:<width$} /**< {comment} */", format!("{name} = {value}{comma}"));
        }
        out.push_str("};\n");
        out
    }
}
