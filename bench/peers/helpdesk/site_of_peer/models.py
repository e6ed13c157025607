"""The routing table: category and place to unit."""

from django.db import models


class Route(models.Model):
    category = models.CharField(max_length=20)
    place = models.CharField(max_length=20)
    queue = models.ForeignKey("helpdesk.Queue", on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "place"], name="route_by_both")]
