//! A list that several kinds of reach make together shows exactly the cases of which each by itself says so.

use access::{Clause, ScopeFilter, Touch};
use base::{Cursor, Id, Millis};
use case::{
    model::{Case, Stage},
    store::{CaseFilter, QueueOrder, QueueRow, case_in_scope, count_all, file_by_id, queue, tab_counts},
};
use store::Conn;

use crate::{
    staff::{act, register, taken},
    world::{START, World},
};

/// Matters that several units have a part in: one in each stage that a day brings.
async fn some_matters(world: &World) {
    let mut clerk = world.member("clerk").await;
    register(&mut clerk, "楼道里堆满纸箱", "物业服务不到位").await;
    for title in ["电梯一个月没有年检", "绿地被圈起来种菜"] {
        taken(world, title).await;
    }
    let mut liaison = world.member("liaison").await;
    for (n, title) in ["小区大门的路灯不亮", "地下车库积水", "单元门的锁坏了"].iter().enumerate()
    {
        let case = taken(world, title).await;
        let words =
            [("report_ending", "fixed"), ("report_words", "已约谈物业公司，当天修好，以后每月检查。")];
        act(&mut liaison, &case, "report", &words).await.onward();
        if n > 0 {
            act(&mut clerk, &case, "verification", &[]).await.onward();
        }
    }
}

/// All rows of a list, page after page of two.
fn listed(conn: &mut Conn, filter: &CaseFilter, order: QueueOrder) -> Vec<QueueRow> {
    let (mut all, mut after): (_, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = queue(conn, filter, order, after, 2, START).unwrap();
        assert!(page.rows.len() <= 2);
        all.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

fn within(touches: &[Touch]) -> ScopeFilter {
    ScopeFilter { clauses: touches.iter().map(|touch| Clause { touch: *touch, unit: 0 }).collect() }
}

/// What may reach one of these cases: its places, its units, who brought it.
fn touches(conn: &mut Conn, all: &[QueueRow]) -> Vec<Touch> {
    let mut touches = vec![Touch::Part(1), Touch::Place(access::Level::Town, 1)];
    for row in all {
        let file = file_by_id(conn, row.id).unwrap().unwrap();
        touches.extend(file.parts.iter().map(|unit| Touch::Part(*unit)));
        touches.extend([
            Touch::Place(access::Level::Town, row.town),
            Touch::Holder(row.holder.unit),
            Touch::Own(file.case.registered_by),
        ]);
    }
    touches.sort_unstable_by_key(|t| format!("{t:?}"));
    touches.dedup();
    touches
}

/// The cases of which each by itself says that the scope reaches them, in the order of the list.
fn expected(
    conn: &mut Conn,
    all: &[QueueRow],
    filter: &CaseFilter,
    order: QueueOrder,
) -> Vec<(i64, Id<Case>)> {
    let by_due = matches!(order, QueueOrder::DueFirst | QueueOrder::DueLast);
    let mut ids: Vec<(i64, Id<Case>)> = all
        .iter()
        .filter(|row| filter.stages.is_empty() || filter.stages.contains(&row.stage))
        .filter(|row| case_in_scope(conn, row.id, &filter.scope).unwrap().is_some())
        .map(|row| (if by_due { row.due.0 } else { row.created.0 }, row.id))
        .collect();
    ids.sort_unstable_by_key(|(key, id)| (*key, id.raw()));
    if matches!(order, QueueOrder::DueLast | QueueOrder::NewestFirst) {
        ids.reverse();
    }
    ids
}

fn compare(conn: &mut Conn, all: &[QueueRow], filter: &CaseFilter) {
    for order in [QueueOrder::DueFirst, QueueOrder::DueLast, QueueOrder::NewestFirst, QueueOrder::OldestFirst]
    {
        let expected: Vec<Id<Case>> =
            expected(conn, all, filter, order).into_iter().map(|(_, id)| id).collect();
        let found: Vec<Id<Case>> = listed(conn, filter, order).iter().map(|row| row.id).collect();
        assert_eq!(found, expected, "{filter:?} {order:?}");
        assert_eq!(count_all(conn, filter, START).unwrap(), expected.len() as i64, "{filter:?}");
    }
    let counts = tab_counts(conn, filter, START).unwrap();
    let whole = CaseFilter { stages: filter.stages.clone(), ..CaseFilter::within(filter.scope.clone()) };
    assert_eq!(
        counts.open(),
        listed(conn, &whole, QueueOrder::DueFirst).iter().filter(|r| r.stage.is_open()).count() as i64
    );
}

#[tokio::test]
async fn several_kinds_of_reach_list_what_each_reaches_once() {
    for world in World::all() {
        some_matters(&world).await;
        world
            .db
            .read(|conn| {
                let everything = CaseFilter::within(within(&[Touch::Anything]));
                let all = queue(conn, &everything, QueueOrder::OldestFirst, None, 100, Millis(0))?.rows;
                let open = all.iter().filter(|r| r.stage.is_open()).count();
                assert_eq!((all.len(), open), (6, 4), "{all:?}");
                let touches = touches(conn, &all);
                assert!(touches.len() > 5, "{touches:?}");
                for (n, one) in touches.iter().enumerate() {
                    for other in &touches[n..] {
                        for stages in [vec![], vec![Stage::Closed], vec![Stage::Handling, Stage::Received]] {
                            let scope = within(&[*one, *other, touches[0]]);
                            compare(conn, &all, &CaseFilter { stages, ..CaseFilter::within(scope) });
                        }
                    }
                }
                Ok(())
            })
            .await
            .unwrap();
    }
}
