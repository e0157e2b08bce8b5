//! Sequences of calls of the C API on a pool of objects, as a program without mercy makes them: NULL, stale handles, wrong
//! types, objects deleted in any order, and callbacks that go on with the sequence, also by deleting what is calling them.
//! What a program may not do, and the fuzzer does not, is to use an object after it has deleted it.

mod builtin;
mod callbacks;
mod calls;
mod guests;
mod objects;
mod world;

use world::World;

/// How deeply callbacks go on with the sequence.
const DEPTH: u32 = 6;

/// Reads the bytes as a sequence of calls.
pub fn capi(data: &[u8]) {
    World::with(data, |world| {
        while world.may_step() {
            step(world);
        }
        world.end();
        objects::delete_all(world);
    });
}

/// Some steps of the sequence inside of a callback.
fn nested(world: &World) {
    if world.depth.get() >= DEPTH {
        return;
    }
    world.depth.set(world.depth.get() + 1);
    for _ in 0..world.draw::<u8>() % 4 {
        if world.may_step() {
            step(world);
        }
    }
    world.depth.set(world.depth.get() - 1);
}

fn step(world: &World) {
    match world.draw::<u8>() {
        choice @ 0..90 => objects::step(world, choice),
        choice => calls::step(world, choice - 90),
    }
}
