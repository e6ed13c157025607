//! Every limit in one place, so that a clerk's IT person can read them and a test can reach them.

/// Rows of a list page.
pub const PAGE_ROWS: usize = 30;
/// Rows of one exported file. An Excel sheet holds 1,048,576.
pub const EXPORT_ROWS: usize = 1_000_000;
/// Characters of a one-line field.
pub const LINE_CHARS: usize = 100;
/// Characters of a text field. The longest of 2,816 real messages had 3,191.
pub const TEXT_CHARS: usize = 5_000;
/// Characters of an official answer. The longest of 2,816 real answers had 7,882.
pub const ANSWER_CHARS: usize = 10_000;
/// Bytes of one uploaded file.
pub const FILE_BYTES: usize = 20 * 1024 * 1024;
/// Files of one record.
pub const FILES_PER_RECORD: usize = 100;
/// Pixels of an uploaded picture.
pub const PICTURE_PIXELS: u64 = 40_000_000;
/// The longer side of a stored picture, in pixels.
pub const PICTURE_SIDE: u32 = 1_600;
/// Bytes of a request without files.
pub const BODY_BYTES: usize = 256 * 1024;
/// Rows of one imported sheet.
pub const IMPORT_ROWS: usize = 1_000_000;
