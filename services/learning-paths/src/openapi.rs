//! `openapi query|credentials`.

use std::process::ExitCode;

use crate::cli::ApiName;

pub(crate) fn run(api: ApiName) -> anyhow::Result<ExitCode> {
    let document = match api {
        ApiName::Query => lp_query_api::openapi(),
        ApiName::Credentials => lp_credentials::openapi(),
    };
    println!("{}", document.to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
