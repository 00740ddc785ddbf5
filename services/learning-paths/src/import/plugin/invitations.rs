//! People whom the plugin enrols once they have an account.

use lp_domain::{Again, Timestamp};
use lp_progress_store::{Admission, Admitted, Catalogue, ClaimKey, Named, Wish, admit};
use sqlx::PgConnection;

use super::BY;
use super::paths::PluginPath;
use super::report::Report;
use super::source::Source;

/// E-mail addresses that wait; whoever has come is enrolled, and is read as such.
pub(super) async fn read(source: &mut Source, path: &PluginPath) -> anyhow::Result<Vec<String>> {
    let id = path.kept.plugin_path_id;
    let rest = format!("WHERE {{learning_path_id}} = {id} AND {{user_id}} IS NULL ORDER BY {{id}}");
    let rows =
        source.select(&["email", "is_active"], "learning_paths_learningpathenrollmentallowed", &rest).await?;
    Ok(rows.iter().filter(|row| row.is_set(1)).map(|row| row.word(0)).collect())
}

/// Invites them; addresses are kept as keyed hashes only, so without the key nobody can be.
pub(super) async fn write(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    path: &PluginPath,
    addresses: &[String],
    claims: Option<&ClaimKey>,
    now: Timestamp,
    report: &mut Report,
) -> anyhow::Result<()> {
    let Some(key) = claims else {
        for _ in addresses {
            report.unmapped("invitation: LP_CLAIMS_KEY is not set", path.run.to_string());
        }
        return Ok(());
    };
    for some in addresses.chunks(super::enrolments::PORTION) {
        let wish = Wish::Enrol(Again::Resumed);
        let asked = some.iter().filter_map(|address| {
            Some(Admission {
                run: path.run.clone(),
                who: Named::Email(address.clone()).who(Some(key))?,
                wish,
            })
        });
        let asked: Vec<Admission> = asked.collect();
        let (admitted, _) = admit(conn, catalogue, &BY, &asked, now).await?;
        for one in admitted {
            match one {
                Admitted::Invited(_, true) => report.done("invitations", 1),
                Admitted::Invited(..) => report.done("invitations that were here already", 1),
                Admitted::Learner(..) => report.done("invited learners who are known here", 1),
                Admitted::Uninvited(_) => {}
                Admitted::Refused(refusal) => {
                    report.unmapped("invitation: refused", format!("{}: {refusal}", path.run));
                }
            }
        }
    }
    Ok(())
}
