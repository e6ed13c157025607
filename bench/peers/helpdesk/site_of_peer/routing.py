"""What the other houses do by themselves: the responsible unit, a queue here, from category and place, in the
transaction of the matter itself. The audit row is the desk's own follow-up "Ticket Opened"."""

from site_of_peer.models import Route


def route(sender, ticket, **rest):
    said = dict(ticket.ticketcustomfieldvalue_set.values_list("field__name", "value"))
    found = Route.objects.get(category=said["category"], place=said["place"])
    ticket.queue_id = found.queue_id
    ticket.save(update_fields=["queue"])
