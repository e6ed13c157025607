"""Makes the tables, the queues, the routing table, a clerk, and the plan's rows; prints the clerk's token, session and the
queue that is listed: python prepare.py ROWS TEXT"""

import json
import os
import sys
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_of_peer.settings")

import django

django.setup()

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.utils import timezone
from helpdesk.models import CustomField, FollowUp, Queue, Ticket, TicketCustomFieldValue
from rest_framework.authtoken.models import Token

# The routing table has no migrations of its own and refers to a table of the desk's.
call_command("migrate", verbosity=0, interactive=False)
call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)

rows, text = int(sys.argv[1]), sys.argv[2]
clerk = get_user_model().objects.create_user("clerk", "", "linli-demo-2026", is_staff=True, is_superuser=True)
queues = [Queue.objects.create(title=f"u{n:02}", slug=f"u{n:02}", allow_public_submission=False) for n in range(40)]
fields = {
    name: CustomField.objects.create(name=name, label=name, data_type="varchar", max_length=20, required=True, staff_only=True)
    for name in ("place", "category", "contact")
}
from site_of_peer.models import Route

Route.objects.bulk_create(
    Route(category=f"c{n // 200:02}", place=f"p{n % 200:03}", queue=queues[n % 200 // 5]) for n in range(2400)
)
now = timezone.now()
tickets = Ticket.objects.bulk_create(
    (
        Ticket(
            title=f"第{n}件：村口的路灯三天没有亮",
            queue=queues[n % 200 // 5],
            created=now - timedelta(seconds=rows - n),
            modified=now,
            status=Ticket.OPEN_STATUS if n // 200 % 2 == 0 else Ticket.CLOSED_STATUS,
            description=f"第{n}件：{text}",
            priority=3,
            secret_key=f"{n:036}",
        )
        for n in range(rows)
    ),
    batch_size=2000,
)
FollowUp.objects.bulk_create(
    (FollowUp(ticket=t, title="Ticket Opened", date=t.created, public=True, comment=t.description, user=clerk) for t in tickets),
    batch_size=2000,
)
TicketCustomFieldValue.objects.bulk_create(
    (
        TicketCustomFieldValue(ticket=t, field=fields[name], value=value)
        for n, t in enumerate(tickets)
        for name, value in (("place", f"p{n % 200:03}"), ("category", f"c{n // 200 % 12:02}"), ("contact", f"000{n:08}"))
    ),
    batch_size=5000,
)

session = SessionStore()
session[SESSION_KEY] = str(clerk.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = clerk.get_session_auth_hash()
session.create()
print(
    json.dumps(
        {
            "token": Token.objects.create(user=clerk).key,
            "session": f"{settings.SESSION_COOKIE_NAME}={session.session_key}",
            "first": queues[0].pk,
        }
    )
)
