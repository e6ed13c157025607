//! Files on a record (附件). A picture is decoded and encoded anew, so that nothing of the upload but its
//! pixels is ever stored or served: no position, no camera, no hidden second file. Other uploads are
//! refused here; documents come with the room that needs them.

use std::io::Cursor;

use base::{Act, Id, Invalid, Outcome, Refusal, limits};
use diesel::prelude::*;
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};
use sha2::{Digest, Sha256};
use store::{Conn, Tx, blobs, on};

diesel::table! {
    parts_file (id) {
        id -> BigInt,
        subject_kind -> Text,
        subject_id -> BigInt,
        at_ms -> BigInt,
        account -> BigInt,
        post -> BigInt,
        is_public -> Bool,
        purpose -> Text,
        media -> Text,
        digest -> Text,
        size -> BigInt,
        width -> BigInt,
        height -> BigInt,
        original_digest -> Text,
    }
}

/// One file.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = parts_file, treat_none_as_default_value = false)]
pub struct File {
    /// Its id.
    pub id: i64,
    /// The kind of record it stands on.
    pub subject_kind: String,
    /// The record.
    pub subject_id: i64,
    /// When it came.
    pub at_ms: i64,
    /// Who brought it.
    pub account: i64,
    /// From which post.
    pub post: i64,
    /// Whether the person who brought the matter may see it.
    pub is_public: bool,
    /// A closed word of the room: what it shows, e.g. `report` or `evidence`.
    pub purpose: String,
    /// Always `image/jpeg` today.
    pub media: String,
    /// SHA-256 of the stored bytes.
    pub digest: String,
    /// Stored bytes.
    pub size: i64,
    /// Pixels.
    pub width: i64,
    /// Pixels.
    pub height: i64,
    /// SHA-256 of what was uploaded, as a proof of what the stored picture was made from.
    pub original_digest: String,
}

/// A picture that was decoded and encoded anew, ready to be stored.
#[derive(Debug, Clone)]
pub struct Picture {
    /// JPEG bytes.
    pub jpeg: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// SHA-256 of the upload, in hexadecimal.
    pub original_digest: String,
}

/// Quality of stored pictures: a 12-megapixel photo becomes about 200 KB.
const QUALITY: u8 = 80;

/// Reads an uploaded picture (JPEG, PNG or WebP, known by its content and never by its name), turns it
/// upright, shrinks it to at most [`limits::PICTURE_SIDE`] and encodes it anew. Slow: call it outside
/// of a deed, on a thread that may block.
///
/// # Errors
/// Invalid (field `photo`): too large, too many pixels, or not a picture.
pub fn read_picture(upload: &[u8]) -> Outcome<Picture> {
    if upload.len() > limits::FILE_BYTES {
        return Err(Invalid::field("photo", "parts.invalid.file_too_large").into());
    }
    let bad = || Invalid::field("photo", "parts.invalid.not_a_picture");
    let mut reader = ImageReader::new(Cursor::new(upload)).with_guessed_format().map_err(|_| bad())?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(bad().into());
    }
    let mut bounds = Limits::default();
    bounds.max_alloc = Some(limits::PICTURE_PIXELS * 8);
    reader.limits(bounds);
    let mut decoder = reader.into_decoder().map_err(|_| bad())?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits::PICTURE_PIXELS {
        return Err(Invalid::field("photo", "parts.invalid.too_many_pixels").into());
    }
    let turn = decoder.orientation().map_err(|_| bad())?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| bad())?;
    if width.max(height) > limits::PICTURE_SIDE {
        picture = picture.resize(limits::PICTURE_SIDE, limits::PICTURE_SIDE, FilterType::Triangle);
    }
    picture.apply_orientation(turn);
    encode(&picture.into_rgb8(), upload)
}

fn encode(pixels: &image::RgbImage, upload: &[u8]) -> Outcome<Picture> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(pixels)?;
    let original_digest = Sha256::digest(upload).iter().map(|b| format!("{b:02x}")).collect();
    Ok(Picture { jpeg, width: pixels.width(), height: pixels.height(), original_digest })
}

