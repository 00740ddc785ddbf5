use std::collections::HashMap;

use lp_devstack::lms_api::Account;
use lp_domain::LearnerId;

use crate::fixture::{client, lms};

fn id(number: i64) -> LearnerId {
    number.try_into().unwrap()
}

#[tokio::test]
async fn names_and_addresses_are_found_as_given_in_any_case_and_the_unknown_are_missing() {
    let lms = lms().await;
    lms.add_account(Account::learner(8, "bob+x y"));
    let client = client(&lms);
    let found = client.ids_by_username(&["ALICE", "bob+x y", "nobody", "a,b", "alice"]).await.unwrap();
    let names = [("ALICE", 7), ("alice", 7), ("bob+x y", 8)];
    assert_eq!(found, names.map(|(name, number)| (name.to_owned(), id(number))).into());
    let emails = ["Alice@example.org", "nobody@example.org", ""];
    let found = client.ids_by_email(&emails).await.unwrap();
    assert_eq!(found, HashMap::from([("Alice@example.org".to_owned(), id(7))]));
    assert_eq!(client.ids_by_username(&["nobody"]).await.unwrap(), HashMap::new());
}

#[tokio::test]
async fn ids_are_found_one_by_one_and_the_unknown_are_missing() {
    let lms = lms().await;
    let found = client(&lms).usernames_by_id(&[id(7), id(9), id(7), id(1)]).await.unwrap();
    let names = [(id(7), "alice".to_owned()), (id(1), "learning_paths".to_owned())];
    assert_eq!(found, names.into());
    assert_eq!(lms.calls("accounts"), 3);
}

#[tokio::test]
async fn many_are_asked_for_in_portions_and_none_not_at_all() {
    let lms = lms().await;
    let client = client(&lms);
    let accounts: Vec<_> = (100..301).map(|number| Account::learner(number, &format!("l{number}"))).collect();
    for account in &accounts {
        lms.add_account(account.clone());
    }
    let names: Vec<_> = accounts.iter().map(|account| account.username.as_str()).collect();
    let emails: Vec<_> = accounts.iter().map(|account| account.email.as_str()).collect();
    assert_eq!(client.ids_by_username(&names).await.unwrap().len(), 201);
    assert_eq!(client.ids_by_email(&emails).await.unwrap().len(), 201);
    assert_eq!((lms.calls("accounts"), lms.calls("search_emails")), (5, 2));
    client.ids_by_username(&[]).await.unwrap();
    client.ids_by_email(&[]).await.unwrap();
    client.usernames_by_id(&[]).await.unwrap();
    assert_eq!((lms.calls("accounts"), lms.calls("search_emails")), (5, 2));
}
