//! Where the boxes of a drawn graph stand: each as near to the middle of its neighbours as the order
//! of its column allows.

use super::layers::Layers;

/// How often all columns are moved.
const SWEEPS: usize = 16;

/// The room of a box or of the place of a long arrow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Room {
    /// Its height.
    pub(crate) height: f64,
    /// What is kept free above and below.
    pub(crate) around: f64,
}

/// The middle of everything that is placed, from 0 downwards, and the height of it all.
pub(crate) fn heights(layers: &Layers, rooms: &[Room]) -> (Vec<f64>, f64) {
    let [left, right] = layers.neighbours(rooms.len());
    let mut middle = vec![0.0; rooms.len()];
    let above: Vec<Vec<f64>> = layers.columns.iter().map(|column| offsets(column, rooms)).collect();
    for (column, above) in layers.columns.iter().zip(&above) {
        for (place, offset) in column.iter().zip(above) {
            middle[*place] = *offset;
        }
    }
    for sweep in 0..SWEEPS {
        let columns = layers.columns.len();
        for step in 0..columns {
            let at = if sweep % 2 == 0 { columns - 1 - step } else { step };
            let beside = |place: usize| -> [&[usize]; 2] {
                match sweep {
                    // In the end both sides count, so that neither hangs on the other.
                    last if last + 4 >= SWEEPS => [&left[place], &right[place]],
                    even if even % 2 == 0 => [&right[place], &[]],
                    _ => [&left[place], &[]],
                }
            };
            let wanted: Vec<f64> = layers.columns[at]
                .iter()
                .zip(&above[at])
                .map(|(place, offset)| {
                    let neighbours = beside(*place).into_iter().flatten();
                    let (sum, number) = neighbours
                        .fold((0.0, 0_u32), |(sum, number), it| (sum + middle[*it], number + 1));
                    let wanted = if number == 0 { middle[*place] } else { sum / f64::from(number) };
                    wanted - offset
                })
                .collect();
            let moved = nearest_in_order(&wanted);
            for ((place, offset), value) in layers.columns[at].iter().zip(&above[at]).zip(moved) {
                middle[*place] = value + offset;
            }
        }
    }
    let edge = |sign: f64| move |(middle, room): (&f64, &Room)| middle + sign * room.height / 2.0;
    let top = middle.iter().zip(rooms).map(edge(-1.0)).fold(f64::INFINITY, f64::min);
    let bottom = middle.iter().zip(rooms).map(edge(1.0)).fold(f64::NEG_INFINITY, f64::max);
    if rooms.is_empty() {
        return (middle, 0.0);
    }
    for value in &mut middle {
        *value -= top;
    }
    (middle, bottom - top)
}

/// How far below the first each of a column is when all stand as close as they may.
fn offsets(column: &[usize], rooms: &[Room]) -> Vec<f64> {
    let mut offset = 0.0;
    let mut before: Option<Room> = None;
    let mut offsets = Vec::with_capacity(column.len());
    for place in column {
        let room = rooms[*place];
        if let Some(before) = before {
            offset += before.height / 2.0 + before.around.max(room.around) + room.height / 2.0;
        }
        before = Some(room);
        offsets.push(offset);
    }
    offsets
}

/// The values that do not fall from one to the next and that are nearest to those wanted, by the sum of
/// squares: neighbours that want to pass each other share their average.
fn nearest_in_order(wanted: &[f64]) -> Vec<f64> {
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for value in wanted {
        blocks.push((*value, 1));
        while let [.., (before, many), (last, more)] = blocks[..]
            && before > last
        {
            let together = many + more;
            let average = (before * many as f64 + last * more as f64) / together as f64;
            blocks.truncate(blocks.len() - 2);
            blocks.push((average, together));
        }
    }
    blocks.into_iter().flat_map(|(value, number)| std::iter::repeat_n(value, number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::layers::tests::layers;

    #[test]
    fn who_wants_to_pass_another_shares_its_place() {
        assert_eq!(nearest_in_order(&[1.0, 5.0, 3.0, 9.0]), [1.0, 4.0, 4.0, 9.0]);
        assert_eq!(nearest_in_order(&[3.0, 2.0, 1.0]), [2.0, 2.0, 2.0]);
        assert!(nearest_in_order(&[]).is_empty());
    }

    #[test]
    fn boxes_of_a_column_never_overlap_and_one_stands_in_the_middle_of_its_two_inputs() {
        let layers = layers(3, &[(1, 0), (2, 0)], 10).unwrap();
        let room = Room { height: 20.0, around: 10.0 };
        let (middle, height) = heights(&layers, &[room; 3]);
        assert_eq!(middle[0], (middle[1] + middle[2]) / 2.0);
        assert_eq!((middle[1] - middle[2]).abs(), 30.0);
        assert_eq!(height, 50.0);
    }
}