/// Stores a picture on a record. The caller records the fact with the file's digest.
///
/// # Errors
/// A refusal when the record has [`limits::FILES_PER_RECORD`] files already.
pub fn add_picture(
    tx: &mut Tx<'_>,
    act: Act,
    subject: (&'static str, i64),
    purpose: &'static str,
    is_public: bool,
    picture: &Picture,
) -> Outcome<Id<File>> {
    let present: i64 = on!(tx.conn, c => parts_file::table
        .filter(parts_file::subject_kind.eq(subject.0))
        .filter(parts_file::subject_id.eq(subject.1))
        .count()
        .get_result(c))?;
    if present >= limits::FILES_PER_RECORD as i64 {
        return Err(Refusal::new("parts.refuse.too_many_files").into());
    }
    let digest = blobs::put(tx, &picture.jpeg)?;
    let id = tx.id::<File>(act.at);
    let row = File {
        id: id.raw(),
        subject_kind: subject.0.to_owned(),
        subject_id: subject.1,
        at_ms: act.at.0,
        account: act.by.account,
        post: act.by.post,
        is_public,
        purpose: purpose.to_owned(),
        media: "image/jpeg".to_owned(),
        digest,
        size: picture.jpeg.len() as i64,
        width: i64::from(picture.width),
        height: i64::from(picture.height),
        original_digest: picture.original_digest.clone(),
    };
    on!(tx.conn, c => diesel::insert_into(parts_file::table).values(&row).execute(c))?;
    Ok(id)
}

/// The files of a record, oldest first; only the public ones if so asked.
pub fn files_of(conn: &mut Conn, kind: &str, id: i64, only_public: bool) -> Outcome<Vec<File>> {
    Ok(on!(conn, c => {
        let mut q = parts_file::table
            .filter(parts_file::subject_kind.eq(kind))
            .filter(parts_file::subject_id.eq(id))
            .select(File::as_select())
            .into_boxed();
        if only_public {
            q = q.filter(parts_file::is_public.eq(true));
        }
        q.order(parts_file::id).load(c)
    })?)
}

/// One file by its id; the caller has to ask whether the person may see its record.
pub fn file_by_id(conn: &mut Conn, id: Id<File>) -> Outcome<Option<File>> {
    Ok(on!(conn, c => parts_file::table.find(id.raw()).select(File::as_select()).first(c).optional())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        DynamicImage::new_rgb8(width, height).write_to(&mut Cursor::new(&mut out), ImageFormat::Png).unwrap();
        out
    }

    #[test]
    fn a_large_picture_is_shrunk_and_made_a_jpeg() {
        let made = read_picture(&png(3_200, 1_600)).unwrap();
        assert_eq!((made.width, made.height), (1_600, 800));
        assert_eq!(&made.jpeg[..3], [0xff, 0xd8, 0xff]);
    }

    #[test]
    fn nothing_of_the_upload_but_its_pixels_is_kept() {
        let mut upload = Vec::new();
        DynamicImage::new_rgb8(40, 40).write_to(&mut Cursor::new(&mut upload), ImageFormat::Jpeg).unwrap();
        // A comment segment behind the start marker and a second file behind the end.
        let secret = b"GPS 37.93,102.64 <script>";
        let mut segment = vec![0xff, 0xfe, 0, (secret.len() + 2) as u8];
        segment.extend_from_slice(secret);
        upload.splice(2..2, segment);
        upload.extend_from_slice(b"PK\x03\x04 hidden");
        let made = read_picture(&upload).unwrap();
        let has = |needle: &[u8]| made.jpeg.windows(needle.len()).any(|w| w == needle);
        assert!(!has(b"GPS") && !has(b"script") && !has(b"PK\x03\x04"));
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_said_kindly() {
        for bad in [
            &b""[..],
            b"GIF89a........",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"%PDF-1.4",
            &png(30, 30)[..40],
        ] {
            assert!(matches!(read_picture(bad), Err(base::Stop::Invalid(_))));
        }
        // A header that promises 50,000 by 50,000 pixels.
        let mut bomb = png(10, 10);
        bomb[16..24].copy_from_slice(&[0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50]);
        assert!(matches!(read_picture(&bomb), Err(base::Stop::Invalid(_))));
        assert!(matches!(read_picture(&vec![0; limits::FILE_BYTES + 1]), Err(base::Stop::Invalid(_))));
    }
}
