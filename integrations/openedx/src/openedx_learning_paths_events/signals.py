"""
Signals of the learning path events.

All travel on the topic ``learning-path-lifecycle``, keyed by the LMS user id.
"""

from openedx_events.tooling import OpenEdxPublicSignal

from openedx_learning_paths_events.data import (
    LearningPathCompletionData,
    LearningPathCompletionRevocationData,
    LearningPathCompletionStateData,
    LearningPathCredentialData,
    LearningPathCredentialRevocationData,
    LearningPathEnrollmentData,
    LearningPathRetiredLearnerData,
    LearningPathTimeStatusData,
)

# .. event_type: org.openedx.learning.path.completed.v1
# .. event_name: LEARNING_PATH_COMPLETED
# .. event_key_field: learning_path_completion.user.id
# .. event_description: Emitted once when a learner completes a path run.
# .. event_data: LearningPathCompletionData
LEARNING_PATH_COMPLETED = OpenEdxPublicSignal(
    event_type="org.openedx.learning.path.completed.v1",
    data={"learning_path_completion": LearningPathCompletionData},
)

# .. event_type: org.openedx.learning.path.completion.revoked.v1
# .. event_name: LEARNING_PATH_COMPLETION_REVOKED
# .. event_key_field: learning_path_completion_revocation.user.id
# .. event_description: Emitted once when a completion no longer holds.
# .. event_data: LearningPathCompletionRevocationData
LEARNING_PATH_COMPLETION_REVOKED = OpenEdxPublicSignal(
    event_type="org.openedx.learning.path.completion.revoked.v1",
    data={"learning_path_completion_revocation": LearningPathCompletionRevocationData},
)

# .. event_type: org.openedx.learning.path.completion.changed.v1
# .. event_name: LEARNING_PATH_COMPLETION_CHANGED
# .. event_key_field: learning_path_completion_state.user.id
# .. event_description: Emitted when an award becomes valid, expires, renews another, or what earned it falls away or is regained.
# .. event_data: LearningPathCompletionStateData
LEARNING_PATH_COMPLETION_CHANGED = OpenEdxPublicSignal(
    event_type="org.openedx.learning.path.completion.changed.v1",
    data={"learning_path_completion_state": LearningPathCompletionStateData},
)

# .. event_type: org.openedx.learning.path.credential.awarded.v1
# .. event_name: LEARNING_PATH_CREDENTIAL_AWARDED
# .. event_key_field: learning_path_credential.user.id
# .. event_description: Emitted when a credential of a completed path run is issued, issued anew, or holds again.
# .. event_data: LearningPathCredentialData
LEARNING_PATH_CREDENTIAL_AWARDED = OpenEdxPublicSignal(
    event_type="org.openedx.learning.path.credential.awarded.v1",
    data={"learning_path_credential": LearningPathCredentialData},
)

# .. event_type: org.openedx.learning.path.credential.revoked.v1
# .. event_name: LEARNING_PATH_CREDENTIAL_REVOKED
# .. event_key_field: learning_path_credential_revocation.user.id
# .. event_description: Emitted when a credential of a path run is revoked, suspended or withdrawn.
# .. event_data: LearningPathCredentialRevocationData
LEARNING_PATH_CREDENTIAL_REVOKED = OpenEdxPublicSignal(
    event_type="org.openedx.learning.path.credential.revoked.v1",
    data={"learning_path_credential_revocation": LearningPathCredentialRevocationData},
)

# .. event_type: org.openedx.learning.path.enrollment.created.v1
# .. event_name: LEARNING_PATH_ENROLLMENT_CREATED
# .. event_key_field: learning_path_enrollment.user.id
# .. event_description: Emitted once when a learner is enrolled in a path run for the first time.
# .. event_data: LearningPathEnrollmentData
LEARNING_PATH_ENROLLMENT_CREATED = OpenEdxPublicSignal(
    event_type="org.openedx.learning.path.enrollment.created.v1",
    data={"learning_path_enrollment": LearningPathEnrollmentData},
)

# .. event_type: org.openedx.learning.path.enrollment.changed.v1
# .. event_name: LEARNING_PATH_ENROLLMENT_CHANGED
# .. event_key_field: learning_path_enrollment.user.id
# .. event_description: Emitted when an enrolment in a path run is suspended, resumed, withdrawn, taken up again or ended.
# .. event_data: LearningPathEnrollmentData
LEARNING_PATH_ENROLLMENT_CHANGED = OpenEdxPublicSignal(
    event_type="org.openedx.learning.path.enrollment.changed.v1",
    data={"learning_path_enrollment": LearningPathEnrollmentData},
)

# .. event_type: org.openedx.learning.path.time_status.changed.v1
# .. event_name: LEARNING_PATH_TIME_STATUS_CHANGED
# .. event_key_field: learning_path_time_status.user.id
# .. event_description: Emitted when a due date is near or over, or a run closes, for a learner who has not completed it.
# .. event_data: LearningPathTimeStatusData
LEARNING_PATH_TIME_STATUS_CHANGED = OpenEdxPublicSignal(
    event_type="org.openedx.learning.path.time_status.changed.v1",
    data={"learning_path_time_status": LearningPathTimeStatusData},
)

# .. event_type: org.openedx.learning.path.learner.retired.v1
# .. event_name: LEARNING_PATH_LEARNER_RETIRED
# .. event_key_field: learning_path_retired_learner.user_id
# .. event_description: Emitted once a learner's account was retired and what Learning Paths knew of the person is erased.
# .. event_data: LearningPathRetiredLearnerData
LEARNING_PATH_LEARNER_RETIRED = OpenEdxPublicSignal(
    event_type="org.openedx.learning.path.learner.retired.v1",
    data={"learning_path_retired_learner": LearningPathRetiredLearnerData},
)
