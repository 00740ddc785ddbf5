"""
Data classes of the learning path events.

They are the contract in Python: Open edX generates the Avro schema from them, and the files of
``schemas/produced`` must equal that schema. An attribute is required, without a default, because
Open edX's deserialiser replaces a falsy value of an attribute that has a default by the default; one that was
added later has the default ``None``, and none of its values says anything while it is falsy.
"""

from datetime import datetime
from typing import List, Optional
from uuid import UUID

import attr
from openedx_events.learning.data import UserData


@attr.s(frozen=True)
class LearningPathData:
    """
    A path run.

    Arguments:
        key (str): key of the path run, ``path-v1:{org}+{number}+{run}+{group}``.
        display_name (str): title of the path at that time.
    """

    key = attr.ib(type=str)
    display_name = attr.ib(type=str)


@attr.s(frozen=True)
class LearningPathCompletionData:
    """
    A learner completed a path run.

    Arguments:
        completion_id (UUID): identity of this completion; the same however often the event is delivered.
        user (UserData): the learner. Username, e-mail and name are empty if they are not known.
        path (LearningPathData): the path run.
        revision (int): number of the path's definition under which it was completed.
        attempt (int): 1 for the first attempt, raised by each fresh attempt.
        completed_at (datetime): date of the fact that completed the path, not of its processing; UTC.
        grade (str): decimal from ``0`` to ``1``; empty if unknown. See ``grade_value``.
        progress (float): 0 to 1.
        context_keys (list[str]): keys of the courses, sections, … that counted.
        context_titles (list[str] | None): their titles, in the order of the keys; empty where one is unknown.
        context_grades (list[str] | None): the learner's grades there, as ``grade`` is written; likewise.
        context_dates (list[str] | None): the dates of the facts by which they counted, ISO 8601 in UTC; likewise.
    """

    completion_id = attr.ib(type=UUID)
    user = attr.ib(type=UserData)
    path = attr.ib(type=LearningPathData)
    revision = attr.ib(type=int)
    attempt = attr.ib(type=int)
    completed_at = attr.ib(type=datetime)
    grade = attr.ib(type=str)
    progress = attr.ib(type=float)
    context_keys = attr.ib(type=List[str])
    context_titles = attr.ib(type=List[str], default=None)
    context_grades = attr.ib(type=List[str], default=None)
    context_dates = attr.ib(type=List[str], default=None)

    @property
    def grade_value(self) -> Optional[float]:
        """Grade from 0 to 1, or ``None`` if it is unknown."""
        return float(self.grade) if self.grade else None


@attr.s(frozen=True)
class LearningPathCompletionRevocationData:
    """
    A completion no longer holds.

    Arguments:
        completion_id (UUID): identity of the completion that was taken back.
        user (UserData): the learner. Username, e-mail and name are empty if they are not known.
        path (LearningPathData): the path run.
        revision (int): number of the path's definition under which it had been completed.
        attempt (int): the attempt that had been completed.
        completed_at (datetime): date of the completion that was taken back; UTC.
        revoked_at (datetime): date from which it no longer holds; UTC.
        reason (str): why, as a word for programs: ``requirement_no_longer_met`` or ``override_withdrawn``; more may come.
    """

    completion_id = attr.ib(type=UUID)
    user = attr.ib(type=UserData)
    path = attr.ib(type=LearningPathData)
    revision = attr.ib(type=int)
    attempt = attr.ib(type=int)
    completed_at = attr.ib(type=datetime)
    revoked_at = attr.ib(type=datetime)
    reason = attr.ib(type=str)


@attr.s(frozen=True)
class LearningPathCompletionStateData:
    """
    How the award of a completion stands, after a change. That it was taken back is told by a revocation.

    Arguments:
        completion_id (UUID): identity of the completion.
        user (UserData): the learner. Username, e-mail and name are empty if they are not known.
        path (LearningPathData): the path run.
        attempt (int): 1 for the first attempt, raised by each fresh attempt.
        period (int): 1 for the first award of the attempt, raised by each that renews it.
        change (int): 1 for the first such event of a completion, raised by each: the greatest holds.
        state (str): ``not_yet_valid``, ``valid``, ``grace``, ``under_review`` or ``expired``; more may come.
        requirement_met (bool): whether what is known now meets the requirement, whatever follows from that.
        valid_from (datetime): first instant at which the award is valid; UTC.
        expires_at (str): first instant at which it no longer is, ISO 8601 in UTC; empty if it does not expire.
        grace_until (str): when a grace ends, likewise; empty without one.
        renews (str): identity of the completion that this one renews; empty for the first award.
        changed_at (datetime): since when it stands so, by its dates and not by when anybody looked; UTC.
    """

    completion_id = attr.ib(type=UUID)
    user = attr.ib(type=UserData)
    path = attr.ib(type=LearningPathData)
    attempt = attr.ib(type=int)
    period = attr.ib(type=int)
    change = attr.ib(type=int)
    state = attr.ib(type=str)
    requirement_met = attr.ib(type=bool)
    valid_from = attr.ib(type=datetime)
    expires_at = attr.ib(type=str)
    grace_until = attr.ib(type=str)
    renews = attr.ib(type=str)
    changed_at = attr.ib(type=datetime)

    @property
    def expires_at_value(self) -> Optional[datetime]:
        """First instant at which the award is no longer valid, or ``None`` if it does not expire."""
        return datetime.fromisoformat(self.expires_at) if self.expires_at else None


