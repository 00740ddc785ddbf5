//! What a completion's event says of the contexts that counted.

use lp_domain::{ContextKey, FactValue, Ratio, RunPolicy};
use lp_events::lms::CourseInfo;
use lp_events::{CountedContext, Decoded, Envelope, PathEvent, WriterSchema, decode, event_type};
use lp_progress_store::authoring::put_run;
use lp_progress_store::{CourseTelling, MIGRATOR, Tellings, apply};
use sqlx::{Connection as _, PgPool};
use uuid::Uuid;

use crate::fixture::{BY, Fixture, course, definition, fact, hour, passing, run_key};

impl Fixture {
    /// The contexts of the one completion that is to be told of.
    async fn counted(&mut self) -> Vec<CountedContext> {
        let event_type = event_type::PATH_COMPLETED;
        let body: Vec<u8> = sqlx::query_scalar("SELECT body FROM outbox WHERE event_type = $1")
            .bind(event_type)
            .fetch_one(&mut self.conn)
            .await
            .unwrap();
        let envelope = Envelope {
            event_type: event_type.to_owned(),
            id: Uuid::nil(),
            time: hour(0),
            source: None,
            minorversion: 0,
            sourcelib: None,
            traceparent: None,
        };
        let schema = WriterSchema::parse(lp_events::path::schema_text(event_type).unwrap()).unwrap();
        match decode(&envelope, &schema, &body).unwrap() {
            Decoded::Path(PathEvent::Completed(event)) => event.contexts,
            other => panic!("{other:?}"),
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_each_context_title_grade_and_date_are_told_and_of_an_equivalent_never_the_title_of_another(
    pool: PgPool,
) {
    let mut fixture = Fixture::new(&pool).await;
    let key = |number| ContextKey::parse(&course(number)).unwrap();
    let mut three = definition(&[1, 2, 3]);
    three.items[2].equivalents = vec![key(4)];
    put_run(&mut fixture.conn, &BY, &run_key("three"), &RunPolicy::default(), &three).await.unwrap();
    fixture.enrol("three", 7).await;
    let half = Ratio::try_from(0.5).unwrap();
    let of_platform =
        CourseInfo { course: key(1), title: "Kafka, basically".into(), start: hour(0), end: None };
    let tellings = Tellings {
        // Its title comes in the same batch as what completes the path.
        courses: vec![CourseTelling { course: of_platform, at: hour(0), id: Uuid::nil() }],
        facts: vec![
            passing(7, 1, 10, true),
            fact(7, 1, 11, FactValue::Grade { grade: half }),
            passing(7, 2, 20, true),
            passing(7, 4, 30, true),
        ],
        ..Tellings::default()
    };
    let mut tx = fixture.conn.begin().await.unwrap();
    apply(&mut tx, &mut fixture.catalogue, &tellings, hour(40)).await.unwrap();
    tx.commit().await.unwrap();
    let counted = |number, title: Option<&str>, grade, at| CountedContext {
        key: key(number),
        title: title.map(str::to_owned),
        grade,
        completed_at: Some(hour(at)),
    };
    assert_eq!(
        fixture.counted().await,
        [
            counted(1, Some("Kafka, basically"), Some(half), 10),
            counted(2, Some("T"), None, 20),
            counted(4, None, None, 30),
        ]
    );
}
