//! The demo, whole: embedded Kafka, registry and Postgres, all services, and a simulated LMS.

use std::process::Command;

#[test]
fn what_comes_out_is_what_the_simulation_knows_must_be() {
    let demo = Command::new(env!("CARGO_BIN_EXE_learning-paths"))
        .args(["demo", "--learners", "25", "--seed", "7"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&demo.stdout);
    assert!(demo.status.success(), "{text}\n{}", String::from_utf8_lossy(&demo.stderr));
    assert!(text.contains("completions and awards agree"), "{text}");
    for step in
        ["published: revision 1", "25 rows, 25 enrolled", "of 25 learners 25 would", "published: revision 2"]
    {
        assert!(text.contains(step), "{step}: {text}");
    }
    // Each address was asked before it was printed; that the demo ended well says how it answered.
    for place in [
        "/me/learning",
        "as_of=2",
        "/live",
        "/learners/export",
        "/at-risk",
        "/reports/compare",
        "/consumers",
        "/docs/",
        "/api/learning_paths/v1/",
    ] {
        assert!(text.contains(place), "{place}: {text}");
    }
    assert!(text.contains("Laboratory safety") && text.contains("revoked"), "{text}");
}
