//! What must be hidden, what must stay, and what people try.

use super::*;
use proptest::prelude::*;

#[test]
fn numbers_of_persons_are_hidden() {
    for (text, kind) in [
        ("请拨13912345678联系我", Personal::Mobile),
        ("+86 139 1234 5678", Personal::Mobile),
        ("0086-139-1234-5678", Personal::Mobile),
        ("１３９１２３４５６７８", Personal::Mobile),
        ("1 3 9 1 2 3 4 5 6 7 8", Personal::Mobile),
        ("139.1234.5678", Personal::Mobile),
        ("139\u{200b}1234\u{200b}5678", Personal::Mobile),
        ("139——1234——5678", Personal::Mobile),
        ("一三九一二三四五六七八", Personal::Mobile),
        ("幺三九 1234 五六七八", Personal::Mobile),
        ("①③⑨①②③④⑤⑥⑦⑧", Personal::Mobile),
        ("𝟏𝟑𝟗𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", Personal::Mobile),
        ("周三13912345678", Personal::Mobile),
        ("0935-2212345", Personal::Landline),
        ("（0935）2212345", Personal::Landline),
        ("010 8221 2345转8012", Personal::Landline),
        ("座机：2212345", Personal::Landline),
        ("11010519491231002X", Personal::Identity),
        ("身份证62060219900101001３", Personal::Identity),
        ("6206 0219 9001 0100 13", Personal::Identity),
        ("620602900101001", Personal::Identity),
        ("6222 0212 3456 7890 123", Personal::BankCard),
        ("6222021234567890123", Personal::BankCard),
        ("订单20190425093209123", Personal::LongNumber),
        ("写信到 zhang.san@example.com.", Personal::Email),
        ("zhang ＠ example。com zhang ＠ example.com", Personal::Email),
        ("甘H12345的车", Personal::Plate),
        ("甘Ｈ·１２３４５", Personal::Plate),
        ("甘h·d12345", Personal::Plate),
        ("微信号：lisi_2019", Personal::Chat),
        ("加QQ 123456789", Personal::Chat),
    ] {
        let found = find(text);
        assert_eq!(found.first().map(|f| f.kind), Some(kind), "{text}: {found:?}");
        assert!(find(&mask(text)).is_empty(), "{text} -> {}", mask(text));
    }
}

#[test]
fn what_the_public_needs_stays() {
    for text in [
        "2019年4月25日9:32:09，2019-04-25 09:32:09，2019/4/25，2019.4.25，20190425",
        "请拨12345、110、119或12333，服务热线95598、400-810-8888",
        "欠我们金额125000元，共计1,380,000.50元，每亩800元",
        "凉州区东大街120号3号楼2单元1502室，编号620602-2026-00500",
        "邮编733000，面积1500.5亩，合同2018年第12345号",
        "全村300多户1200人，从2016年到2019年",
        "甘肃、青海、宁夏，京沪高速",
        "网址 www.example.gov.cn，公告2019第7号",
        "一二三四，十三五规划，二〇一九年",
    ] {
        assert_eq!(mask(text), text, "{:?}", find(text));
    }
}

#[test]
fn only_the_number_is_hidden() {
    assert_eq!(mask("我叫李四，电话139-1234-5678，住三组。"), "我叫李四，电话***-****-****，住三组。");
    assert_eq!(mask("周三13912345678"), "周三***********");
    assert_eq!(mask("13912345678、13812345678"), "***********、***********");
    assert_eq!(mask("甘H12345"), "*******");
    assert_eq!(mask("身份证号11010519491231002X。"), "身份证号******************。");
}

fn any_writing() -> impl Strategy<Value = (String, String)> {
    let digits = prop::collection::vec(0u32..10, 9);
    let style = prop::collection::vec((0u8..4, 0u8..5), 11);
    (digits, 3u32..10, style).prop_map(|(rest, second, style)| {
        let values: Vec<u32> = [1, second].into_iter().chain(rest).collect();
        let plain: String = values.iter().filter_map(|d| char::from_digit(*d, 10)).collect();
        let mut written = String::new();
        for (d, (form, gap)) in values.iter().zip(style) {
            let base = [0x30, 0xff10, 0x1d7ce, 0x30][usize::from(form)];
            written.extend(char::from_u32(base + d));
            written.push_str(["", " ", "-", "－", "."][usize::from(gap)]);
        }
        (plain, written)
    })
}

fn plain_digits(text: &str) -> String {
    text.chars().map(fold).filter(char::is_ascii_digit).collect()
}

proptest! {
    #[test]
    fn a_mobile_number_is_hidden_however_it_is_written((plain, written) in any_writing(), before in "[一-龥]{0,9}", after in "[，。一-龥]{0,9}") {
        let hidden = mask(&format!("{before}，{written}，{after}"));
        prop_assert!(!plain_digits(&hidden).contains(&plain), "{}", hidden);
    }

    #[test]
    fn masking_twice_is_masking_once(text in "\\PC{0,120}") {
        let once = mask(&text);
        prop_assert_eq!(once.chars().count(), text.chars().count());
        prop_assert_eq!(mask(&once), once);
    }

    #[test]
    fn digits_and_signs_never_make_it_stumble(text in "[0-9０-９一二三xX@#甘A-C .·()（）-]{0,60}") {
        let once = mask(&text);
        prop_assert!(find(&once).is_empty(), "{} -> {}", text, once);
    }

    #[test]
    fn text_without_digits_or_at_signs_stays(text in "[一二三四五六]{0,6}[甲-癸，。！？ ]{0,80}") {
        prop_assume!(!text.contains('@'));
        prop_assert_eq!(mask(&text), text);
    }
}
