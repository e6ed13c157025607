"""Makes data/china.toml from the facts that PyPI's chinesecalendar carries, and checks it.

    pip install chinesecalendar==1.11.0 holidays==0.109
    python china.py make  > ../data/china.toml
    python china.py check [others.json]     # others.json: see others.mjs

Only facts (days) are taken over. Where the packages differ the notice itself decides; the places are
CORRECTIONS below, each with its reason.
"""

import datetime as dt
import json
import sys
import tomllib
import warnings
from pathlib import Path

import chinese_calendar
from chinese_calendar.constants import holidays, workdays

FIRST, LAST = 2004, 2026
DAY = dt.timedelta(days=1)
NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}
NOTICES = {
    2004: ["国办发明电〔2003〕53号"],
    2005: ["国办发明电〔2004〕52号"],
    2006: ["国办发明电〔2005〕35号"],
    2007: ["国办发明电〔2006〕49号"],
    2008: ["国办发明电〔2007〕52号"],
    2009: ["国办发明电〔2008〕42号"],
    2010: ["国办发明电〔2009〕27号"],
    2011: ["国办发明电〔2010〕40号"],
    2012: ["国办发明电〔2011〕45号"],
    2013: ["国办发明电〔2012〕33号"],
    2014: ["国办发明电〔2013〕28号"],
    2015: ["国办发明电〔2014〕28号", "国发明电〔2015〕1号"],
    2016: ["国办发明电〔2015〕18号"],
    2017: ["国办发明电〔2016〕17号"],
    2018: ["国办发明电〔2017〕12号"],
    2019: ["国办发明电〔2018〕15号", "国办发明电〔2019〕3号"],
    2020: ["国办发明电〔2019〕16号", "国办发明电〔2020〕1号"],
    2021: ["国办发明电〔2020〕27号"],
    2022: ["国办发明电〔2021〕11号"],
    2023: ["国办发明电〔2022〕16号"],
    2024: ["国办发明电〔2023〕7号"],
    2025: ["国办发明电〔2024〕12号"],
    2026: ["国办发明电〔2025〕7号"],
}
# What chinesecalendar has against the notice.
CORRECTIONS = {
    # The notice for 2006: Saturday 2005-12-31 and Sunday 2006-01-01 are moved to Monday and Tuesday,
    # "12月31日(星期六)上班". chinesecalendar and chinese-days have the two days off without the
    # Saturday worked for them; holidays, tyme4ts and lunar-javascript have it.
    "work": {dt.date(2005, 12, 31): "New Year's Day"},
    # The notice for 2024: "1月1日放假,与周末连休". 2023-12-30 and -31 are a weekend like any other:
    # rest days, but not days off by the notice. No verdict changes.
    "no_holiday": [dt.date(2023, 12, 30), dt.date(2023, 12, 31)],
}
HEAD = """# The work calendar (工作日历): public holidays and make-up working days of the State Council's yearly notices.
# Made by oracle/china.py; the notices' numbers stand at each year. Days are facts; their first source was the
# PyPI package chinesecalendar 1.11.0 (MIT), held against holidays 0.109, chinese-days 1.5.7, tyme4ts 1.5.2,
# lunar-javascript 1.7.7 and workalendar 17.0.0. README.md says where they differ and which one the notice bears out.
# off: name, first day, last day. work: name, the rest day that was worked for it.
version = "2026.1"
"""


def facts():
    off = {d: n for d, n in holidays.items() if d not in CORRECTIONS["no_holiday"]}
    work = dict(workdays) | CORRECTIONS["work"]
    return off, work


def spans(off):
    """Runs of days off; a run with two names is one span with both (中秋节、国庆节)."""
    found = []
    for day in sorted(off):
        name = NAMES[off[day]]
        if found and found[-1][2] + DAY == day and found[-1][2].year == day.year:
            if name not in found[-1][0]:
                found[-1][0].append(name)
            found[-1][2] = day
        else:
            found.append([[name], day, day])
    return found


def make():
    off, work = facts()
    out = [HEAD]
    runs = spans(off)
    for year in range(FIRST, LAST + 1):
        out.append("[[year]]")
        out.append(f"year = {year}")
        out.append("source = [" + ", ".join(f'"{n}"' for n in NOTICES[year]) + "]")
        out.append("off = [")
        for names, first, last in runs:
            if first.year == year:
                out.append(f'  ["{"、".join(names)}", "{first}", "{last}"],')
        out.append("]")
        out.append("work = [")
        for day in sorted(work):
            if day.year == year:
                out.append(f'  ["{NAMES[work[day]]}", "{day}"],')
        out.append("]\n")
    print("\n".join(out).rstrip())


def every_day():
    day = dt.date(FIRST, 1, 1)
    while day <= dt.date(LAST, 12, 31):
        yield day
        day += DAY


def ours():
    table = tomllib.loads((Path(__file__).parent.parent / "data/china.toml").read_text("utf-8"))
    off, work = set(), set()
    for year in table["year"]:
        for _, first, last in year["off"]:
            day = dt.date.fromisoformat(first)
            while day <= dt.date.fromisoformat(last):
                off.add(day)
                day += DAY
        work |= {dt.date.fromisoformat(day) for _, day in year["work"]}
    return lambda day: day in work or (day.weekday() < 5 and day not in off)


def check(path):
    mine = ours()
    theirs = {"chinesecalendar": chinese_calendar.is_workday}
    try:
        import holidays as package

        china = package.China(years=range(FIRST, LAST + 1))
        theirs["holidays"] = china.is_working_day
    except ImportError:
        print("holidays is not installed")
    for name, days in (json.loads(Path(path).read_text("utf-8")) if path else {}).items():
        off = {dt.date.fromisoformat(d) for d, is_work in days if not is_work}
        work = {dt.date.fromisoformat(d) for d, is_work in days if is_work}
        theirs[name] = lambda day, off=off, work=work: day in work or (day.weekday() < 5 and day not in off)
    total = sum(1 for _ in every_day())
    for name, verdict in theirs.items():
        differ = [f"{day}: ours {'work' if mine(day) else 'rest'}" for day in every_day() if verdict(day) != mine(day)]
        print(f"{name}: {total - len(differ)} of {total} days equal; differ: {differ or 'none'}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1:2] == ["make"]:
        make()
    else:
        check(sys.argv[2] if len(sys.argv) > 2 else None)
