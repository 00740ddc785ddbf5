//! The demo on real parts.

use lp_devstack::lms::Simulation;

use crate::stack::Stack;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_on_a_real_kafka_registry_and_postgres_agrees_and_cleans_up() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let (kafka, registry, database) =
        (stack.kafka.servers(), stack.registry.url(), stack.postgres.url("postgres"));
    let parts = ["--kafka", &kafka, "--registry", &registry, "--database", &database];
    // Anything but the exit code 0 is an error.
    let told = stack.run(&[&["demo", "--seed", "3", "--learners", "60"], &parts[..]].concat()).unwrap();
    assert_eq!(told.matches("(given)").count(), 3, "{told}");
    let simulation = Simulation::new(3, 60);
    for phase in &simulation.phases {
        assert!(told.contains(&format!("{}: {} events", phase.title, phase.messages.len())), "{told}");
    }
    // Those of the simulation's own paths, and everybody in the one that is authored.
    let enrolments = simulation.phases[0].expected.len() + 60;
    assert!(told.contains("60 rows, 60 enrolled"), "{told}");
    let agreed = format!(
        "all {enrolments} enrolments of 60 learners are as the simulation knows they must be: completions and awards agree"
    );
    assert!(told.contains(&agreed), "{told}");
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'demo%'";
    assert_eq!(stack.number("progress", left).await.unwrap(), 0, "databases of the demo are left behind");
}
