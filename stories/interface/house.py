"""A running house and the sessions of its demo accounts: what both fuzzers begin with."""

import base64
import hashlib
import hmac
import html
import re
import struct
import time
import urllib.error
import urllib.parse
import urllib.request




class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")


def call(base, method, path, headers=None, body=None):
    """One request, redirects not followed. 4xx and 5xx are answers as well."""
    request = urllib.request.Request(base + path, data=body, method=method, headers=headers or {})
    try:
        with OPENER.open(request, timeout=60) as got:
            return Answer(got.status, got.headers, got.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def totp(secret, now):
    """The six digits of RFC 6238 for a base32 secret."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(now) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1_000_000:06d}"


class Browser:
    """Cookies, and the form token of the last page."""

    def __init__(self, base, role, address):
        self.base, self.role, self.address, self.cookies = base, role, address, {}
        self.token = ""

    def headers(self):
        out = {"X-Forwarded-For": self.address}
        if self.cookies:
            out["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        return out

    def _kept(self, answer):
        for line in answer.headers.get_all("Set-Cookie") or []:
            pair, _, rest = line.partition(";")
            name, _, value = pair.partition("=")
            if "Max-Age=0" in rest or not value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        found = re.search(r'name="_token" value="([^"]+)"', answer.text)
        if found:
            self.token = html.unescape(found.group(1))
        return answer

    def get(self, path):
        return self._kept(call(self.base, "GET", path, self.headers()))

    def post(self, path, fields):
        body = urllib.parse.urlencode(fields).encode()
        return self.send(path, body, "application/x-www-form-urlencoded")

    def send(self, path, body, kind):
        headers = {**self.headers(), "Content-Type": kind}
        return self._kept(call(self.base, "POST", path, headers, body))


def sign_in(base, role, password, secret, address):
    """A browser in which `role` has signed in; with no role, one that has only looked at the start page."""
    b = Browser(base, role or "nobody", address)
    b.get("/sign-in")
    if role is None:
        return b
    answer = b.post("/sign-in", {"_token": b.token, "name": role, "password": password})
    if answer.headers.get("Location", "").startswith("/sign-in/code"):
        b.get("/sign-in/code")
        answer = b.post("/sign-in/code", {"_token": b.token, "code": totp(secret, time.time())})
    if answer.status != 303 or answer.headers["Location"].startswith("/sign-in"):
        raise SystemExit(f"{role} could not sign in: {answer.status} {answer.headers.get('Location')}")
    b.get("/account")
    return b
