//! Hooks at a point of the host, one of which answers later: `cargo run --example host_hooks -- [PLUGIN…]`. Those of plug-ins, such as
//! `jobs`, are called between them.
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use vm::{Answer, Context, Engine, Event, EventLoop, EventValues, HookEvent, HookPosition, PluginRegistry};

/// Asks the accounting service, here a thread, for the price of a job.
fn price_of(job: String) -> impl Future<Output = i64> + Send {
    let answer = Arc::new(Mutex::new((None, None::<Waker>)));
    let service = Arc::clone(&answer);
    thread::spawn(move || {
        let mut answer = service.lock().unwrap();
        answer.0 = Some(job.len() as i64);
        answer.1.take().inspect(Waker::wake_by_ref);
    });
    poll_fn(move |task| {
        let mut answer = answer.lock().unwrap();
        answer.1 = Some(task.waker().clone());
        answer.0.map_or(Poll::Pending, Poll::Ready)
    })
}

fn main() -> vm::Result<()> {
    let plugins = PluginRegistry::new();
    for path in std::env::args().skip(1) {
        plugins.load_from_path(path)?;
    }
    let mut vm = Context::new(&Engine::new()?)?;
    vm.register_plugins(&plugins)?;
    vm.add_hook("print.job", HookPosition::First, |event: &mut HookEvent<'_>| match &*event.string("job")? {
        "poster" => Ok(Answer::Complete), // decided: no other hook is asked
        _ => Ok(Answer::Continue),
    })?;
    vm.add_async_hook("print.job", HookPosition::Last, |mut event: EventValues| async move {
        let price = price_of(event.string("job")?).await;
        event.set("price", price)?;
        Ok(if price > 10 { Answer::Complete } else { Answer::Continue })
    })?;

    // All of them are asked about before the first answer.
    let mut asked = Vec::new();
    for job in ["letter", "poster", "encyclopedia"] {
        let mut event = Event::new("print.job")?;
        event.set("job", job)?;
        let execution = vm.start_hooks(&mut event)?;
        asked.push((event, execution));
    }
    let event_loop = EventLoop::new()?;
    for (event, execution) in asked {
        let answer = event_loop.block_on(execution)??;
        let price = event.integer("price").map_or_else(|_| "no price".to_owned(), |price| format!("price {price}"));
        let refused = if answer == Answer::Complete { "refused" } else { "printed" };
        println!("{}: {price}, {refused}", event.string("job")?);
    }
    Ok(())
}
