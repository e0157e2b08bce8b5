//! Rounds in which every contender runs once.
use std::time::{Duration, Instant};

/// Somebody that does the same work as the others.
pub struct Contender<'a> {
    /// Its column in the table.
    pub name: &'a str,
    /// Does the work `n` times and gives a number that all contenders have to agree on.
    pub run: Box<dyn FnMut(u32) -> u64 + 'a>,
}

/// How long a race takes.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many rounds are run.
    pub rounds: usize,
    /// How long one contender's turn should take.
    pub turn: Duration,
    /// After how many pieces of work the contenders have to agree.
    pub checks: &'static [u32],
}

/// Who takes as many turns' time for one piece of work takes part in the first rounds only.
const SLOW: u32 = 50;
/// How many those are.
const SLOW_ROUNDS: usize = 3;

/// The times of a race.
#[derive(Clone, Debug)]
pub struct Race {
    names: Vec<String>,
    /// Nanoseconds for one piece of work, by contender and round.
    times: Vec<Vec<f64>>,
}

impl Race {
    /// Lets the contenders run.
    ///
    /// # Errors
    /// A message when they do not agree on what comes out.
    pub fn run(contenders: &mut [Contender<'_>], effort: Effort) -> Result<Self, String> {
        agree(contenders, effort.checks)?;
        let turns: Vec<(u32, usize)> = contenders.iter_mut().map(|contender| plan(contender, effort)).collect();
        let mut times = vec![Vec::with_capacity(effort.rounds); contenders.len()];
        for round in 0..effort.rounds {
            for turn in 0..contenders.len() {
                // Nobody always runs after the same other.
                let index = (turn + round) % contenders.len();
                let (n, rounds) = turns[index];
                if round < rounds {
                    let start = Instant::now();
                    (contenders[index].run)(n);
                    times[index].push(start.elapsed().as_nanos() as f64 / f64::from(n));
                }
            }
        }
        Ok(Self { names: contenders.iter().map(|contender| contender.name.to_owned()).collect(), times })
    }

    fn times(&self, name: &str) -> Option<&[f64]> {
        let index = self.names.iter().position(|known| known == name)?;
        Some(&self.times[index])
    }

    /// The median time of a contender in nanoseconds; `None` when it did not take part.
    pub fn nanoseconds(&self, name: &str) -> Option<f64> {
        self.times(name).map(|times| median(times.to_vec()))
    }

    /// How many times as long as `base` a contender takes: the median over the rounds.
    pub fn ratio(&self, name: &str, base: &str) -> Option<f64> {
        let ratios = self.times(name)?.iter().zip(self.times(base)?).map(|(own, other)| own / other);
        Some(median(ratios.collect()))
    }
}

/// Lets all contenders do the same, which also warms them up.
fn agree(contenders: &mut [Contender<'_>], checks: &[u32]) -> Result<(), String> {
    for n in checks {
        let mut first = None;
        for contender in &mut *contenders {
            let found = (contender.run)(*n);
            let (name, expected) = *first.get_or_insert((contender.name, found));
            if found != expected {
                return Err(format!("after {n} times {name} gives {expected:#x}, but {} gives {found:#x}", contender.name));
            }
        }
    }
    Ok(())
}

/// How many pieces of work fill a contender's turn, and in how many rounds it takes part.
fn plan(contender: &mut Contender<'_>, effort: Effort) -> (u32, usize) {
    let mut n = 1;
    loop {
        let mut time = || {
            let start = Instant::now();
            (contender.run)(n);
            start.elapsed()
        };
        let mut took = time();
        if took > effort.turn * SLOW {
            return (n, SLOW_ROUNDS.min(effort.rounds));
        }
        // Once may be a slow moment.
        for _ in 0..2 {
            took = took.min(time());
        }
        if took * 2 > effort.turn || n > u32::MAX / 4 {
            return (n, effort.rounds);
        }
        n *= 2;
    }
}

/// The middle one of some numbers; NaN when there are none.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    match numbers.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => numbers[count / 2],
        count => (numbers[count / 2 - 1] + numbers[count / 2]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Effort = Effort { rounds: 3, turn: Duration::from_micros(10), checks: &[1, 2, 1000] };

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(vec![]).is_nan());
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let times = vec![vec![2.0, 20.0, 200.0], vec![1.0, 10.0, 50.0]];
        let race = Race { names: vec!["slow".to_owned(), "base".to_owned()], times };
        assert_eq!(race.ratio("slow", "base"), Some(2.0));
        assert_eq!(race.nanoseconds("base"), Some(10.0));
        assert_eq!(race.ratio("nobody", "base"), None);
    }

    #[test]
    fn who_disagrees_is_named() {
        let mut contenders = [
            Contender { name: "right", run: Box::new(u64::from) },
            Contender { name: "wrong", run: Box::new(|n| u64::from(n) / 1000 * 7 + u64::from(n) % 1000) },
        ];
        let error = Race::run(&mut contenders, SHORT).unwrap_err();
        assert_eq!(error, "after 1000 times right gives 0x3e8, but wrong gives 0x7");
        assert!(Race::run(&mut contenders[..1], SHORT).is_ok());
    }
}
