"""What schemathesis is told about this house: records that exist, so that half of the well-formed requests get past the
door, and an address of its own for each request without an account, whose limit on how often is the address's.
"""

import json
import os
import random
import time

import schemathesis
from schemathesis import GenerationMode

#: `number`, `code`, `division`, `place`, `category`, `unit`: lists of what there is.
KNOWN = json.loads(os.environ["LINLI_FUZZ_KNOWN"])
PUBLIC = os.environ["LINLI_FUZZ_ROLE"] == "nobody"
CHANCE = random.Random(int(os.environ["LINLI_FUZZ_SEED"]))


class Bucket:
    """Waits so that a limit on how often does not answer before the handler does: `burst` at once, then `rate` a second."""

    def __init__(self, burst, rate):
        self.level, self.burst, self.rate, self.at = burst, burst, rate, time.monotonic()

    def take(self):
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            time.sleep((1 - self.level) / self.rate)
        self.level -= 1


#: A little below what an account may do: 240 posts a minute, 60 matters a minute.
POSTS, MATTERS = Bucket(200, 3.9), Bucket(50, 0.97)


def pick(name):
    return CHANCE.choice(KNOWN[name])


def is_well_formed(case):
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


def put_records(case):
    """Puts what exists where something well-formed stands."""
    if "number" in case.path_parameters:
        number, code = pick("receipt")
        case.path_parameters["number"] = number
        if "code" in case.query and CHANCE.random() < 0.8:
            case.query["code"] = code
    if "id" in case.path_parameters:
        case.path_parameters["id"] = pick("division")
    if "category" in case.query:
        case.query["category"] = pick("category")
    if "place" in case.query:
        case.query["place"] = pick("place")
    body = case.body
    if not isinstance(body, dict):
        return
    if "place" in body:
        body["place"] = {"code": pick("place")}
        # Where a category asks more than the place, the words tell it.
        body.setdefault("spot", "村委会东边")
    if "category" in body:
        body["category"] = pick("category")
    if "version" in body:
        body["version"] = None


@schemathesis.hook
def before_call(context, case, kwargs):
    if is_well_formed(case) and CHANCE.random() < 0.5:
        put_records(case)
    if case.method.upper() == "POST" and not PUBLIC:
        POSTS.take()
        if case.path.endswith("/cases"):
            MATTERS.take()
    if PUBLIC:
        host = CHANCE.randrange(1 << 24)
        address = f"10.{host >> 16}.{host >> 8 & 255}.{host & 255}"
        case.headers["X-Forwarded-For"] = address
