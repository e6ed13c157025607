//! The cast (角色): the same few people in the demo and in every story, each with one role.

use base::{Id, Outcome};
use store::Tx;

use crate::deeds::{
    Doer, NewAccount, NewPost, NewUnit, create_account, create_post, create_unit, give_totp, grant_post,
};
use crate::model::{Account, Duties, Duty, Place, Post, Unit, UnitKind};
use crate::rules::password_digest;

/// The password of every demo account. It is printed beside the address when the demo starts; nothing
/// but the demo and the stories uses it.
pub const DEMO_PASSWORD: &str = "linli-demo-2026";

/// The second factor of the one demo account that has it, in base 32.
pub const DEMO_SECRET: &str = "LINLIDEMOLINLIDEMOLINLIDEMOLINLI";

/// The divisions that the cast works in.
#[derive(Debug, Clone, Copy)]
pub struct CastPlaces {
    /// A city.
    pub city: Place,
    /// A county of it.
    pub county: Place,
    /// A town of that county.
    pub town: Place,
    /// A village of that town.
    pub village: Place,
    /// A grid of that village.
    pub grid: Place,
}

/// The units that the cast works in; `None` is made under the usual name.
#[derive(Debug, Clone, Copy, Default)]
pub struct CastUnits {
    /// The county's centre.
    pub county_centre: Option<Id<Unit>>,
    /// The town's centre.
    pub town_centre: Option<Id<Unit>>,
    /// The village's committee.
    pub committee: Option<Id<Unit>>,
    /// A department of the county.
    pub department: Option<Id<Unit>>,
    /// The town's mediation committee.
    pub mediation: Option<Id<Unit>>,
}

/// One of the cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// What is typed at sign-in.
    pub name: &'static str,
    /// The name at work.
    pub display: &'static str,
    /// The account.
    pub account: Id<Account>,
    /// The post; `None` for the outsider.
    pub post: Option<Id<Post>>,
    /// The unit.
    pub unit: Id<Unit>,
    /// Whether it has the second factor [`DEMO_SECRET`].
    pub totp: bool,
}

/// Everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// In the order of the tour.
    pub members: Vec<Member>,
}

impl Cast {
    /// The member with this sign-in name.
    pub fn get(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|m| m.name == name)
    }
}

struct Role {
    name: &'static str,
    display: &'static str,
    unit: Id<Unit>,
    title: &'static str,
    duties: &'static [Duty],
    scope: Place,
    totp: bool,
}

/// Makes the units that are missing and the cast's accounts and posts, all as the house. Their password
/// is [`DEMO_PASSWORD`]; the digest is made once, before the transaction, by [`Cast::digest`].
///
/// # Errors
/// Invalid when a name is taken already.
pub fn cast(tx: &mut Tx<'_>, doer: &Doer, at: &CastPlaces, units: &CastUnits, digest: &str) -> Outcome<Cast> {
    let mut members = Vec::new();
    for role in roles(tx, doer, at, units)? {
        let account = NewAccount {
            name: role.name.to_owned(),
            display: role.display.to_owned(),
            unit: role.unit,
            digest: Some(digest.to_owned()),
            must_change: false,
        };
        let account = create_account(tx, doer, &account)?;
        let post = match role.duties {
            [] => None,
            duties => {
                let new = NewPost {
                    unit: role.unit,
                    title: role.title.to_owned(),
                    duties: Duties::of(duties),
                    scope: role.scope,
                };
                let post = create_post(tx, doer, &new)?;
                grant_post(tx, doer, account, post, None)?;
                Some(post)
            }
        };
        if role.totp {
            give_totp(tx, doer, account, DEMO_SECRET)?;
        }
        let Role { name, display, unit, totp, .. } = role;
        members.push(Member { name, display, account, post, unit, totp });
    }
    Ok(Cast { members })
}

impl Cast {
    /// The digest of [`DEMO_PASSWORD`], to be made once outside the transaction.
    ///
    /// # Errors
    /// A fault when memory runs out.
    pub fn digest(chance: &base::Chance) -> Outcome<String> {
        Ok(password_digest(DEMO_PASSWORD, chance.bytes())?)
    }
}

fn roles(tx: &mut Tx<'_>, doer: &Doer, at: &CastPlaces, units: &CastUnits) -> Outcome<Vec<Role>> {
    let mut unit = |given: Option<Id<Unit>>, name: &str, kind, place| match given {
        Some(id) => Ok(id),
        None => create_unit(tx, doer, &NewUnit { name: name.to_owned(), kind, place }),
    };
    let county = unit(units.county_centre, "县级综治中心", UnitKind::Centre, at.county)?;
    let town = unit(units.town_centre, "乡镇综治中心", UnitKind::Centre, at.town)?;
    let village = unit(units.committee, "村民委员会", UnitKind::Committee, at.village)?;
    let department = unit(units.department, "住房和城乡建设局", UnitKind::Department, at.county)?;
    let mediation = unit(units.mediation, "人民调解委员会", UnitKind::Mediation, at.town)?;
    let oversight = unit(None, "审计监督室", UnitKind::Oversight, at.city)?;
    let operations = unit(None, "信息运维中心", UnitKind::Operations, at.city)?;
    use Duty::{Admin, Audit, Clerk, Grid, Handle, Import, Intake, Lead, Mediate, Verify};
    let role = |name, display, unit, title, duties, scope| Role {
        name,
        display,
        unit,
        title,
        duties,
        scope,
        totp: name == "admin2",
    };
    Ok(vec![
        role("grid", "王秀兰", village, "专职网格员", &[Grid], at.grid),
        role("village", "赵国栋", village, "村级核实员", &[Verify, Handle], at.village),
        role("clerk", "李建国", town, "综治中心干事", &[Intake, Clerk, Verify], at.town),
        role("clerk2", "陈晓燕", town, "综治中心干事", &[Intake, Clerk, Verify], at.town),
        role("county", "马文斌", county, "县级受理席", &[Intake, Clerk, Verify, Import], at.county),
        role("liaison", "张志强", department, "部门联络员", &[Handle], at.county),
        role("mediator", "刘玉梅", mediation, "人民调解员", &[Mediate], at.town),
        role("leader", "孙永明", county, "分管领导", &[Lead], at.county),
        role("auditor", "周敏", oversight, "审计员", &[Audit], at.city),
        role("admin", "吴磊", operations, "系统管理员", &[Admin], at.city),
        role("admin2", "郑洁", operations, "系统管理员（二次验证）", &[Admin], at.city),
        role("outsider", "钱多", county, "", &[], at.county),
    ])
}
