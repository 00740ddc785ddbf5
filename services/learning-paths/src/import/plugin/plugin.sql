-- The plugin's tables as its migrations leave them, in what PostgreSQL, MariaDB and SQLite have in common, with a little of everything.
CREATE TABLE learning_paths_learningpath (
    "id" INTEGER PRIMARY KEY, "created" TIMESTAMP NOT NULL, "modified" TIMESTAMP NOT NULL, "key" VARCHAR(255) NOT NULL,
    "uuid" CHAR(32) NOT NULL, "display_name" VARCHAR(255) NOT NULL, "subtitle" TEXT NOT NULL, "description" TEXT NOT NULL,
    "image" VARCHAR(100), "level" VARCHAR(255) NOT NULL, "duration" VARCHAR(255) NOT NULL,
    "time_commitment" VARCHAR(255) NOT NULL, "sequential" BOOLEAN NOT NULL, "invite_only" BOOLEAN NOT NULL
);
INSERT INTO learning_paths_learningpath VALUES
    (1, '2025-01-01 00:00:00', '2025-01-01 00:00:00', 'path-v1:OX+PUB+2026+a', '11111111111141118111111111111111', 'Public', 'sub',
     'words', NULL, 'beginner', '10 weeks', '2 hours', TRUE, FALSE),
    (7, '2025-02-01 00:00:00.123456', '2025-02-01 00:00:00', 'path-v1:OX+INV+2026+a b/c', '77777777777747778777777777777777', 'Invited', '',
     '', 'learning_paths/images/inv.png', '', '', '', FALSE, TRUE),
    (8, '2025-02-01 00:00:00', '2025-02-01 00:00:00', 'path-v1:OX+EMPTY+2026+a', '88888888888848888888888888888888', 'Empty', '',
     '', NULL, '', '', '', FALSE, FALSE),
    (9, '2025-02-01 00:00:00', '2025-02-01 00:00:00', 'path-v1:OX+PUB+2027+a', '99999999999949998999999999999999', 'Another year', '',
     '', NULL, '', '', '', FALSE, FALSE),
    (10, '2025-02-01 00:00:00', '2025-02-01 00:00:00', 'path-v1:three+parts+only', 'aaaaaaaaaaaa4aaa8aaaaaaaaaaaaaaa', 'Bad key', '',
     '', NULL, '', '', '', FALSE, FALSE),
    (11, '2025-02-01 00:00:00', '2025-02-01 00:00:00', 'path-v1:OX+BAD+2026+a', 'bbbbbbbbbbbb4bbb8bbbbbbbbbbbbbbb', 'Bad step', '',
     '', NULL, '', '', '', FALSE, FALSE);
CREATE TABLE learning_paths_learningpathstep (
    "id" INTEGER PRIMARY KEY, "learning_path_id" INTEGER NOT NULL, "course_key" VARCHAR(255) NOT NULL, "order" INTEGER,
    "weight" DOUBLE PRECISION NOT NULL
);
INSERT INTO learning_paths_learningpathstep VALUES
    (1, 1, 'course-v1:OX+C3+2026', NULL, 1), (2, 1, 'course-v1:OX+C2+2026', 2, 0.5), (3, 1, 'course-v1:OX+C1+2026', 1, 1),
    (4, 7, 'course-v1:OX+C1+2026', 1, 1), (5, 9, 'course-v1:OX+C1+2027', 1, 1), (6, 11, 'no course', 1, 1);
