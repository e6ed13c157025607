//! The command line (命令行). Every command's help is written for the person who looks after the machine
//! in a town's office.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::Settings;

/// 邻里：基层治理事项平台，一个程序，自带数据库。Linli: open civic casework, one binary.
#[derive(Debug, Parser)]
#[command(name = "linli", version, max_term_width = 100)]
pub struct Cli {
    /// 做什么。What to do.
    #[command(subcommand)]
    pub command: Command,
    /// 配置文件（默认：当前目录的 linli.toml）。Configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// 以 JSON 输出，供程序读取。Answer in JSON, for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// 各项设置。Settings; see docs/configuration.md.
    #[command(flatten)]
    pub settings: Settings,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// 启动服务：先升级数据库，再开始服务。Start the service; the database is migrated first.
    Serve,
    /// 启动演示城市：首次运行时生成数据，再次运行沿用。Start the demo city; the data is made once and kept.
    Demo(Demo),
    /// 导入：行政区划、网格、事项表格。Import divisions, grids or tables of cases.
    Import(Import),
    /// 统计报告。Reports.
    Report(Report),
    /// 定位：坐标属于哪个村、哪个网格。Which village and grid a position belongs to.
    Locate(Locate),
    /// 期限计算：从起算日、规则、暂停和工作日历推算到期时间，逐步说明。When something is due, and how that was counted.
    Deadline(Deadline),
    /// 升级数据库结构，可随时中断后重做。Bring the database's schema up to date; safe to interrupt.
    Migrate(Migrate),
    /// 备份：服务不停机，结果一致。Back up while serving; both engines write the same format.
    Backup(File),
    /// 恢复到一个空数据库，逐行校验，从不覆盖。Restore into an empty database, checked row by row.
    Restore(File),
    /// 存证日志：导出、核验、出具回执。The journal: export, verify, prove.
    Journal(Journal),
    /// 回访抽签：显示一周的抽签，核验它能否重现。Draws for call-backs: show one, and draw it once more.
    Callback(Callback),
    /// 上报：查看与上级系统的联系，立即上报。Reports to the level above: how they stand, send now.
    Upward(Upward),
    /// 账号与岗位。Accounts and posts.
    Account(Account),
}

/// `linli demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// 数据目录。Folder of the demo's data.
    #[arg(long, default_value = ".demo", value_name = "FOLDER")]
    pub folder: PathBuf,
    /// 小型演示（约 300 件事项，供测试）。A small city of about 300 matters, for tests.
    #[arg(long)]
    pub small: bool,
    /// 不生成事项：只有区划、网格、单位和账号。Places, units and accounts without any matter.
    #[arg(long)]
    pub bare: bool,
    /// 只显示演示账号。Only print the demo accounts.
    #[arg(long)]
    pub accounts: bool,
    /// 只生成数据，不启动服务。Make the data and stop.
    #[arg(long)]
    pub no_serve: bool,
}

/// `linli migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// 按县区分布到多台机器（PostgreSQL 需装有 Citus）。Spread the tables over machines by county, with Citus.
    #[arg(long)]
    pub distributed: bool,
}

/// `linli import`.
#[derive(Debug, Args)]
pub struct Import {
    /// 导入什么。What to import.
    #[command(subcommand)]
    pub what: ImportWhat,
}

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum ImportWhat {
    /// 行政区划 CSV（code,name,parent,kind）。Divisions.
    Divisions {
        /// CSV 文件。The file.
        file: PathBuf,
        /// 代码体系。The system of its codes.
        #[arg(long, default_value = "nbs12", value_name = "SYSTEM")]
        system: String,
        /// 生效日期。From which day it holds; today unless said.
        #[arg(long, value_name = "YYYY-MM-DD")]
        day: Option<jiff::civil::Date>,
    },
    /// 网格 GeoJSON。Grids.
    Grids {
        /// GeoJSON 文件。The file.
        file: PathBuf,
    },
    /// 事项表格 XLSX。Cases from a spreadsheet.
    Cases(ImportCases),
    /// 撤销一次事项导入（24 小时内）。Undo an import of cases within 24 hours.
    Undo {
        /// 批次号。The batch id.
        batch: String,
    },
}

