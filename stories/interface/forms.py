"""Every form of the house with values that nobody should send: as each role, at its own address.

A role walks the pages that it may open and notes the forms on them. Then every writing route of the rights matrix gets
posts at addresses of real records and of none: each field in turn with each hostile value, then all fields at once, then
files. What must hold: no answer of 5xx; a 422 page shows again what was typed; nothing typed comes back as markup or in an
address.
"""

import html
import random
import re
import time
import urllib.parse
from collections import Counter, defaultdict
from html.parser import HTMLParser

from house import sign_in

#: What the log, the journal and every address must never hold.
PERSONAL = {"name": "钟隐名", "contact": "13987650001", "text": "密语七三九"}

#: Sent in turn for each field.
HOSTILE = {
    "nothing": "",
    "blank": " \u3000\t",
    "long": "长" * 20_000,
    "nul": "a\0b",
    "controls": "\x01\x1b[31m\r\n\x7f\u0085",
    "surrogate": b"%ED%A0%80",
    "overlong": b"%C0%AF%FF",
    "right to left": "\u202eabc\u202c\u2066def\u2069",
    "combining": "e" + "\u0301" * 500,
    "astral": "😀𠮷\U0010ffff",
    "negative": "-1",
    "over i64": "9223372036854775808",
    "i64": "9223372036854775807",
    "under i64": "-9223372036854775808",
    "float": "1e309",
    "nan": "NaN",
    "far date": "9999-12-31",
    "farther date": "99999-01-01",
    "no date": "2026-02-30",
    "far instant": "9999-12-31T23:59",
    "markup": "<script>alert(1)</script>\"'><img src=x>",
    "sql": "'; DROP TABLE case_item;-- %_\\",
    "path": "../../etc/passwd",
    "wide digits": "１２３４５",
    "id": "zzzzzzzzzzzzz",
    "format": "{0}{n}%s${jndi:x}",
}

#: A body beyond what the house reads.
TOO_LONG = "a" * 1_000_000

FILES = {
    "no bytes": b"",
    "no picture": b"%PDF-1.4 nothing",
    "broken picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
    "huge picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\x06\0\0\0\0\0\0\0",
    "no polygons": b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{}}]}',
    "deep": b"[" * 100_000,
}

#: Acts that end the fuzzer's own session or another role's account: sent last, and once.
LAST = ("/sign-out", "/account/sessions/end")


