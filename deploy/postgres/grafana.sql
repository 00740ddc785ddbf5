-- The login by which Grafana reads counts. The role is given its views by `learning-paths migrate`.
CREATE ROLE lp_dashboard NOLOGIN;
CREATE ROLE grafana LOGIN PASSWORD 'development' IN ROLE lp_dashboard;
