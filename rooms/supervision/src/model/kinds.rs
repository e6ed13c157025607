//! The closed vocabularies. Each value has one code (in the database and in addresses) and one catalogue key.

/// Makes an enum whose values have a code and a catalogue key, so that neither is written twice.
macro_rules! coded {
    ($(#[$meta:meta])* $name:ident, $prefix:literal, { $($(#[$vmeta:meta])* $value:ident = $code:tt),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vmeta])* $value,)+
        }

        impl $name {
            /// Every value, in the order of the screens.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The code in the database and in addresses.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$value => $code,)+ }
            }

            /// The catalogue's key of its name.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$value => concat!($prefix, ".", $code),)+ }
            }

            /// The value of a code, if it is one.
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$value),)+ _ => None }
            }
        }
    };
}

coded!(
    /// Where an entry stands (清单状态).
    Stage, "supervision.stage", {
        /// 提名: proposed to a level, whose desk decides.
        Nominated = "nominated",
        /// 列入: on the list, with leader, unit, person and time limit.
        Listed = "listed",
        /// 化解中: the responsible unit works on it.
        InHand = "in_hand",
        /// 退回: the inspection found it unsolved.
        Returned = "returned",
        /// 延期: more time was granted.
        Extended = "extended",
        /// 申请销号: the responsible unit says that it is solved.
        Applied = "applied",
        /// 验收合格: somebody else has looked.
        Inspected = "inspected",
        /// 销号: off the list.
        StruckOff = "struck_off",
        /// 未列入: the level did not take it, and said why.
        Declined = "declined",
    }
);

impl Stage {
    /// The stages in which the responsible unit owes something: its clock runs.
    pub const WORKING: &'static [Self] = &[Self::Listed, Self::InHand, Self::Returned, Self::Extended];

    /// Whether the responsible unit owes something.
    pub fn is_working(self) -> bool {
        Self::WORKING.contains(&self)
    }

    /// Whether it is or was on the list.
    pub const fn is_listed(self) -> bool {
        !matches!(self, Self::Nominated | Self::Declined)
    }

    /// Whether nothing is owed any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::StruckOff | Self::Declined)
    }
}

coded!(
    /// What somebody does to an entry (办理动作); the last four are marks of the house.
    ActKind, "supervision.act", {
        /// 提名
        Nominate = "nominate",
        /// 列入清单
        List = "list",
        /// 不予列入
        Decline = "decline",
        /// 接办
        Take = "take",
        /// 领导包案走访
        Visit = "visit",
        /// 申请销号
        Apply = "apply",
        /// 申请延期
        Ask = "ask",
        /// 同意延期
        Grant = "grant",
        /// 不同意延期
        Deny = "deny",
        /// 验收合格
        Pass = "pass",
        /// 退回整改
        Return = "return",
        /// 销号
        Strike = "strike",
        /// 调整责任
        Assign = "assign",
        /// 公开设置
        Publish = "publish",
        /// 黄色预警
        Amber = "amber",
        /// 红色预警
        Red = "red",
        /// 逾期
        Miss = "miss",
        /// 期限重算
        Retime = "retime",
    }
);

coded!(
    /// In which role somebody acts on an entry (以何身份).
    By, "supervision.by", {
        /// 提名单位
        Nominator = "nominator",
        /// 督办单位: the desk of the level that lists.
        Desk = "desk",
        /// 责任单位
        Handler = "handler",
        /// 责任领导
        Leader = "leader",
        /// 验收人
        Inspector = "inspector",
        /// 系统
        System = "system",
    }
);

coded!(
    /// The level that lists (督办层级), from village to province.
    Level, "supervision.level", {
        /// 村级
        Village = "village",
        /// 乡镇级
        Town = "town",
        /// 县级
        County = "county",
        /// 市级
        City = "city",
        /// 省级
        Province = "province",
    }
);

impl Level {
    /// The rung of the division tree on which this level's units stand.
    pub const fn rung(self) -> access::Level {
        match self {
            Self::Village => access::Level::Village,
            Self::Town => access::Level::Town,
            Self::County => access::Level::County,
            Self::City => access::Level::City,
            Self::Province => access::Level::Province,
        }
    }
}

coded!(
    /// Where a meeting stands (会议状态).
    MeetingStage, "supervision.meeting_stage", {
        /// 已召集
        Called = "called",
        /// 已召开
        Held = "held",
        /// 已结束
        Closed = "closed",
    }
);

coded!(
    /// Where a task comes from (任务来源): the closed list of RIGHTS.md, N9. No rule takes a person.
    Origin, "supervision.origin", {
        /// 群众诉求
        ResidentRequest = "resident_request",
        /// 网格员上报隐患
        WorkerHazardReport = "worker_hazard_report",
        /// 定期设施检查
        ScheduledFacilityCheck = "scheduled_facility_check",
        /// 法定期限
        StatutoryDeadline = "statutory_deadline",
        /// 单位提请
        OrganisationRequest = "organisation_request",
    }
);

coded!(
    /// How a task stands (任务状态).
    TaskState, "supervision.task_state", {
        /// 待办
        Open = "open",
        /// 逾期未办
        Late = "late",
        /// 按期办结
        Done = "done",
        /// 逾期办结
        DoneLate = "done_late",
    }
);

coded!(
    /// What sort of sweep (排查类型): 常规、专项、重点.
    SweepKind, "supervision.sweep_kind", {
        /// 常规排查
        Regular = "regular",
        /// 专项排查
        Special = "special",
        /// 重点排查
        Focused = "focused",
    }
);

coded!(
    /// Who returns (填报单元).
    Rung, "supervision.rung", {
        /// 村（社区）
        Village = "village",
        /// 网格
        Grid = "grid",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        assert!(Stage::ALL.iter().all(|s| Stage::parse(s.code()) == Some(*s)));
        assert!(ActKind::ALL.iter().all(|a| ActKind::parse(a.code()) == Some(*a)));
        assert!(Level::ALL.iter().all(|l| Level::parse(l.code()) == Some(*l)));
        assert_eq!(Stage::parse("open"), None);
    }

    #[test]
    fn levels_rise_from_the_village_to_the_province() {
        assert!(Level::ALL.windows(2).all(|w| w[0].rung() > w[1].rung()));
    }
}
