//! What the plug-in says of modules that it is shown.
use crate::{Counted, More};
use libvm_plugin::{Dependencies, ItemKind, Level, ModuleItem, ModuleView, Provided, Result};
use std::sync::atomic::AtomicI32;

/// The functions that exist.
pub static PROVIDED: AtomicI32 = AtomicI32::new(0);

fn show<'a>(items: impl Iterator<Item = ModuleItem<'a>>) -> String {
    let one = |item: ModuleItem<'_>| {
        let dot = if item.module.is_empty() { "" } else { "." };
        format!("{}{dot}{}:{}:{}", item.module, item.name, item.kind as u32, item.signature.unwrap_or("-"))
    };
    let all: Vec<_> = items.map(one).collect();
    if all.is_empty() { "-".to_owned() } else { all.join(",") }
}

impl Dependencies for More {
    fn examine(view: &ModuleView<'_, Self>) -> Result<()> {
        for section in view.sections() {
            let content = String::from_utf8_lossy(section.content);
            match &*section.name {
                "more.refuse" => return Err(view.refuse(&content)),
                "more.plain" => return Err(libvm_plugin::Error::new(content.into_owned())),
                "more.panic" => panic!("help"),
                "more.require" => {
                    let (name, range) = content.split_once(' ').unwrap_or((&content, ""));
                    view.require(name, range)?;
                }
                "more.show" => {
                    let text = format!("show {} {}", show(view.imports()), show(view.exports()));
                    view.log(Level::Info, &text);
                }
                _ => {}
            }
        }
        let is_made = |import: &ModuleItem<'_>| import.kind == ItemKind::Function && import.module == "made";
        view.imports().filter(is_made).try_for_each(|import| provide(view, &import.name))
    }
}

fn provide(view: &ModuleView<'_, More>, name: &str) -> Result<()> {
    let count = |me: &mut More| {
        me.seen += 1;
        me.seen
    };
    match name {
        "count" => view.provide("made", name, Provided::new(count)),
        "twice" => {
            view.provide("made", name, Provided::new(count))?;
            view.provide("made", name, Provided::new(count))
        }
        "secret" => {
            let secret = Provided::new(|_: &More| 1).permission("more:secret").describe("A secret");
            view.provide("made", name, secret)
        }
        _ => {
            let Some(number) = name.strip_prefix("add") else { return Ok(()) };
            let (number, counted): (i32, _) = (number.parse()?, Counted::new(&PROVIDED));
            let add = move |_: &More, other: i32| {
                let _ = &counted;
                other.wrapping_add(number)
            };
            view.provide("made", name, Provided::new(add))
        }
    }
}
