//! Small tables with every sort of trouble, and the shipped map against its real table where that is at hand.

use base::Zone;
use proptest::prelude::*;

use super::*;
use crate::rules::answers::Tenths;

const MESSAGES: &str = include_str!("../../../../../packs/maps/messages.toml");
const NOW: Millis = Millis(1_780_000_000_000);

fn map() -> Map {
    read_map(MESSAGES, |_| true).unwrap()
}

fn sheet(rows: Vec<Vec<Cell>>) -> Sheet {
    let header = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "答复意见", "答复时间"];
    let header = header.iter().map(|h| Cell::Text((*h).into())).collect();
    Sheet { name: "表".into(), first_row: 1, rows: std::iter::once(header).chain(rows).collect() }
}

fn row(key: Cell, time: Cell, answer: &str, answered: Cell) -> Vec<Cell> {
    let text = |t: &str| Cell::Text(t.into());
    vec![
        key,
        text("某用户"),
        text("路灯不亮"),
        time,
        text("\n\t\t门口的路灯不亮了。\n\t\t"),
        text(answer),
        answered,
    ]
}

fn read(rows: Vec<Vec<Cell>>) -> Imported {
    read_rows(&sheet(rows), &map(), &Zone::default(), NOW)
}

fn keys(rows: Vec<Vec<Cell>>) -> Vec<(usize, &'static str)> {
    read(rows).bad.iter().map(|b| (b.row, b.key)).collect()
}

fn text(t: &str) -> Cell {
    Cell::Text(t.into())
}

#[test]
fn a_good_row_becomes_a_matter() {
    let got = read(vec![row(
        Cell::Number(2549.0),
        text("2019/4/25 9:32:09"),
        "已修好。",
        text("2019年5月10日 下午2:56"),
    )]);
    assert_eq!((got.bad, got.good.len()), (vec![], 1));
    let good = &got.good[0];
    assert_eq!((good.row, good.key.as_str(), good.category.as_str()), (2, "messages:2549", "020101"));
    assert_eq!(good.body, "门口的路灯不亮了。");
    assert!(good.reporter_name.is_empty(), "a column that is not named is not read");
    let answer = good.answer.as_ref().unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.ending, answer.at.unwrap().is_exact),
        ("已修好。", Ending::Explained, true)
    );
}

#[test]
fn each_trouble_is_told_with_row_column_and_reason() {
    let good_time = || text("2019-04-25 09:32:09");
    assert_eq!(
        keys(vec![
            row(Cell::Number(1.0), text("昨天"), "", Cell::Empty),
            row(Cell::Number(1.0), good_time(), "", Cell::Empty),
            row(Cell::Number(123_456_789_012_345_680.0), good_time(), "", Cell::Empty),
            row(Cell::Error("#N/A".into()), good_time(), "", Cell::Empty),
            row(Cell::Empty, good_time(), "", Cell::Empty),
            row(Cell::Number(6.0), text("01/02/2019"), "", Cell::Empty),
            row(Cell::Number(7.0), good_time(), "好", text("2019-04-24 09:00")),
            row(Cell::Number(8.0), good_time(), "", text("2019-05-24 09:00")),
            row(Cell::Number(9.0), text("2199-01-01"), "", Cell::Empty),
        ]),
        [
            (2, "import.error.date_unreadable"),
            (3, "import.error.key_twice"),
            (4, "import.error.digits_lost"),
            (5, "import.error.formula"),
            (6, "import.error.missing"),
            (7, "import.error.date_ambiguous"),
            (8, "import.error.answer_first"),
            (9, "import.error.time_without_answer"),
            (10, "import.error.date_to_come"),
        ]
    );
}

#[test]
fn a_value_in_a_message_hides_personal_data() {
    let got = read(vec![row(Cell::Number(1.0), text("打13912345678问我"), "", Cell::Empty)]);
    assert_eq!(got.bad[0].value, "打***********问我");
    assert_eq!(got.bad[0].column, "留言时间");
}

#[test]
fn an_answer_on_the_day_without_a_time_is_no_mistake_and_no_elapsed_time() {
    let got = read(vec![row(Cell::Number(1.0), text("2019-04-25 09:32:09"), "好的", text("2019/4/25"))]);
    assert_eq!((got.bad.len(), got.good.len()), (0, 1));
    assert_eq!(got.answer_times().count(), 0);
}

#[test]
fn a_missing_column_stops_the_whole_sheet() {
    let mut s = sheet(vec![row(Cell::Number(1.0), text("2019-04-25"), "", Cell::Empty)]);
    s.rows[0][4] = text("内容");
    let got = read_rows(&s, &map(), &Zone::default(), NOW);
    assert_eq!(
        (got.good.len(), got.bad[0].key, got.bad[0].column.as_str()),
        (0, "import.error.column_missing", "留言详情")
    );
    assert_eq!(got.unread, ["内容"]);
}

