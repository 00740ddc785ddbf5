-- The credentials service has a database of its own.
CREATE DATABASE learning_paths_credentials;
