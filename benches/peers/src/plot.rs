//! The picture: for each row a line, and for each peer a mark at how many times libvm's number it has.
use crate::drawn;
use crate::rows::{Cell, Row};
use std::fmt::Write;

const COLOURS: [&str; 6] = ["#e69f00", "#0072b2", "#56b4e9", "#d55e00", "#009e73", "#cc79a7"];
const LEFT: f64 = 300.0;
const WIDTH: f64 = 560.0;
const LINE: f64 = 26.0;
const TOP: f64 = 70.0;
/// The scale goes from 1/64 to 64 times; what lies outside is drawn at its end.
const OCTAVES: f64 = 6.0;

/// Draws rows as SVG.
pub fn draw(rows: &[Row], peers: &[&str]) -> String {
    let rows: Vec<&Row> = drawn(rows).collect();
    let bottom = TOP + LINE * rows.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        LEFT + WIDTH + 30.0,
        bottom + 50.0
    );
    for (index, name) in peers.iter().enumerate() {
        let x = LEFT - 60.0 + 112.0 * index as f64;
        mark(&mut svg, index, x, 20.0);
        text(&mut svg, x + 10.0, 24.5, "start", name);
    }
    for octave in -6..=6 {
        let (x, times) = (place(2f64.powi(octave)), 1u32 << octave.abs());
        let (colour, width) = if octave == 0 { ("#444444", 1.5) } else { ("#dddddd", 1.0) };
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
            TOP - 10.0
        );
        let label = if octave < 0 { format!("1/{times}") } else { times.to_string() };
        text(&mut svg, x, TOP - 16.0, "middle", &label);
    }
    for (index, row) in rows.iter().enumerate() {
        let y = TOP + LINE * (index as f64 + 0.5);
        text(&mut svg, LEFT - 12.0, y + 4.5, "end", &row.title.replace('`', ""));
        for (index, name) in peers.iter().enumerate() {
            if let Some(Cell::Ratio(ratio)) = row.cell(name) {
                mark(&mut svg, index, place(1.0 / ratio), y);
            }
        }
    }
    let middle = LEFT + WIDTH / 2.0;
    text(
        &mut svg,
        middle,
        bottom + 24.0,
        "middle",
        "how many times as much as libvm takes: left of 1 a peer takes less, right of it more",
    );
    svg + "</svg>\n"
}

fn place(times: f64) -> f64 {
    LEFT + WIDTH * (times.log2().clamp(-OCTAVES, OCTAVES) / OCTAVES + 1.0) / 2.0
}

/// A mark that is also told apart without colours.
fn mark(svg: &mut String, peer: usize, x: f64, y: f64) {
    let colour = COLOURS[peer % COLOURS.len()];
    let _ = match peer % COLOURS.len() {
        0 => writeln!(svg, "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"7\" height=\"7\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>", x - 3.5, y - 3.5),
        1 => writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\"/>"),
        2 => {
            writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>")
        }
        3 => writeln!(svg, "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"9\" height=\"9\" fill=\"{colour}\"/>", x - 4.5, y - 4.5),
        4 => writeln!(svg, "<path d=\"M{x:.1} {:.1}l6 10h-12z\" fill=\"{colour}\"/>", y - 6.0),
        _ => writeln!(svg, "<path d=\"M{x:.1} {:.1}l6 6l-6 6l-6 -6z\" fill=\"{colour}\"/>", y - 6.0),
    };
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}
