//! Urging: who brought a matter asks what has become of it, without an account; the office that has it and the desk
//! above see it; it is limited, and it counts against nobody.

use base::DAY_MS;

use crate::resident::{Receipt, say};
use crate::staff::act;
use crate::world::{Browser, World};

/// Opens the matter again in the same browser.
async fn open(browser: &mut Browser, receipt: &Receipt) {
    browser.get("/follow").await.ok();
    let typed = [("number", receipt.number.as_str()), ("code", receipt.code.as_str())];
    assert_eq!(browser.send("/follow", &typed).await.onward(), receipt.address);
}

#[tokio::test]
async fn a_resident_urges_and_the_offices_see_it() {
    for world in World::all() {
        let mut resident = world.resident();
        let receipt = say(&mut resident, "路灯不亮", "东门的路灯坏了三天，晚上看不见路。").await;
        let Receipt { number, address: matter, case, .. } = &receipt;
        let form = format!("{matter}/urging");
        assert!(resident.get(matter).await.ok().text().contains(&form));
        resident.get(&form).await.ok();
        resident.send(&form, &[("words", "老人晚上不敢出门，请快一点")]).await.onward();
        let page = resident.get(matter).await.ok();
        assert!(page.words().contains("可以再催") && !page.text().contains(&format!("\"{form}\"")));
        // Too soon: it says from when, and what can be done instead.
        resident.get(&form).await.ok();
        let told = resident.send(&form, &[("words", "")]).await.is(409).words();
        assert!(told.contains("3月5日") && told.contains("补充说明"), "{told}");

        // The desk that has it, and the one above.
        let mut clerk = world.member("clerk").await;
        let queue = clerk.get("/queue?tab=received").await.ok().words();
        assert!(queue.contains("居民催办"), "{queue}");
        let page = clerk.get(case).await.ok().words();
        assert!(page.contains("居民催办") && page.contains("老人晚上不敢出门"), "{page}");
        assert!(clerk.get("/urged?whose=held").await.ok().words().contains(number.as_str()));
        let mut county = world.member("county").await;
        let above = county.get("/urged?whose=above").await.ok().words();
        assert!(above.contains(number.as_str()) && above.contains("还没有动作"), "{above}");
        assert!(county.get("/urged/sheet.xlsx").await.bytes.starts_with(b"PK"));
        world.member("outsider").await.get("/urged").await.is(403);

        world.pass(60_000).await;
        // Somebody does something: it is answered, and may be urged again at once.
        act(&mut clerk, case, "acceptance", &[]).await.onward();
        assert!(!county.get("/urged?whose=above").await.ok().words().contains(number.as_str()));
        assert!(county.get("/urged?tab=answered").await.ok().words().contains(number.as_str()));
        world.pass(60_000).await;
        resident.get(&form).await.ok();
        resident.send(&form, &[("words", "")]).await.onward();
        resident.get(&form).await.ok();
        resident.send(&form, &[("words", "")]).await.is(409);
        // After the days, also without.
        world.pass(3 * DAY_MS).await;
        open(&mut resident, &receipt).await;
        resident.get(&form).await.ok();
        resident.send(&form, &[]).await.onward();
        // What was taken back is not urged.
        resident.get(&format!("{matter}/withdrawal")).await.ok();
        resident.send(&format!("{matter}/withdrawal"), &[]).await.onward();
        resident.get(&form).await.ok();
        let over = resident.send(&form, &[]).await.is(409).words();
        assert!(over.contains("不用催办"), "{over}");
        // Without what the browser holds, the address opens nothing.
        world.resident().get(&form).await.is(410);
    }
}
