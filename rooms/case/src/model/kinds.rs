//! The closed vocabularies of a case: stages, acts, channels, endings, levels. Each value has one
//! code (in the database, in JSON, in packs) and one catalogue key (on the screen).

/// Makes an enum whose values have a code and a catalogue key, so that neither is written twice.
macro_rules! coded {
    ($(#[$meta:meta])* $name:ident, $prefix:literal, { $($(#[$vmeta:meta])* $value:ident = $code:tt),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $code)] $value,)+
        }

        impl $name {
            /// Every value, in the order of the screens.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The code in the database and in JSON.
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

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}

coded!(
    /// Where a case stands (办理阶段).
    Stage, "case.stage", {
        /// 待受理: registered, nobody has looked at it.
        Received = "received",
        /// 已受理(待派): it is a matter for us; who handles it is open.
        Accepted = "accepted",
        /// 已派(待接): sent to a unit that has not taken it.
        Dispatched = "dispatched",
        /// 办理中: a unit works on it.
        Handling = "handling",
        /// 待核实: reported as done; somebody else looks.
        Verifying = "verifying",
        /// 已办结(待居民确认): answered; the resident may confirm or contest.
        Closed = "closed",
        /// 已确认: the resident, or the end of the window, confirmed.
        Confirmed = "confirmed",
        /// 已退回(给来件人): cannot go on as it is; the sender was told what would help.
        Returned = "returned",
        /// 已撤回: the sender took it back.
        Withdrawn = "withdrawn",
    }
);

impl Stage {
    /// The stages in which an office still owes something, in the order of the queue's tabs.
    pub const OPEN: &'static [Self] =
        &[Self::Received, Self::Accepted, Self::Dispatched, Self::Handling, Self::Verifying];

    /// Whether an office still owes something: the clock runs exactly then.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Received | Self::Accepted | Self::Dispatched | Self::Handling | Self::Verifying)
    }
}

coded!(
    /// What somebody does to a case (办理动作). `submit` makes it; all others move it.
    ActKind, "case.act", {
        /// 登记
        Submit = "submit",
        /// 受理
        Accept = "accept",
        /// 退回来件人
        Return = "return",
        /// 补充后重新提交
        Supplement = "supplement",
        /// 撤回
        Withdraw = "withdraw",
        /// 派单
        Dispatch = "dispatch",
        /// 接单
        Take = "take",
        /// 退单
        Decline = "decline",
        /// 反馈结果
        Report = "report",
        /// 核实办结
        Verify = "verify",
        /// 核实不通过
        Reject = "reject",
        /// 直接答复办结
        Close = "close",
        /// 确认
        Confirm = "confirm",
        /// 反映未解决
        Contest = "contest",
        /// 重新办理
        Reopen = "reopen",
        /// 上报上一级
        Escalate = "escalate",
        /// 添加说明
        Note = "note",
        /// 附议
        Metoo = "metoo",
        /// 暂停计时
        Pause = "pause",
        /// 恢复计时
        Resume = "resume",
        /// 申请延期
        Extend = "extend",
        /// 同意延期
        Grant = "grant",
        /// 不同意延期
        Deny = "deny",
        /// 提请裁定: a unit says for the second time that it is not its own.
        Dispute = "dispute",
        /// 裁定: the upper desk says whose it is.
        Arbitrate = "arbitrate",
        /// 期限重算: the work calendar has changed.
        Retime = "retime",
        /// 改分类: at acceptance; the category before and after stand in the act's own columns.
        Recategorise = "recategorise",
        /// 催办: by who brought it; nothing moves.
        Urge = "urge",
        /// 吹哨: units were called together; nothing moves.
        Whistle = "whistle",
        /// 并案
        Merge = "merge",
        /// 取消并案
        Unmerge = "unmerge",
        /// 拆分
        Split = "split",
        /// 标为相关
        Link = "link",
        /// 取消相关
        Unlink = "unlink",
    }
);

coded!(
    /// How a matter came in (来件渠道).
    Channel, "case.channel", {
        /// 网上
        Web = "web",
        /// 窗口
        Counter = "counter",
        /// 电话
        Phone = "phone",
        /// 来访
        Visit = "visit",
        /// 网格
        Grid = "grid",
        /// 表格导入
        Excel = "excel",
        /// 接口
        Api = "api",
    }
);

coded!(
    /// How a case ended (办理结果): the words that tell fixed from not fixed.
    Ending, "case.ending", {
        /// 已解决
        Fixed = "fixed",
        /// 已解释说明
        Explained = "explained",
        /// 暂不能解决
        CannotFix = "cannot_fix",
        /// 已转交主管单位
        Referred = "referred",
        /// 重复件
        Duplicate = "duplicate",
    }
);

coded!(
    /// What a report as "fixed" must bring (办结材料): a category names those that it wants.
    Proof, "case.proof", {
        /// 办理前照片: how it was.
        Before = "before",
        /// 办理后照片: how it is now.
        After = "after",
        /// 书面材料: named, or with its number.
        Paper = "paper",
        /// 签收或签字凭证: the sheet, named; never who signed.
        Signature = "signature",
        /// 办理说明: an account of some length.
        Words = "words",
    }
);

impl Proof {
    /// The values of a text of codes, in the order of the screens; what is unknown is left out.
    pub fn read(text: &str) -> Vec<Self> {
        Self::ALL.iter().copied().filter(|p| text.split_whitespace().any(|code| code == p.code())).collect()
    }
}

coded!(
    /// What is asked of the office (诉求类型): the five of 北京市接诉即办工作条例 article 2.
    RequestKind, "case.request", {
        /// 咨询
        Consult = "consult",
        /// 求助
        Help = "help",
        /// 投诉
        Complaint = "complaint",
        /// 举报
        Report = "report",
        /// 建议
        Suggestion = "suggestion",
    }
);

coded!(
    /// The level that answers for a case now (办理层级).
    Level, "case.level", {
        /// 村(社区)
        Village = "village",
        /// 乡镇(街道)
        Town = "town",
        /// 县(区)
        County = "county",
        /// 市
        City = "city",
        /// 省
        Province = "province",
    }
);

impl Level {
    /// One level up, if there is one here.
    pub const fn above(self) -> Option<Self> {
        match self {
            Self::Village => Some(Self::Town),
            Self::Town => Some(Self::County),
            Self::County => Some(Self::City),
            Self::City => Some(Self::Province),
            Self::Province => None,
        }
    }

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

    /// The level of a rung; a grid's matters are the village's.
    pub const fn of_rung(rung: access::Level) -> Self {
        match rung {
            access::Level::Grid | access::Level::Village => Self::Village,
            access::Level::Town => Self::Town,
            access::Level::County => Self::County,
            access::Level::Province => Self::Province,
            _ => Self::City,
        }
    }
}

coded!(
    /// In which role somebody acts on a case (以何身份办理). A staff role is a duty that a post
    /// gives; the sender needs only the receipt; the system is a timer.
    By, "case.by", {
        /// 来件人
        Sender = "sender",
        /// 受理员
        Clerk = "clerk",
        /// 承办人
        Handler = "handler",
        /// 核实人
        Verifier = "verifier",
        /// 审批人: a leader who decides about more time.
        Leader = "leader",
        /// 系统
        System = "system",
    }
);

coded!(
    /// How a case stands against its deadline (时限状态).
    ClockState, "case.clock", {
        /// 期限内
        Running = "running",
        /// 临期
        DueSoon = "due_soon",
        /// 超期
        Overdue = "overdue",
        /// 按期办结
        MetInTime = "met_in_time",
        /// 超期办结
        MetLate = "met_late",
        /// 不计时
        Stopped = "stopped",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        for s in Stage::ALL {
            assert_eq!(Stage::parse(s.code()), Some(*s));
            assert_eq!(s.key(), format!("case.stage.{}", s.code()));
        }
        for a in ActKind::ALL {
            assert_eq!(ActKind::parse(a.code()), Some(*a));
        }
        assert_eq!(Stage::parse("open"), None);
    }

    #[test]
    fn the_open_stages_are_those_that_owe_something() {
        for s in Stage::ALL {
            assert_eq!(s.is_open(), Stage::OPEN.contains(s));
        }
    }
}
