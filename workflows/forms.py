"""What every step's page asks besides the step's own form: the reason, and which revision was shown."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Extension
from ricomi import l10n
from ricomi.directory.authority import authority
from ricomi.directory.models import User
from workflows import policy
from workflows.engine import Ballot, Outcome
from workflows.models import Task


class TakenForm(forms.Form):
    """The reason of an outcome, and the revision of the record that the person had before them."""

    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    seen = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, step: Any, subject: Any) -> None:
        super().__init__(data)
        needing = [str(outcome.label) for outcome in step.outcomes if outcome.reason and not outcome.by_clock]
        self.asks = bool(needing) or isinstance(step, Ballot)
        if isinstance(step, Ballot):
            self.fields["reason"].label = _("Remark, signed with your name")
        if needing:
            self.fields["reason"].help_text = _("Needed for: %(outcomes)s.") % {"outcomes": ", ".join(needing)}

    def needs(self, outcome: Outcome) -> None:
        """The reason is required for this outcome."""
        self.fields["reason"].required = outcome.reason


class MoreTimeForm(forms.Form):
    """Which of the steps that wait for the person needs more time, how much, and why."""

    task = forms.ModelChoiceField(Task.objects.none(), label=_("Step"), empty_label=None)
    days = forms.IntegerField(label=_("Working days more"), min_value=1, max_value=Extension.LONGEST)
    reason = forms.CharField(label=_("Reason"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, subject: Any = None, person: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = policy.waits_for(authority(person), subject.root.subject_key)
        asked: Any = self.fields["task"]
        asked.queryset = Task.objects.filter(pk__in=[task.pk for task in waiting]).select_related("process")
        asked.label_from_instance = lambda task: _("%(step)s, due %(day)s") % {
            "step": task.flow_task.title, "day": l10n.day(task.due)
        }  # fmt: skip


class SuccessorForm(forms.Form):
    """Who takes over what another person held alone, and why."""

    successor = forms.ModelChoiceField(User.objects.none(), label=_("Successor"))
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked: Any = self.fields["successor"]
        asked.queryset = User.objects.filter(pk__in=[one.pk for one in people])