/// `linli import cases`.
#[derive(Debug, Args)]
pub struct ImportCases {
    /// XLSX 文件。The file.
    pub file: PathBuf,
    /// 列对照表 TOML（如 packs/maps/messages.toml）。The map of its columns.
    #[arg(long, value_name = "FILE")]
    pub map: PathBuf,
    /// 只检查，不写入。Check only.
    #[arg(long)]
    pub dry_run: bool,
    /// 有错误行时，仍写入正确的行。Commit the good rows although some are bad.
    #[arg(long)]
    pub commit_good: bool,
    /// 把带“错误”“建议”两列的原表写到此文件。Write the sheet back with what is wrong in each row.
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
}

/// `linli report`.
#[derive(Debug, Args)]
pub struct Report {
    /// 哪份报告。Which report.
    #[command(subcommand)]
    pub what: ReportWhat,
}

/// The reports.
#[derive(Debug, Subcommand)]
pub enum ReportWhat {
    /// 答复时效：15 日、60 日内答复占比，中位数，九成位。How soon matters were answered.
    Answers,
    /// 工作量预测回测：用过去一年逐段检验各单位 14 天来件预测的误差。How well the forecast of the units' load would have done over the last year.
    Forecast,
}

/// `linli locate`.
#[derive(Debug, Args)]
pub struct Locate {
    /// 经度。Longitude.
    #[arg(allow_negative_numbers = true)]
    pub lon: f64,
    /// 纬度。Latitude.
    #[arg(allow_negative_numbers = true)]
    pub lat: f64,
    /// 坐标系：wgs84、gcj02、bd09、cgcs2000。Datum.
    #[arg(long, default_value = "wgs84")]
    pub datum: String,
}

/// `linli deadline`.
#[derive(Debug, Args)]
pub struct Deadline {
    /// 起算日或时刻：2026-02-10 或 2026-02-10T09:30。The day or the minute of the event.
    #[arg(long, value_name = "DAY")]
    pub start: String,
    /// 期限：5wd 工作日、15d 日、2m 月、1y 年、4h 小时、4oh 工作小时。The term: working days, days, months, years, hours, office hours.
    #[arg(long, value_name = "TERM")]
    pub rule: String,
    /// 期满日是休息日时顺延至下一个工作日。Roll to the next working day.
    #[arg(long)]
    pub roll: bool,
    /// 起算当日计入。The event's day counts.
    #[arg(long)]
    pub first_day: bool,
    /// 暂停：2026-02-12..2026-02-14，首尾两日均不计；可多次给出。A pause, both days in it; may be given again.
    #[arg(long, value_name = "A..B")]
    pub pause: Vec<String>,
    /// 延期，写法同期限；可多次给出。More time, written like the term; may be given again.
    #[arg(long, value_name = "TERM")]
    pub extend: Vec<String>,
    /// 工作日历所属区划代码（默认：全国）。The division whose calendar counts; the nation's unless said.
    #[arg(long, default_value = "", value_name = "CODE")]
    pub calendar: String,
    /// 放假安排表 TOML（默认：内置 2004-2026 年）。Tables of holidays instead of those that come with the program.
    #[arg(long, value_name = "FILE")]
    pub book: Option<PathBuf>,
    /// 办公时间，如 09:00-12:00,13:30-17:30。Office hours.
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<String>,
    /// 起算事件：accepted 受理、received 收到……或自拟文字。The event, a known word or one's own.
    #[arg(long, default_value = "accepted", value_name = "EVENT")]
    pub event: String,
    /// 依据，如“信访工作条例第三十四条”。Which article says so.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub source: String,
}

/// One file.
#[derive(Debug, Args)]
pub struct File {
    /// 备份文件。The backup file.
    pub file: PathBuf,
}

/// `linli journal`.
#[derive(Debug, Args)]
pub struct Journal {
    /// 做什么。What.
    #[command(subcommand)]
    pub what: JournalWhat,
}