#[test]
fn the_sheet_comes_back_with_reason_and_suggestion() {
    let s = sheet(vec![
        row(Cell::Number(1.0), Cell::Day(43_832.5, false), "", Cell::Empty),
        row(Cell::Number(2.0), text("昨天"), "", Cell::Empty),
        row(text("620602199001010013"), text("=1+1"), "", Cell::Empty),
    ]);
    let got = read_rows(&s, &map(), &Zone::default(), NOW);
    let say = |b: &BadCell| [b.key.to_owned(), format!("{}.way", b.key)];
    let bytes = write_back(&s, 1, &got.bad, ["错误", "建议"], say).unwrap();
    let back = open_sheet(&bytes, None).unwrap();
    assert_eq!(back.rows[0][7..], [text("错误"), text("建议")]);
    assert_eq!(back.rows[1][3], text("2020-01-02 12:00:00"));
    assert!(back.rows[1].get(7).is_none_or(Cell::is_blank));
    assert_eq!(back.rows[2][7], text("import.error.date_unreadable"));
    assert_eq!(back.rows[3][0], text("620602199001010013"));
    assert_eq!(back.rows[3][3], text("=1+1"));
}

#[test]
fn what_is_no_spreadsheet_is_told() {
    assert!(matches!(open_sheet(b"", None), Err(SheetError::Unreadable(_))));
    assert!(matches!(open_sheet(b"PK\x03\x04 torn", None), Err(SheetError::Unreadable(_))));
    let bytes = write_back(&sheet(vec![]), 1, &[], ["错误", "建议"], |_| Default::default()).unwrap();
    assert!(matches!(open_sheet(&bytes, Some("不存在")), Err(SheetError::NoSuchSheet(_))));
}

#[test]
fn mistakes_in_a_map_are_told() {
    let err = read_map("source = 1", |_| true).unwrap_err();
    assert_eq!((err[0].line, err[0].key), (1, "import.map.syntax"));
    let err = read_map(MESSAGES, |c| c != "050101").unwrap_err();
    assert_eq!(err[0].key, "import.map.unknown_category");
    assert!(MESSAGES.lines().nth(err[0].line - 1).unwrap().contains("050101"));
    let err = read_map("source = \"x\"\n[columns]\ntitle = \"题\"", |_| true).unwrap_err();
    assert_eq!(err.len(), 5);
}

#[test]
fn the_shipped_map_names_categories_of_the_shipped_pack() {
    let pack = include_str!("../../../../../packs/wuwei/categories.toml");
    assert!(
        read_map(MESSAGES, |code| pack.contains(&format!("code = \"{code}\", parent = \"{}\"", &code[..4])))
            .is_ok()
    );
}

/// The figures that the shipped map must give on the table it was written for. The table is not part of
/// this project; where it is at hand, its path is in `LINLI_MESSAGES_XLSX`.
#[test]
fn the_real_table_gives_the_known_figures() {
    #[expect(clippy::disallowed_methods, reason = "the table's place is known to the tester only")]
    let Ok(path) = std::env::var("LINLI_MESSAGES_XLSX") else { return };
    let bytes = std::fs::read(path).unwrap();
    let got = read_rows(&open_sheet(&bytes, None).unwrap(), &map(), &Zone::default(), NOW);
    assert_eq!((got.good.len(), got.bad.len()), (2816, 0), "{:?}", got.bad.first());
    assert!(got.unread.is_empty());
    let times = got.answer_times();
    assert_eq!(times.count(), 2815);
    assert_eq!(times.share_within(15), Some(Tenths(615)));
    assert_eq!(times.share_within(60), Some(Tenths(944)));
    assert_eq!(times.quantile(50), Some(Tenths(112)));
    assert_eq!(times.quantile(90), Some(Tenths(410)));
    let by_words = got.good.iter().filter(|r| r.category != "120602").count();
    assert!(by_words * 100 > got.good.len() * 75, "{by_words} found by words");
}

fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Empty),
        "\\PC{0,30}".prop_map(Cell::Text),
        any::<f64>().prop_map(Cell::Number),
        any::<f64>().prop_map(|n| Cell::Day(n, false)),
        Just(Cell::Error("#REF!".into())),
    ]
}

proptest! {
    #[test]
    fn no_table_makes_the_reader_stumble(rows in prop::collection::vec(prop::collection::vec(any_cell(), 7), 0..8)) {
        let count = rows.len();
        let got = read(rows);
        prop_assert_eq!(got.good.len() + got.bad_rows() + got.empty, count);
    }
}
