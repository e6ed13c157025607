"""Holds the deadline library against an independent counting: PyPI's chinesecalendar, one day at a time,
with dateutil for months.

    pip install chinesecalendar==1.11.0 python-dateutil
    python oracle.py make 100000 [--notice] > pairs.csv     # seed 20260210 unless --seed N
    cargo run --release -p deadline --example due < pairs.csv > ours.csv
    python oracle.py compare pairs.csv ours.csv

The package lets 2005-12-31 rest, which the notice for 2006 has worked; with --notice that day is put right, and
every pair must be equal. Without it, every pair that differs must have that day within it.
sample.csv is `make 2000 --notice --seed 7`; tests/oracle.rs reads it, without Python.
"""

import argparse
import csv
import datetime as dt
import random
import sys

import chinese_calendar
from dateutil.relativedelta import relativedelta

DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2004, 1, 1), dt.date(2026, 12, 31)
DOUBTFUL = dt.date(2005, 12, 31)
OFFICE = [(dt.time(9), dt.time(12)), (dt.time(13, 30), dt.time(17, 30))]
FIELDS = ["start", "term", "first", "roll", "pause", "due"]


class Counter:
    def __init__(self, notice):
        self.notice = notice

    def works(self, day):
        if day > LAST:
            raise OverflowError
        return (self.notice and day == DOUBTFUL) or chinese_calendar.is_workday(day)

    def days(self, start, n, working, first, paused):
        """The last day: steps forward, and a day that is paused, or rests, is not counted."""
        day = start if first else start + DAY
        if n == 0:
            return start
        while True:
            counts = not (paused and paused[0] <= day <= paused[1]) and (not working or self.works(day))
            n -= counts
            if n == 0:
                return day
            day += DAY

    def months(self, start, n, first, paused):
        end = start + relativedelta(months=n)
        if first and end.day == start.day:
            end -= DAY
        if paused:
            # A paused day up to the end gives a day more, which may be paused in turn.
            day = start if first else start + DAY
            while day <= end:
                if paused[0] <= day <= paused[1]:
                    end += DAY
                day += DAY
        return max(end, start)

    def roll(self, day, paused):
        """The next day that is worked and not paused; only a rest day rolls."""
        if self.works(day):
            return day
        while not self.works(day) or (paused and paused[0] <= day <= paused[1]):
            day += DAY
        return day

    def office(self, start, hours):
        left = dt.timedelta(hours=hours)
        day, now = start.date(), start
        while True:
            if self.works(day):
                for begin, end in OFFICE:
                    begin, end = dt.datetime.combine(day, begin), dt.datetime.combine(day, end)
                    span = end - max(begin, now)
                    if span <= dt.timedelta(0):
                        continue
                    if left <= span:
                        return max(begin, now) + left
                    left -= span
            day += DAY
            now = dt.datetime.combine(day, dt.time(0))


def pair(rng, counter):
    start = dt.datetime.combine(FIRST + DAY * rng.randrange((LAST - FIRST).days), dt.time(rng.randrange(24), rng.randrange(60)))
    unit = rng.choices(["wd", "d", "m", "y", "h", "oh"], [45, 20, 15, 5, 5, 10])[0]
    most = {"wd": 120, "d": 400, "m": 36, "y": 5, "h": 500, "oh": 160}[unit]
    n = rng.randrange(1, most)
    roll, first = rng.random() < 0.5, rng.random() < 0.1
    paused = None
    if unit in ("wd", "d", "m", "y") and rng.random() < 0.3:
        begin = start.date() + DAY * rng.randrange(0, 60)
        paused = (begin, begin + DAY * rng.randrange(0, 45))
    row = {"start": start.isoformat(timespec="minutes"), "term": f"{n}{unit}", "first": int(first), "roll": int(roll)}
    row["pause"] = f"{paused[0]}..{paused[1]}" if paused else ""
    if unit == "h":
        due = start + dt.timedelta(hours=n)
    elif unit == "oh":
        due = counter.office(start, n)
    elif unit in ("d", "wd"):
        due = counter.days(start.date(), n, unit == "wd", first, paused)
    else:
        due = counter.months(start.date(), n * (12 if unit == "y" else 1), first, paused)
    if roll and unit in ("d", "wd", "m", "y"):
        due = counter.roll(due, paused)
    if (due.date() if isinstance(due, dt.datetime) else due) > LAST:
        raise OverflowError
    row["due"] = due.isoformat(timespec="minutes") if isinstance(due, dt.datetime) else due.isoformat()
    return row


def make(count, notice, seed):
    rng, counter = random.Random(seed), Counter(notice)
    out = csv.DictWriter(sys.stdout, FIELDS, lineterminator="\n")
    out.writeheader()
    done = 0
    while done < count:
        try:
            row = pair(rng, counter)
        except OverflowError:  # it would end after the last year with a notice: another one
            continue
        out.writerow(row)
        done += 1


def compare(theirs, ours):
    with open(theirs, encoding="utf-8") as a, open(ours, encoding="utf-8") as b:
        pairs = list(zip(csv.DictReader(a), b.read().split(), strict=True))
    differ = [(row, mine) for row, mine in pairs if row["due"] != mine]
    within = [d for d in differ if d[0]["start"][:10] <= str(DOUBTFUL) <= max(d[0]["due"], d[1])[:10]]
    print(f"{len(pairs)} pairs: {len(pairs) - len(differ)} equal, {len(differ)} differ; of those {len(within)} span {DOUBTFUL}")
    for row, mine in differ[:5]:
        print("  ", row, "ours", mine)
    return len(differ) == len(within)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["make", "compare"])
    parser.add_argument("args", nargs="+")
    parser.add_argument("--notice", action="store_true")
    parser.add_argument("--seed", type=int, default=20260210)
    given = parser.parse_args()
    if given.what == "make":
        make(int(given.args[0]), given.notice, given.seed)
    elif not compare(*given.args):
        sys.exit(1)
