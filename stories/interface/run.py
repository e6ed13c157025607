#!/usr/bin/env python3
"""Attacks the interface of a running house: schemathesis over the OpenAPI document, and every form with hostile values, as
each role and as nobody; then looks for what was typed in the log and in the exported journal.

    python3 stories/interface/run.py [--cases 20000] [--only api|forms] [--database postgres://…]

Ends with 1 when anything answered with 5xx, answered what the document does not say, lost what was typed, or wrote it down.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import forms
from house import Browser, call, sign_in

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / "target" / "interface-venv"
#: `positive_data_acceptance` is left out: a code can be well-formed and name nothing, which the document cannot say.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,missing_required_header,unsupported_method,"
    "allow_header_conformance"
)
#: Runs of schemathesis at the same time.
AT_ONCE = 13


def schemathesis():
    """The program in a virtual environment of its own under target/, made once."""
    program = VENV / "bin" / "schemathesis"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        needs = Path(__file__).with_name("requirements.txt")
        subprocess.run([VENV / "bin" / "pip", "install", "--quiet", "-r", needs], check=True)
    return program


class House:
    """The program with a small demo city in a folder that goes away."""

    def __init__(self, program, database, folder):
        self.program, self.folder = str(program), Path(folder)
        self.data = ["--folder", str(folder)] + (["--database", database] if database else [])
        self.database = database or f"sqlite:{self.folder / 'linli.db'}"
        self.log = self.folder / "log.txt"
        flags = ["demo", "--small", "--listen", "127.0.0.1:0", "--json", "--proxies", "1", "--log", "trace"]
        self.process = subprocess.Popen(
            [self.program, *flags, *self.data], stdout=subprocess.PIPE, stderr=self.log.open("wb"), cwd=folder, text=True
        )
        for line in self.process.stdout:
            if '"listening"' in line:
                self.base = json.loads(line)["listening"].rstrip("/")
                break
        else:
            raise SystemExit(f"the house did not start:\n{self.log.read_text()}")
        said = subprocess.run(
            [self.program, "demo", "--accounts", "--json", *self.data], capture_output=True, check=True, text=True
        )
        told = json.loads(said.stdout)
        self.names = [a["name"] for a in told["accounts"]]
        self.names += [n for n in ("clerk2", "admin2") if n not in self.names]
        self.key = (told["accounts"][0]["password"], told["totp_secret"])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def journal(self):
        """The exported journal's text."""
        to = self.folder / "journal"
        keys = next(self.folder.glob("*.keys"))
        flags = ["--database", self.database, "--keys", str(keys)]
        subprocess.run([self.program, "journal", "export", str(to), *flags], check=True, capture_output=True)
        return "\n".join(p.read_text(errors="replace") for p in to.rglob("*") if p.is_file())


def known(house):
    """Records that exist, for the requests that are to get past the door."""
    clerk = sign_in(house.base, "county", *house.key, "10.255.0.1")
    rows = json.loads(clerk.get("/api/v1/cases?limit=100").body)["rows"]
    nobody = Browser(house.base, "nobody", "10.255.0.2")
    divisions, parent = [], ""
    while True:
        found = json.loads(nobody.get("/api/territory/divisions" + parent).body)
        if not found:
            break
        divisions += found
        parent = f"?parent={found[0]['id']}"
    places = [c["code"] for d in divisions for c in d["codes"] if c["system"] == "nbs12" and d["kind"] == "village"]
    categories = [c["code"] for c in json.loads(nobody.get("/api/v1/categories").body) if c["choosable"]]
    receipts = [(row["number"], "22222222") for row in rows]
    for n in range(20):
        matter = {
            "place": {"code": places[0]}, "category": categories[n % len(categories)], "spot": "村口",
            "text": f"{forms.PERSONAL['text']}第{n}件，请处理。",
            "contact": {"name": forms.PERSONAL["name"], "contact": forms.PERSONAL["contact"]},
        }
        said = call(
            house.base, "POST", "/api/v1/cases", {"Content-Type": "application/json", "X-Forwarded-For": f"10.254.0.{n}"},
            json.dumps(matter).encode(),
        )
        if said.status == 201:
            made = json.loads(said.body)
            receipts += [(made["number"], made["code"])] * 5
    return {"receipt": receipts, "division": [d["id"] for d in divisions], "place": places, "category": categories}


def attack_api(house, role, least, there_is, seed):
    """Runs schemathesis as a role until it has made `least` cases; how many, which failures, and what it said."""
    made, failures, said, turn = 0, 0, "", 0
    while made < least:
        turn += 1
        browser = sign_in(house.base, role, *house.key, f"10.253.0.{turn}")
        headers = []
        if role:
            cookies = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
            headers = ["-H", f"Cookie: {cookies}", "-H", f"X-CSRF-Token: {browser.token}"]
        name = role or "nobody"
        told = {
            "LINLI_FUZZ_KNOWN": json.dumps(there_is), "LINLI_FUZZ_ROLE": name, "LINLI_FUZZ_SEED": str(seed + turn),
            "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(Path(__file__).parent),
        }
        run = subprocess.run(
            [str(schemathesis()), "run", f"{house.base}/api/openapi.json", *headers, "--checks", CHECKS, "--no-color",
             "--max-examples", "60", "--seed", str(seed + turn), "--continue-on-failure", "--warnings", "off",
             "--generation-database", "none", "--generation-with-security-parameters", "false", "--output-sanitize", "false"],
            capture_output=True, text=True, env={**os.environ, **told}, cwd=house.folder,
        )
        counted = re.search(r"(\d+) generated", run.stdout)
        if not counted:
            return made, failures + 1, f"schemathesis did not run:\n{run.stdout[-3000:]}\n{run.stderr[-3000:]}"
        made += int(counted.group(1))
        if run.returncode != 0:
            found = re.search(r"(\d+) unique failures?", run.stdout)
            failures += int(found.group(1)) if found else 1
            begin = max(run.stdout.find("= ERRORS ="), 0) or max(run.stdout.find("= FAILURES ="), 0)
            said += run.stdout[begin:][:20_000]
    return made, failures, said


