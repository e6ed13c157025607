//! A QR code as one path of an inline picture: no script, no style, no file on the disk.

use qrcodegen::{QrCode, QrCodeEcc};

/// A QR code to be drawn: the side in modules with a quiet zone of four, and the dark modules as a path.
pub struct Qr {
    /// The side of the picture in modules.
    pub side: i32,
    /// The `d` of its path.
    pub path: String,
}

/// Modules of white around the code that scanners need (ISO/IEC 18004).
const QUIET: i32 = 4;

/// The code of a text; `None` when it is longer than a code holds (some 2,300 characters).
pub fn qr(text: &str) -> Option<Qr> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count() as i32;
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET));
            }
            x += run.max(1);
        }
    }
    Some(Qr { side: code.size() + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_paints_the_dark_modules_and_no_other() {
        let code = QrCode::encode_text("otpauth://totp/x", QrCodeEcc::Medium).unwrap();
        let drawn = qr("otpauth://totp/x").unwrap();
        let mut dark = 0;
        for piece in drawn.path.split('M').skip(1) {
            let (at, rest) = piece.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
            let run: i32 = rest.split('v').next().unwrap().parse().unwrap();
            assert!((x..x + run).all(|x| code.get_module(x - QUIET, y - QUIET)));
            dark += run;
        }
        let all = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        assert_eq!(dark, all.filter(|(x, y)| code.get_module(*x, *y)).count() as i32);
    }

    #[test]
    fn what_does_not_fit_is_no_fault() {
        assert!(qr(&"x".repeat(5_000)).is_none());
    }
}
