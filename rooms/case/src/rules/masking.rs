//! Hiding personal data in free text (个人信息遮盖) before it is shown on a public page.
//!
//! Hidden are mobile and landline numbers, identity numbers, bank cards, e-mail addresses, number
//! plates, chat accounts, and any unbroken row of eleven digits or more. Each letter and digit of them
//! becomes an asterisk; everything else stays where it is. Doubt is decided for hiding: a public page
//! loses little by a hidden order number. Left alone are service numbers (110, 12345, 400-xxx-xxxx),
//! dates, times and amounts.
//!
//! People write around filters: full-width digits, Chinese numerals, blanks, dots or dashes between digits,
//! brackets around area codes. All of these are read as the number they stand for.
//!
//! Deliberately absent: names. No rule finds them without guessing; the form asks not to write them.

use std::ops::Range;

mod digits;
mod words;

/// What sort of personal data was found (个人信息种类).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Personal {
    /// 手机号
    Mobile,
    /// 固定电话
    Landline,
    /// 身份证号
    Identity,
    /// 银行卡号
    BankCard,
    /// 其他长号码
    LongNumber,
    /// 电子邮箱
    Email,
    /// 车牌号
    Plate,
    /// 聊天账号
    Chat,
}

/// One find: which characters (not bytes) of the text, and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Positions of characters.
    pub chars: Range<usize>,
    /// What it is.
    pub kind: Personal,
}

/// The text with personal data hidden. As many characters as before, and nothing left to find.
pub fn mask(text: &str) -> String {
    let found = find(text);
    if found.is_empty() {
        return text.to_owned();
    }
    let mut hidden: Vec<char> = text.chars().collect();
    for f in &found {
        for c in &mut hidden[f.chars.clone()] {
            if fold(*c).is_alphanumeric() {
                *c = '*';
            }
        }
    }
    hidden.into_iter().collect()
}

/// Every find, in order, none inside another.
pub fn find(text: &str) -> Vec<Found> {
    let folded: Vec<char> = text.chars().map(fold).collect();
    let mut all = words::emails(&folded);
    all.extend(words::plates(&folded));
    all.extend(words::chats(&folded));
    all.extend(digits::numbers(&folded));
    all.sort_by_key(|f| (f.chars.start, std::cmp::Reverse(f.chars.end)));
    let mut end = 0;
    all.retain(|f| {
        let fresh = f.chars.end > end;
        end = end.max(f.chars.end);
        fresh
    });
    all
}

/// One character as the plain one that it stands for: full-width, circled and mathematical forms.
fn fold(c: char) -> char {
    let code = c as u32;
    let plain = match code {
        0xff01..=0xff5e => code - 0xfee0,
        0x3000 => 0x20,
        0x2460..=0x2468 => code - 0x2460 + 0x31,
        0x24ea => 0x30,
        0x1d7ce..=0x1d7ff => 0x30 + (code - 0x1d7ce) % 10,
        0xfe6b => 0x40,
        _ => code,
    };
    char::from_u32(plain).unwrap_or(c)
}

#[cfg(test)]
mod tests;