CREATE TABLE learning_paths_learningpathgradingcriteria (
    "id" INTEGER PRIMARY KEY, "learning_path_id" INTEGER NOT NULL, "required_completion" DOUBLE PRECISION NOT NULL,
    "required_grade" DOUBLE PRECISION NOT NULL
);
INSERT INTO learning_paths_learningpathgradingcriteria VALUES (1, 1, 0.8, 0.75);
CREATE TABLE learning_paths_skill ("id" INTEGER PRIMARY KEY, "display_name" VARCHAR(255) NOT NULL);
INSERT INTO learning_paths_skill VALUES (3, 'SQL'), (5, 'Rust');
CREATE TABLE learning_paths_requiredskill (
    "id" INTEGER PRIMARY KEY, "learning_path_id" INTEGER NOT NULL, "skill_id" INTEGER NOT NULL, "level" INTEGER
);
INSERT INTO learning_paths_requiredskill VALUES (1, 1, 3, 2);
CREATE TABLE learning_paths_acquiredskill (
    "id" INTEGER PRIMARY KEY, "learning_path_id" INTEGER NOT NULL, "skill_id" INTEGER NOT NULL, "level" INTEGER
);
INSERT INTO learning_paths_acquiredskill VALUES (1, 1, 5, NULL);
CREATE TABLE learning_paths_learningpathenrollment (
    "id" INTEGER PRIMARY KEY, "created" TIMESTAMP NOT NULL, "modified" TIMESTAMP NOT NULL, "user_id" INTEGER NOT NULL,
    "learning_path_id" INTEGER NOT NULL, "is_active" BOOLEAN NOT NULL
);
-- 3 is in; 4 came, left and came back; 5 left, nobody knows when; 6 left, as only the old table knows.
INSERT INTO learning_paths_learningpathenrollment VALUES
    (11, '2025-03-01 10:00:00', '2025-03-01 10:00:00', 3, 1, TRUE), (12, '2025-03-02 10:00:00', '2025-06-01 10:00:00', 4, 1, TRUE),
    (13, '2025-03-03 10:00:00', '2025-07-01 10:00:00', 5, 1, FALSE), (14, '2025-03-04 10:00:00', '2025-03-05 10:00:00', 6, 1, FALSE),
    (15, '2025-03-05 10:00:00', '2025-03-05 10:00:00', 3, 7, TRUE);
CREATE TABLE learning_paths_learningpathenrollmentaudit (
    "id" INTEGER PRIMARY KEY, "created" TIMESTAMP NOT NULL, "enrolled_by_id" INTEGER, "enrollment_id" INTEGER,
    "enrollment_allowed_id" INTEGER, "state_transition" VARCHAR(255) NOT NULL, "reason" TEXT NOT NULL, "org" VARCHAR(255) NOT NULL,
    "role" VARCHAR(255) NOT NULL
);
INSERT INTO learning_paths_learningpathenrollmentaudit VALUES
    (1, '2025-03-01 10:00:00.5', 1, 11, NULL, 'from unenrolled to enrolled', 'by the faculty', 'OX', 'dean'),
    (2, '2025-03-02 10:00:00.5', NULL, 12, NULL, 'from unenrolled to enrolled', '', '', ''),
    (3, '2025-04-01 10:00:00', 2, 12, NULL, 'from enrolled to unenrolled', 'asked to leave', '', ''),
    (4, '2025-05-01 10:00:00', NULL, 12, NULL, 'from unenrolled to unenrolled', '', '', ''),
    (5, '2025-06-01 10:00:00', NULL, 12, NULL, 'from unenrolled to enrolled', '', '', ''),
    (6, '2025-06-02 10:00:00', NULL, 12, NULL, 'from enrolled to enrolled', '', '', ''),
    (7, '2025-03-05 09:00:00', NULL, 15, NULL, 'from allowed to enroll to enrolled', '', '', '');
CREATE TABLE learning_paths_historicallearningpathenrollment (
    "history_id" INTEGER PRIMARY KEY, "history_date" TIMESTAMP NOT NULL, "history_user_id" INTEGER, "id" INTEGER NOT NULL,
    "is_active" BOOLEAN NOT NULL
);
INSERT INTO learning_paths_historicallearningpathenrollment VALUES
    (1, '2025-03-04 10:00:00', NULL, 14, TRUE), (2, '2025-03-04 20:00:00', 6, 14, FALSE);
CREATE TABLE learning_paths_learningpathenrollmentallowed (
    "id" INTEGER PRIMARY KEY, "email" VARCHAR(254) NOT NULL, "learning_path_id" INTEGER NOT NULL, "user_id" INTEGER,
    "is_active" BOOLEAN NOT NULL
);
INSERT INTO learning_paths_learningpathenrollmentallowed VALUES
    (1, 'New@x.org', 7, NULL, TRUE), (2, 'gone@x.org', 7, NULL, FALSE), (3, 'ann@x.org', 7, 3, FALSE);
