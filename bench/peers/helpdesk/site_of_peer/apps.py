"""Connects the routing to the desk's own signal."""

from django.apps import AppConfig


class Site(AppConfig):
    name = "site_of_peer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from helpdesk.signals import new_ticket_done

        from site_of_peer import routing

        new_ticket_done.connect(routing.route)
