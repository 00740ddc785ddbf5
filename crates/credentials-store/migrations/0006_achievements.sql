-- What is achieved by completing a revision of a run, by what it was last issued by: its address stands in every credential.
CREATE TABLE achievements (
    run_key text NOT NULL,
    revision integer NOT NULL,
    subject text NOT NULL,
    definition_version integer NOT NULL,
    org text NOT NULL,
    issuer_version integer NOT NULL,
    CONSTRAINT achievements_pkey PRIMARY KEY (run_key, revision),
    CONSTRAINT achievements_definition_fkey FOREIGN KEY (subject, definition_version)
        REFERENCES definition_versions (subject, version),
    CONSTRAINT achievements_issuer_fkey FOREIGN KEY (org, issuer_version) REFERENCES issuer_versions (org, version)
);
INSERT INTO achievements (run_key, revision, subject, definition_version, org, issuer_version)
SELECT DISTINCT ON (a.run_key, a.revision)
    a.run_key, a.revision, c.subject, c.definition_version, c.org, c.issuer_version
FROM credentials c JOIN awards a USING (completion_id)
ORDER BY a.run_key, a.revision, c.issued_at DESC, c.credential_id;

GRANT SELECT, INSERT, UPDATE ON achievements TO lp_credentials_writer;
GRANT SELECT ON achievements TO lp_credentials_reader;

-- Pictures that some version names, by their digests in hexadecimal; others are removed after a while. The right to change one is
-- also for the lock that keeps it while it comes to be named.
CREATE VIEW named_images AS
SELECT profile ->> 'image' AS digest FROM issuer_versions
UNION
SELECT definition ->> 'image' FROM definition_versions
UNION
SELECT signatory ->> 'signature' FROM definition_versions, json_array_elements(definition -> 'signatories') signatory;
GRANT SELECT ON named_images TO lp_credentials_writer;
GRANT DELETE, UPDATE (stored_at) ON images TO lp_credentials_writer;