/// What can be done with the journal.
#[derive(Debug, Subcommand)]
pub enum JournalWhat {
    /// 导出到文件夹。Export to a folder.
    Export {
        /// 目标文件夹。The folder.
        folder: PathBuf,
    },
    /// 离线核验导出的日志，无需数据库。Verify an export offline; needs no database.
    Verify {
        /// 导出的文件夹。The exported folder.
        folder: PathBuf,
        /// 公钥（默认读取文件夹内 journal.pub；外部核验者应使用自己保存的公钥）。The public key.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// 以前保存的签名检查点文件，可多次给出。Signed checkpoints kept from earlier.
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
    },
    /// 为一件事项出具可由外人核验的回执。A receipt for one case that an outsider can check.
    Proof {
        /// 事项编号。The case number.
        case: String,
    },
    /// 核验一份回执，无需数据库。Check a receipt; needs no database.
    Check {
        /// 回执 JSON 文件。The receipt.
        file: PathBuf,
        /// 公钥。The public key.
        #[arg(long, value_name = "KEY")]
        key: String,
    },
    /// 显示日志状态与公钥。The journal's state and public key.
    State,
}

/// `linli callback`.
#[derive(Debug, Args)]
pub struct Callback {
    /// 做什么。What.
    #[command(subcommand)]
    pub what: CallbackWhat,
}

/// What can be asked about draws.
#[derive(Debug, Subcommand)]
pub enum CallbackWhat {
    /// 一个县区一周的抽签。A county's draw of a week.
    Draw {
        /// 抽签周，如 2026-W09。The week.
        #[arg(long, value_name = "WEEK")]
        week: String,
        /// 县区的区划代码。The county's statistical code.
        #[arg(long, value_name = "CODE")]
        county: String,
        /// 重抽一遍，不一致时以失败退出。Draw it once more and fail if it differs.
        #[arg(long)]
        verify: bool,
    },
}

/// `linli upward`.
#[derive(Debug, Args)]
pub struct Upward {
    /// 做什么。What.
    #[command(subcommand)]
    pub what: UpwardWhat,
}

/// What can be done with reports to the level above.
#[derive(Debug, Subcommand)]
pub enum UpwardWhat {
    /// 显示上联状态：上级网址、公钥、已收与待发的日报、最近一次失败的原因。How the link stands.
    Status,
    /// 立即制作并发送日报，不等半夜，也不等下一次重试；有未送达的日报时以失败退出。Make and send now; fails where something could not be brought.
    Send,
}

/// `linli account`.
#[derive(Debug, Args)]
pub struct Account {
    /// 做什么。What.
    #[command(subcommand)]
    pub what: AccountWhat,
}

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum AccountWhat {
    /// 空系统首次设置：新建首位系统管理员；口令从标准输入读取。On an empty installation: make the first administrator; the password is read from standard input.
    First {
        /// 登录名。User name.
        name: String,
        /// 姓名。Display name.
        #[arg(long, value_name = "TEXT")]
        display: String,
        /// 负责系统运维的单位名称，会一并新建。The name of the unit that keeps the system; it is made too.
        #[arg(long, value_name = "TEXT")]
        unit: String,
        /// 岗位名称。The title of the post.
        #[arg(long, value_name = "TEXT")]
        title: String,
    },
    /// 新建账号；口令从标准输入读取。Create an account; the password is read from standard input.
    Create {
        /// 登录名。User name.
        name: String,
        /// 姓名。Display name.
        #[arg(long, value_name = "TEXT")]
        display: String,
        /// 所属单位的编号（见“单位”页面）。The id of the unit that keeps the account.
        #[arg(long, value_name = "ID")]
        unit: String,
    },
    /// 列出账号及其岗位。List accounts with their posts.
    List,
    /// 授予岗位。Grant a post.
    Grant {
        /// 登录名。User name.
        name: String,
        /// 岗位编号。The post's id.
        post: String,
    },
    /// 结束岗位，下一次请求即生效。End a post; it takes effect on the next request.
    End {
        /// 登录名。User name.
        name: String,
        /// 岗位编号。The post's id.
        post: String,
    },
    /// 重设口令；新口令从标准输入读取。Set a new password, read from standard input.
    Password {
        /// 登录名。User name.
        name: String,
    },
    /// 清除动态口令，下次登录时重新绑定。Clear the second factor; it is enrolled anew at the next sign-in.
    Totp {
        /// 登录名。User name.
        name: String,
    },
    /// 停用账号。Disable an account.
    Disable {
        /// 登录名。User name.
        name: String,
    },
}
