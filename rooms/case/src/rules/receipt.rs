//! The receipt's code (查询码): derived from the installation's key and the case's id, so that the
//! database holds nothing with which a stranger could open a case.

/// How many characters.
pub const CODE_CHARS: usize = 8;
const CLEAR: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// What the key is asked about a case.
pub fn code_text(case_id: i64) -> String {
    format!("receipt {case_id}")
}

/// The code out of the key's answer: letters and digits without the ones that look alike.
pub fn code_of(answer: &[u8]) -> String {
    // A byte above 247 is passed over, so that every letter is equally likely.
    let fair = CLEAR.len() * (256 / CLEAR.len());
    let letters = answer
        .iter()
        .filter(|b| usize::from(**b) < fair)
        .map(|b| char::from(CLEAR[usize::from(*b) % CLEAR.len()]));
    letters.chain(std::iter::repeat('Z')).take(CODE_CHARS).collect()
}

/// A typed code as it is compared: capitals, without blanks and dashes.
pub fn typed_code(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .take(CODE_CHARS + 1)
        .collect()
}

/// Whether the typed code is right. Every character is looked at, whatever the first one says.
pub fn is_code(right: &str, typed: &str) -> bool {
    let typed = typed_code(typed);
    let same_length = right.len() == typed.len();
    let differing = right.bytes().zip(typed.bytes()).fold(0u8, |d, (a, b)| d | (a ^ b));
    same_length && differing == 0
}

/// Whether two people mean the same telephone or e-mail address: blanks, dashes and the country's
/// prefix are how one writes, not what one means.
pub fn is_same_contact(kept: &str, said: &str) -> bool {
    let meant = |text: &str| -> String {
        if text.contains('@') {
            return text.trim().to_lowercase();
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        match digits.strip_prefix("86") {
            Some(rest) if rest.len() == 11 => rest.to_owned(),
            _ => digits,
        }
    };
    let (kept, said) = (meant(kept), meant(said));
    !kept.is_empty() && kept == said
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_is_read_as_people_type_it(answer in prop::collection::vec(any::<u8>(), 32)) {
            let code = code_of(&answer);
            prop_assert_eq!(code.len(), CODE_CHARS);
            let typed = format!(" {}-{} ", &code[..4].to_lowercase(), &code[4..]);
            prop_assert!(is_code(&code, &typed));
            prop_assert!(!is_code(&code, &code[..7]));
            let longer = format!("{}A", code);
            prop_assert!(!is_code(&code, &longer));
        }
    }

    #[test]
    fn a_contact_is_the_same_however_it_is_written() {
        assert!(is_same_contact("13912345678", " 139-1234 5678"));
        assert!(is_same_contact("+86 139 1234 5678", "13912345678"));
        assert!(is_same_contact("Zhou@example.cn", "zhou@example.cn "));
        assert!(!is_same_contact("13912345678", "13912345679"));
        assert!(!is_same_contact("13912345678", "139123456"));
        assert!(!is_same_contact("", "") && !is_same_contact("王女士", "李女士"));
    }
}