@attr.s(frozen=True)
class LearningPathCredentialData:
    """
    A credential holds from now on: it was issued, issued anew, or holds again.

    Arguments:
        credential_id (UUID): identity of the credential; the same when it is issued anew.
        completion_id (UUID): identity of the completion that it is for.
        user (UserData): the learner. Username, e-mail and name are empty if they are not known.
        path (LearningPathData): the path run.
        revision (int): number of the path's definition under which it was completed.
        change (int): 1 for the first event of a credential, raised by each, revocations too: the greatest holds.
        reason (str): why, as a word for programs: ``issued``, ``reissued`` or ``reinstated``; more may come.
        awarded_at (datetime): when it was first awarded, the same when it is issued anew; UTC.
        valid_from (datetime): first instant at which it is valid; UTC.
        valid_until (str): first instant at which it no longer is, ISO 8601 in UTC; empty if it does not expire.
            See ``valid_until_value``.
        url (str): where it is hosted; empty where it is nowhere.
        supersedes (str): identity of the credential that this one takes the place of; empty without one.
    """

    credential_id = attr.ib(type=UUID)
    completion_id = attr.ib(type=UUID)
    user = attr.ib(type=UserData)
    path = attr.ib(type=LearningPathData)
    revision = attr.ib(type=int)
    change = attr.ib(type=int)
    reason = attr.ib(type=str)
    awarded_at = attr.ib(type=datetime)
    valid_from = attr.ib(type=datetime)
    valid_until = attr.ib(type=str)
    url = attr.ib(type=str)
    supersedes = attr.ib(type=str)

    @property
    def valid_until_value(self) -> Optional[datetime]:
        """First instant at which it is no longer valid, or ``None`` if it does not expire."""
        return datetime.fromisoformat(self.valid_until) if self.valid_until else None


@attr.s(frozen=True)
class LearningPathCredentialRevocationData:
    """
    A credential no longer holds, for good or for a while. That it holds again is told by an award.

    Arguments:
        credential_id (UUID): identity of the credential.
        completion_id (UUID): identity of the completion that it was for.
        user (UserData): the learner. Username, e-mail and name are empty if they are not known.
        path (LearningPathData): the path run.
        change (int): number of the credential's change, as of its awards: the greatest holds.
        status (str): how it stands, as a word for programs: ``revoked``, ``suspended`` or ``withdrawn``; more may come.
        reason (str): why, as a word or for people; empty if nothing was said.
        revoked_at (datetime): date from which it no longer holds; UTC.
    """

    credential_id = attr.ib(type=UUID)
    completion_id = attr.ib(type=UUID)
    user = attr.ib(type=UserData)
    path = attr.ib(type=LearningPathData)
    change = attr.ib(type=int)
    status = attr.ib(type=str)
    reason = attr.ib(type=str)
    revoked_at = attr.ib(type=datetime)


@attr.s(frozen=True)
class LearningPathEnrollmentData:
    """
    A learner's enrolment in a path run, as it is after a change.

    Arguments:
        user (UserData): the learner. Username, e-mail and name are empty if they are not known.
        path (LearningPathData): the path run.
        status (str): ``active``, ``suspended``, ``withdrawn`` or ``ended``; more may come.
        is_active (bool): whether ``status`` is ``active``.
        revision (int): number of the path's definition under which the learner was enrolled.
        attempt (int): 1 for the first attempt, raised by each fresh attempt.
        changed_at (datetime): date of the change; UTC.
    """

    user = attr.ib(type=UserData)
    path = attr.ib(type=LearningPathData)
    status = attr.ib(type=str)
    is_active = attr.ib(type=bool)
    revision = attr.ib(type=int)
    attempt = attr.ib(type=int)
    changed_at = attr.ib(type=datetime)


@attr.s(frozen=True)
class LearningPathTimeStatusData:
    """
    How a learner stands to the dates of a path run, after a change.

    Arguments:
        user (UserData): the learner. Username, e-mail and name are empty if they are not known.
        path (LearningPathData): the path run.
        attempt (int): 1 for the first attempt, raised by each fresh attempt.
        status (str): ``no_date``, ``on_time``, ``due_soon``, ``overdue`` or ``closed``; more may come.
        due_at (str): first instant at which the learner is late, ISO 8601 in UTC; empty without a due date.
            See ``due_at_value``.
        changed_at (datetime): since when, by the dates and not by when anybody looked; UTC.
    """

    user = attr.ib(type=UserData)
    path = attr.ib(type=LearningPathData)
    attempt = attr.ib(type=int)
    status = attr.ib(type=str)
    due_at = attr.ib(type=str)
    changed_at = attr.ib(type=datetime)

    @property
    def due_at_value(self) -> Optional[datetime]:
        """First instant at which the learner is late, or ``None`` without a due date."""
        return datetime.fromisoformat(self.due_at) if self.due_at else None


@attr.s(frozen=True)
class LearningPathRetiredLearnerData:
    """
    A learner whose account was retired: whoever keeps their name, username or e-mail address has to forget it.

    Arguments:
        user_id (int): LMS user id, which stays.
        retired_at (datetime): when Learning Paths was told; UTC.
    """

    user_id = attr.ib(type=int)
    retired_at = attr.ib(type=datetime)