def all_of_api(house, cases, seed):
    roles = [None, *house.names]
    least = -(-cases // len(roles))
    there_is = known(house)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = {role: pool.submit(attack_api, house, role, least, there_is, seed) for role in roles}
    total, bad = 0, 0
    print(f"\n{'role':10} {'cases':>7} {'failures':>9}")
    for role, run in runs.items():
        made, failures, said = run.result()
        total, bad = total + made, bad + failures
        print(f"{role or 'nobody':10} {made:7} {failures:9}")
        if failures:
            print(said)
    print(f"{'all':10} {total:7} {bad:9}")
    # A limit on how often answers before the handler does: how many cases that was.
    lines = re.findall(r"route\S*=\S*/api\S* \S*status\S*=\S*?(\d{3})\b", plain(house.log.read_text(errors="replace")))
    print(f"{lines.count('429')} of {len(lines)} requests were told to come later", flush=True)
    return bad


def plain(text):
    """A log without its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def routes():
    """The rights matrix's routes, which a story holds to the code."""
    text = (ROOT / "docs" / "generated" / "rights.md").read_text()
    return re.findall(r"^\| (GET|POST) \| `([^`]+)` \| ([^|]+) \|", text, re.MULTILINE)


def all_of_forms(house):
    field = forms.Field(routes())
    roles = [None, *house.names]
    each = {
        role: forms.Fuzz(house.base, role, house.key, field, f"10.252.0.{n}", role is not None)
        for n, role in enumerate(roles)
    }
    for fuzz in each.values():
        forms.walk(fuzz.b, field, 150)
    each[None].journey()
    blind = [r for r in field.posts if not field.concrete(r)]
    # Administrators end accounts and posts, so they come last.
    admins = [r for r in roles if r and r.startswith("admin")]
    for group in ([r for r in roles if r not in admins], admins):
        threads = [threading.Thread(target=each[role].everything) for role in group]
        [t.start() for t in threads]
        [t.join() for t in threads]
    print(f"\n{'role':10} {'requests':>9} {'failures':>9}   statuses; kept of what was typed")
    bad, shown = 0, set()
    for role, fuzz in each.items():
        bad += len(fuzz.failures)
        counts = ", ".join(f"{k}: {v}" for k, v in sorted(fuzz.statuses.items(), key=str))
        print(f"{role or 'nobody':10} {fuzz.sent:9} {len(fuzz.failures):9}   {counts}; {fuzz.kept[1]}/{fuzz.kept[0]}")
        for what, who, route, detail in fuzz.failures:
            if (what, route) not in shown:
                shown.add((what, route))
                print(f"  {what}: {who} {route}: {detail}")
    sent = sum(f.sent for f in each.values())
    print(f"{'all':10} {sent:9} {bad:9}   {len(field.posts)} forms' routes, without a record to aim at: {blind}", flush=True)
    return bad


def written_down(house):
    """What was typed, found in the log or in the journal; and record addresses in the log."""
    found = 0
    log = plain(house.log.read_text(errors="replace"))
    for place, text in (("log", log), ("journal", house.journal())):
        if len(text) < 1_000:
            print(f"there is nothing in the {place}")
            found += 1
        for name, value in [*forms.PERSONAL.items(), ("example", "13800000000")]:
            n = text.count(value)
            found += n
            print(f"{name} in the {place} of {len(text):,} characters: {n}")
    ids = len(re.findall(r"/(?:cases|follow|matters|accounts)/[0-9a-hjkmnp-tv-z]{13}", log))
    panics = log.count("something panicked") + log.count("panicked at")
    print(f"addresses of records in the log: {ids}\npanics: {panics}", flush=True)
    return found + ids + panics


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cases", type=int, default=20_000, help="of schemathesis, over all roles")
    asked.add_argument("--only", choices=["api", "forms"])
    asked.add_argument("--database", help="an empty PostgreSQL database; SQLite in a temporary folder without")
    asked.add_argument("--program", default=ROOT / "target" / "debug" / "linli")
    asked.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    asked = asked.parse_args()
    schemathesis()
    begun = time.time()
    with tempfile.TemporaryDirectory(prefix="linli-interface-") as folder:
        house = House(Path(asked.program).resolve(), asked.database, folder)
        try:
            print(f"{house.base}  {house.database}  seed {asked.seed}", flush=True)
            bad = 0
            if asked.only != "forms":
                bad += all_of_api(house, asked.cases, asked.seed)
            if asked.only != "api":
                bad += all_of_forms(house)
        finally:
            house.stop()
        bad += written_down(house)
    print(f"\n{'nothing found' if bad == 0 else f'{bad} found'} in {time.time() - begun:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
