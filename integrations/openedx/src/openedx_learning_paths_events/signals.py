"""
Signals of the learning path events.

Both travel on the topic ``learning-path-lifecycle``, keyed by the LMS user id.
"""

from openedx_events.tooling import OpenEdxPublicSignal

from openedx_learning_paths_events.data import (
    LearningPathCompletionData,
    LearningPathCompletionRevocationData,
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