class Pages(HTMLParser):
    """Links and forms of one page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.links, self.forms, self._form, self._select, self._area = set(), [], None, None, None

    def handle_starttag(self, tag, pairs):
        a = dict(pairs)
        if tag == "a" and a.get("href", "").startswith("/"):
            self.links.add(a["href"])
        elif tag == "form":
            self._form = {"action": a.get("action") or "", "method": (a.get("method") or "get").lower(), "fields": {}}
            self.forms.append(self._form)
        elif self._form is None or not a.get("name"):
            if tag == "option" and self._select and a.get("value"):
                self._select["options"].append(a["value"])
        elif tag in ("input", "button"):
            kind = a.get("type", "text" if tag == "input" else "submit")
            field = self._form["fields"].setdefault(a["name"], {"kind": kind, "value": "", "options": []})
            if kind in ("radio", "checkbox", "submit"):
                field["options"].append(a.get("value", "on"))
            field["value"] = field["value"] or a.get("value", "")
        elif tag == "select":
            self._select = {"kind": "select", "value": "", "options": []}
            self._form["fields"].setdefault(a["name"], self._select)
        elif tag == "textarea":
            self._area = self._form["fields"].setdefault(a["name"], {"kind": "textarea", "value": "", "options": []})

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._area is not None:
            self._area["value"] += data


def matcher(route):
    return re.compile("^" + re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(route)) + "$")


class Field:
    """What all roles found together: forms of routes, addresses of records."""

    def __init__(self, routes):
        #: What nobody needs an account for is attacked without one.
        self.public = {r for _, r, who in routes if who == "everybody"}
        self.posts = [r for m, r, _ in routes if m == "POST" and not r.startswith("/api")]
        self.gets = [r for m, r, _ in routes if m == "GET" and not r.startswith(("/api", "/assets"))]
        self.patterns = {r: matcher(r) for _, r, _ in routes}
        self.forms = defaultdict(dict)
        self.queries = defaultdict(set)
        self.addresses = defaultdict(list)

    def route_of(self, path, among):
        path = path.split("?")[0]
        # A literal segment wins over a parameter, as in the router.
        fits = [r for r in among if self.patterns[r].match(path)]
        return min(fits, key=lambda r: r.count("{"), default=None)

    def note(self, path):
        """An address, for every route whose parameters it shows."""
        bare = path.split("?")[0]
        route = self.route_of(bare, self.gets)
        if route and "{" in route and bare not in self.addresses[route] and len(self.addresses[route]) < 12:
            self.addresses[route].append(bare)
        return route

    def concrete(self, route):
        """Addresses of real records for a route: of the route itself, or made from a page above it."""
        if "{" not in route:
            return [route]
        found = list(self.addresses.get(route, []))
        head = route
        while not found and "/" in head.strip("/"):
            head = head.rsplit("/", 1)[0]
            if "{" not in head:
                break
            rest = route[len(head):]
            if "{" not in rest:
                found = [a + rest for a in self.addresses.get(head, [])]
        return found


def walk(b, field, most=60):
    """Opens what the role may open, beginning at its start page."""
    waiting, seen, per_route = ["/", "/start", "/account"], set(), Counter()
    waiting += [r for r in field.gets if "{" not in r and r not in ("/sign-in/code", "/sign-in/password", "/sign-in/second")]
    opened = 0
    while waiting and opened < most:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        route = field.note(path)
        if route is None or per_route[route] >= (40 if route == "/cases/{id}" else 6) or path.split("?")[0].endswith((".xlsx", ".geojson", ".json")):
            continue
        per_route[route] += 1
        answer = b.get(path)
        opened += 1
        if answer.status == 303:
            waiting.insert(0, answer.headers["Location"])
            continue
        if answer.status != 200 or "html" not in answer.headers.get("Content-Type", ""):
            continue
        page = Pages()
        page.feed(answer.text)
        waiting += sorted(page.links, key=lambda l: '/cases/' not in l)
        for form in page.forms:
            action = urllib.parse.urljoin(path, form["action"] or path)
            if form["method"] == "get":
                field.queries[field.route_of(action, field.gets)].update(form["fields"])
                continue
            to = field.route_of(action, field.posts)
            if to:
                for name, found in form["fields"].items():
                    field.forms[to].setdefault(name, found)
                bare = action.split("?")[0]
                if "{" in to and bare not in field.addresses[to] and len(field.addresses[to]) < 12:
                    field.addresses[to].append(bare)
    return opened


def likely(name, found):
    """A value that a form would take, so that one hostile field at a time is looked at."""
    if found["value"] and found["kind"] in ("hidden", "date", "number", "text", "textarea"):
        return found["value"]
    if found["options"]:
        return found["options"][0]
    if "contact" in name or "phone" in name or found["kind"] == "tel":
        return PERSONAL["contact"]
    if name == "name" or name.endswith("_name") or "display" in name:
        return PERSONAL["name"]
    if found["kind"] == "date":
        return "2026-03-01"
    if found["kind"] == "number":
        return "3"
    return PERSONAL["text"] + "，请尽快处理。"


def encode(pairs):
    out = []
    for name, value in pairs:
        text = value.decode() if isinstance(value, bytes) else urllib.parse.quote(value, safe="")
        out.append(urllib.parse.quote(name, safe="") + "=" + text)
    return "&".join(out).encode()


def multipart(pairs, name, content):
    edge = "linliedge7391"
    body = b""
    for key, value in pairs:
        body += f'--{edge}\r\ncontent-disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
    body += f'--{edge}\r\ncontent-disposition: form-data; name="{name}"; filename="../a\0.png"\r\n'.encode()
    body += b"content-type: image/png\r\n\r\n" + content + f"\r\n--{edge}--\r\n".encode()
    return body, f"multipart/form-data; boundary={edge}"


class Fuzz:
    """One role's posts."""

    def __init__(self, base, role, account, field, address, staff):
        self.base, self.role, self.account, self.field, self.address = base, role, account, field, address
        self.staff = staff
        self.sent, self.statuses, self.failures, self.n = 0, Counter(), [], 0
        self.kept = [0, 0]
        self.b = sign_in(base, role, *account, address)

    def fail(self, what, route, detail):
        self.failures.append((what, self.role or "nobody", route, detail))

    def fresh(self):
        self.b = sign_in(self.base, self.role, *self.account, self.address)

    def send(self, route, path, body, kind, label, typed=None):
        for _ in range(3):
            if not self.staff:
                # Without an account the limit is the address's: each post comes from another one.
                self.n += 1
                self.b.address = f"10.{self.n >> 16 & 255}.{self.n >> 8 & 255}.{self.n & 255}"
            try:
                answer = self.b.send(path, body, kind)
            except OSError as error:
                # A body that is too long is refused before it is read to the end.
                if len(body) > 256 * 1024:
                    self.statuses["refused while sending"] += 1
                    return None
                self.fail("no answer", route, f"{label}: {error}")
                return None
            wait = int(answer.headers.get("Retry-After") or 1)
            if answer.status != 429 or wait > 5:
                break
            time.sleep(wait)
        self.sent += 1
        self.statuses[answer.status] += 1
        if answer.status >= 500:
            self.fail("server error", route, f"{answer.status} {label} {path} id {answer.headers.get('x-request-id')}")
        said = answer.text
        if "<script>alert(1)" in said or "<img src=x>" in said:
            self.fail("markup came back", route, label)
        to = urllib.parse.unquote(answer.headers.get("Location") or "")
        if any(p in to for p in PERSONAL.values()):
            self.fail("personal text in an address", route, to)
        # Where nothing can be done any more, e.g. a division without parts, there is no form to show it in.
        if answer.status == 422 and typed and f'action="{path}' in said:
            self.check_kept(route, label, typed, said)
        if answer.status == 401 and self.role:
            self.fresh()
        return answer

    def check_kept(self, route, label, typed, said):
        shown = html.unescape(said)
        for name, value in typed:
            self.kept[0] += 1
            if value in shown:
                self.kept[1] += 1
            else:
                self.fail("what was typed is gone", route, f"{label}: {name}")

    def pairs(self, form):
        return [(n, likely(n, f)) for n, f in form.items()
                if f["kind"] != "file" and f["kind"] != "submit" and n not in ("_token", "_once")]

    def everything(self):
        """Every form's route, then every list."""
        for route in self.field.posts:
            if route in LAST or self.staff and route in self.field.public:
                continue
            if "{" in route:
                for none in NO_IDS:
                    path = re.sub(r"\{[^}]*\}", none, route)
                    self.send(route, path, encode([("_token", self.b.token)]), FORM, "no such record")
            self.route(route, self.field.concrete(route)[: 1 if self.staff else 2])
        for route in self.field.gets:
            if not self.staff or route not in self.field.public:
                self.query(route)

    def journey(self):
        """A matter said page by page, so that the pages of a draft and of a followed matter are known."""
        b, field = self.b, self.field
        draft = self.place()
        self.forms(draft + "/place")
        self.forms(draft + "/side")
        found = self.forms(draft + "/category?q=" + urllib.parse.quote("路灯"))[draft + "/category"]
        self.post(draft + "/category", [("category", found["category"]["options"][0])])
        self.forms(draft + "/what")
        self.post(draft + "/what", [("body", PERSONAL["text"] + "，路灯三天不亮。")])
        self.forms(draft + "/contact")
        self.post(draft + "/contact", [("name", PERSONAL["name"]), ("contact", PERSONAL["contact"])])
        self.forms(draft + "/check")
        receipt = self.post(draft + "/submission", [])
        mine = receipt.rsplit("/", 1)[0]
        for page in ("", "/receipt", "/note", "/contest", "/reopening", "/withdrawal", "/supplement"):
            self.forms(mine + page)
        for act in ("leaving", "confirmation", "note", "contest", "reopening", "withdrawal", "supplement"):
            field.addresses["/follow/{case}/" + act].append(f"{mine}/{act}")
        # The draft is used up by its sending: another one, at the same step, for the posts.
        draft = self.place()
        self.post(draft + "/category", [("category", found["category"]["options"][0])])
        for step in ("place", "side", "category", "what", "contact", "submission"):
            field.addresses["/say/{draft}/" + step].append(f"{draft}/{step}")

    def place(self):
        """The first village there is, one select after the other as without scripts; the draft's address."""
        chosen, page = [], self.forms("/say")["/say"]
        for level in ("county", "town", "village"):
            chosen.append((level, page[level]["options"][0]))
            if level != "village":
                page = self.forms("/say", chosen)["/say"]
        return self.post("/say", chosen + [("spot", PERSONAL["text"])]).rsplit("/", 1)[0]

    def forms(self, path, posted=None):
        """The forms of a page by their address, noted; the page of a post that only goes on when `posted`."""
        if posted is None:
            answer = self.b.get(path)
        else:
            answer = self.b.post(path, [("_token", self.b.token)] + posted)
        page = Pages()
        page.feed(answer.text)
        out = {}
        for form in page.forms:
            action = urllib.parse.urljoin(path, form["action"] or path).split("?")[0]
            out[action] = form["fields"]
            to = self.field.route_of(action, self.field.posts)
            if form["method"] == "post" and to:
                for name, found in form["fields"].items():
                    self.field.forms[to].setdefault(name, found)
        return out

    def post(self, path, pairs):
        answer = self.b.post(path, [("_token", self.b.token)] + pairs)
        if answer.status != 303:
            raise SystemExit(f"the journey ended at {path}: {answer.status}\n{answer.text[-3000:]}")
        return answer.headers["Location"].split("?")[0]

    def route(self, route, addresses):
        form = self.field.forms.get(route, {})
        good = self.pairs(form)
        for at, path in enumerate(addresses):
            token = [("_token", self.b.token)]
            first = self.send(route, path, encode(token + [("x", HOSTILE["markup"])]), FORM, "unknown field")
            if first is None or first.status in (401, 403):
                continue
            if at == 0:
                self.send(route, path, encode(token + [("x", TOO_LONG)]), FORM, "a megabyte")
                self.send(route, path, b"\xff\xfe%%%=&&;" + encode(token), FORM, "no form")
                self.send(route, path, b"{" * 500, "application/json", "JSON")
                self.send(route, path, b"x", "text/plain", "plain text")
                self.send(route, path, encode(token), FORM, "no fields")
                takes = any(f["kind"] == "file" for f in form.values())
                for label, content in list(FILES.items())[: None if takes else 1]:
                    body, kind = multipart([("_token", self.b.token)] + good, "photo" if "file" not in form else "file", content)
                    self.send(route, path, body, kind, f"file: {label}")
            names = [n for n, f in form.items() if f["kind"] not in ("file", "submit") and n not in ("_token",)]
            for name in names if at == 0 else names[:1]:
                for label, value in self.some(route, name):
                    pairs = [(n, v) for n, v in good if n != name] + [(name, value)]
                    typed = self.typed(form, pairs)
                    self.send(route, path, encode([("_token", self.b.token)] + pairs), FORM, f"{name}: {label}", typed)
            for label, value in self.some(route, "all"):
                pairs = [(n, value) for n, _ in good]
                self.send(route, path, encode([("_token", self.b.token)] + pairs), FORM, f"all: {label}")

    def some(self, route, name):
        """All hostile values, or for an account, which may send four a second, some: other ones for each role."""
        if not self.staff:
            return list(HOSTILE.items())
        return random.Random(f"{self.role} {route} {name}").sample(sorted(HOSTILE.items(), key=lambda v: v[0]), 4)

    def typed(self, form, pairs):
        """The texts that must be shown again: what a person typed into a line or a text, and is no secret."""
        out = []
        for name, value in pairs:
            shown = form[name]["kind"] in ("text", "textarea", "tel", "search")
            if shown and isinstance(value, str) and 0 < len(value) < 200 and value.isprintable() and value.strip() == value:
                out.append((name, value))
        return out

    def query(self, route):
        """A list's filters with hostile values."""
        for path in self.field.concrete(route)[:1]:
            for name in sorted(self.field.queries.get(route, set()) | {"after", "order", "q", "tab", "lang", "next", "page"}):
                for label, value in self.some(route, name):
                    if label == "long":
                        value = value[:2_000]
                    try:
                        answer = self.b.get(f"{path}?{encode([(name, value)]).decode()}")
                    except OSError as error:
                        self.fail("no answer", route, f"{name}: {label}: {error}")
                        continue
                    self.sent += 1
                    self.statuses[answer.status] += 1
                    if answer.status >= 500:
                        self.fail("server error", route, f"{answer.status} GET {name}: {label} id {answer.headers.get('x-request-id')}")
                    if "<script>alert(1)" in answer.text:
                        self.fail("markup came back", route, f"GET {name}")


FORM = "application/x-www-form-urlencoded"
NO_IDS = ["0000000000001", "zzzzzzzzzzzzz", "-1", "9223372036854775808", "%00", "%ED%A0%80", "..%2f..%2fetc", "a" * 3000]
